//! Systems Manager: its parameters, enough to keep secrets in.

mod parameters;
mod permissions;

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "ssm",
        action_prefix: "ssm",
        protocol: WireProtocol::Json(JsonVersion::V1_1),
        rate: None,
        errors: ErrorCodes::JSON,
    },
    operations: &[
        ServiceOperation::write("PutParameter", permissions::on_parameter, Immediate(parameters::put_parameter)),
        ServiceOperation::read("GetParameter", permissions::on_parameter, Immediate(parameters::get_parameter)),
        ServiceOperation::read("GetParameters", permissions::on_parameters, Immediate(parameters::get_parameters)),
        ServiceOperation::write("DeleteParameter", permissions::on_parameter, Immediate(parameters::delete_parameter)),
    ],
    tagged: None,
};

//! Secrets Manager: secrets in their current version.

mod permissions;
mod secrets;

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "secretsmanager",
        action_prefix: "secretsmanager",
        protocol: WireProtocol::Json(JsonVersion::V1_1),
        rate: None,
        errors: ErrorCodes::JSON,
    },
    operations: &[
        ServiceOperation::write("CreateSecret", permissions::on_name, Immediate(secrets::create_secret)),
        ServiceOperation::write("PutSecretValue", permissions::on_secret, Immediate(secrets::put_secret_value)),
        ServiceOperation::read("GetSecretValue", permissions::on_secret, Immediate(secrets::get_secret_value)),
        ServiceOperation::write("DeleteSecret", permissions::on_secret, Immediate(secrets::delete_secret)),
    ],
    tagged: None,
};

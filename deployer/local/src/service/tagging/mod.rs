//! Resource Groups Tagging API: what carries which tags, over all services of a region. IAM roles are not part of it.

mod resources;

use super::declaration::Service;
use super::operation::OperationHandler::Blocking;
use super::operation::ServiceOperation;
use super::permission::on_anything;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "tagging",
        action_prefix: "tag",
        protocol: WireProtocol::Json(JsonVersion::V1_1),
        rate: None,
        errors: ErrorCodes { throttled: (400, "ThrottledException", "Rate exceeded"), ..ErrorCodes::JSON },
    },
    operations: &[ServiceOperation::read("GetResources", on_anything, Blocking(resources::get_resources))],
    tagged: None,
};

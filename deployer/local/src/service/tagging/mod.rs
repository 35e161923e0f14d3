//! Resource Groups Tagging API: what carries which tags, over all services of a region. IAM roles are not part of it.

mod resources;

use super::declaration::OperationHandler::Blocking;
use super::declaration::{Service, read};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, JsonVersion, ServiceSpec};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        action_prefix: "tag",
        errors: ErrorCodes { throttled: (400, "ThrottledException", "Rate exceeded"), ..ErrorCodes::JSON },
        ..ServiceSpec::json("tagging", JsonVersion::V1_1)
    },
    operations: &[read("GetResources", on_anything, Blocking(resources::get_resources))],
    tagged: None,
};

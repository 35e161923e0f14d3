//! Security Token Service: who calls.

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read};
use super::permission::nothing;
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::wire::{Call, ServiceResult, ServiceSpec};
use serde::Deserialize;
use serde_json::json;

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec::query("sts", "https://sts.amazonaws.com/doc/2011-06-15/"),
    // Everybody may ask who they are, whatever their policies say ("GetCallerIdentity").
    operations: &[read("GetCallerIdentity", nothing, Immediate(get_caller_identity))],
    tagged: None,
};

fn get_caller_identity(_: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    struct GetCallerIdentityInput {}
    call.input::<GetCallerIdentityInput>()?;
    Ok(json!({"UserId": call.caller_id, "Account": ACCOUNT, "Arn": call.caller_arn}))
}

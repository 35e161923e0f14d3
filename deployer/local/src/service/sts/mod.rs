//! Security Token Service: who calls.

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use super::permission::nothing;
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::wire::{Call, ErrorCodes, ServiceError, ServiceSpec, WireProtocol};
use serde::Deserialize;
use serde_json::{Value, json};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "sts",
        action_prefix: "sts",
        protocol: WireProtocol::Query("https://sts.amazonaws.com/doc/2011-06-15/"),
        rate: None,
        errors: ErrorCodes::QUERY,
    },
    // Everybody may ask who they are, whatever their policies say ("GetCallerIdentity").
    operations: &[ServiceOperation::read("GetCallerIdentity", nothing, Immediate(get_caller_identity))],
    tagged: None,
};

fn get_caller_identity(_: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    struct GetCallerIdentityInput {}
    call.input::<GetCallerIdentityInput>()?;
    Ok(json!({"UserId": "AIDALOCALUSER00000000", "Account": ACCOUNT, "Arn": call.caller_arn}))
}

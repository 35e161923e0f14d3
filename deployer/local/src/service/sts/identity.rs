//! Security Token Service: who am I.

use crate::ACCOUNT;
use crate::authorization::Caller;
use crate::front::json::{Call, Fault};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Nothing {}

/// Answers an STS call.
///
/// # Errors
/// `NotImplementedException` for everything but `GetCallerIdentity`.
pub fn handle(call: &Call, caller: &Caller) -> Result<Value, Fault> {
    match call.operation.as_str() {
        "GetCallerIdentity" => {
            call.input::<Nothing>()?;
            Ok(json!({
                "UserId": "AIDALOCALUSER00000000",
                "Account": ACCOUNT,
                "Arn": caller.arn(),
            }))
        }
        other => Err(Fault::unknown_operation("sts", other)),
    }
}

//! Members of inputs, and DynamoDB's errors.

use crate::wire::{Call, ServiceError};

/// DynamoDB's code for input that it does not take.
pub(super) const INVALID: &str = "ValidationException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, INVALID, message)
}

pub(super) fn in_use(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ResourceInUseException", message)
}

/// Refuses members that are not modelled.
pub(super) fn only(call: &Call, known: &[&str]) -> Result<(), ServiceError> {
    let mut members = call.body.as_object().into_iter().flatten();
    match members.find(|(name, _)| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(call.unknown_member(name)),
    }
}

/// Returns the name of the table that a call is about.
pub(super) fn table_name(call: &Call) -> Result<&str, ServiceError> {
    call.body["TableName"]
        .as_str()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("The parameter 'TableName' is required but was not present in the request"))
}

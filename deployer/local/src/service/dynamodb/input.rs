//! Members of inputs, and DynamoDB's errors.

use super::shape;
use crate::wire::{Call, ServiceError, ServiceResult};

/// DynamoDB's code for input that it does not take.
pub(super) const INVALID: &str = "ValidationException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, INVALID, message)
}

pub(super) fn in_use(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ResourceInUseException", message)
}

/// Refuses members that are not modelled; `known` names those that are, with a space between them. What DynamoDB itself does not
/// know it ignores.
pub(super) fn only(call: &Call, known: &str) -> ServiceResult<()> {
    let ignored = call.body.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let ignored = ignored.filter(|name| !shape::has_member(&call.operation, name));
    call.only(&known.split(' ').chain(ignored).collect::<Vec<_>>())
}

/// Returns the name of the table that a call is about.
pub(super) fn table_name(call: &Call) -> ServiceResult<&str> {
    call.body["TableName"]
        .as_str()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("The parameter 'TableName' is required but was not present in the request"))
}

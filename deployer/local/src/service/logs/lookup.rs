//! Finding log groups, page sizes, and the errors of CloudWatch Logs.

use crate::arn::{ACCOUNT, log_group_arn};
use crate::context::Context;
use crate::store::log_group::LogGroup;
use crate::wire::validation::{self, constraint_of, in_range};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::json;
use std::fmt::Display;

/// The code of CloudWatch Logs for input that it does not take.
pub(super) const INVALID: &str = "InvalidParameterException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, INVALID, message)
}

/// Returns the error for a value that breaks a constraint of its shape.
pub(super) fn constraint(value: impl Display, member: &str, rule: impl Display) -> ServiceError {
    validation::constraint(INVALID, value, member, rule)
}

pub(super) fn invalid_token() -> ServiceError {
    invalid("The specified nextToken is invalid.")
}

pub(super) fn already_exists(what: &str) -> ServiceError {
    ServiceError::new(400, "ResourceAlreadyExistsException", format!("The specified log {what} already exists"))
}

fn not_found(what: &str) -> ServiceError {
    ServiceError::new(400, "ResourceNotFoundException", format!("The specified log {what} does not exist."))
}

pub(super) fn no_such_group() -> ServiceError {
    not_found("group")
}

pub(super) fn no_such_stream() -> ServiceError {
    not_found("stream")
}

/// Finds a group in the region that is called.
pub(super) fn group(cx: &Context, call: &Call, name: &str) -> ServiceResult<LogGroup> {
    cx.store.read(|document| document.region(&call.region).logs.groups.get(name).cloned()).ok_or_else(no_such_group)
}

/// Changes a group in the region that is called.
pub(super) fn change_group(
    cx: &Context,
    call: &Call,
    name: &str,
    change: impl FnOnce(&mut LogGroup) -> ServiceResult<()>,
) -> ServiceResult {
    cx.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        change(groups.get_mut(name).ok_or_else(no_such_group)?)?;
        Ok(json!({}))
    })
}

/// Returns the name of the group that a call means: by name, or by identifier (a name or an ARN).
pub(super) fn group_name(region: &str, name: Option<String>, identifier: Option<String>) -> ServiceResult<String> {
    match (name, identifier) {
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) if identifier.starts_with("arn:") => {
            named_in_arn(region, identifier.strip_suffix(":*").unwrap_or(&identifier))
        }
        (None, Some(identifier)) => Ok(identifier),
        (Some(_), Some(_)) => {
            let message = "LogGroup name and LogGroup ARN are mutually exclusive parameters.";
            Err(ServiceError::new(400, "ValidationException", message))
        }
        (None, None) => Err(constraint_of(INVALID, "Value null", "logGroupName", "not be null")),
    }
}

/// Returns the name in the ARN of a log group of this region.
pub(super) fn named_in_arn(region: &str, arn: &str) -> ServiceResult<String> {
    arn.strip_prefix(&log_group_arn(region, ""))
        .filter(|name| !name.is_empty() && !name.contains(':'))
        .map(str::to_owned)
        .ok_or_else(|| invalid(format!("'{arn}' is not the ARN of a log group of account {ACCOUNT} in {region}")))
}

/// Checks a page size against AWS's limits; `max` is also the default.
pub(super) fn page_size(limit: Option<i64>, max: usize) -> ServiceResult<usize> {
    let Some(limit) = limit else { return Ok(max) };
    in_range(INVALID, limit, "limit", 1, i64::try_from(max).unwrap_or(i64::MAX))?;
    usize::try_from(limit).map_err(ServiceError::internal)
}

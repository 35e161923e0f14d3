//! Finding roles, and IAM's errors.

use crate::store::CloudDocument;
use crate::store::role::RoleRecord;
use crate::wire::{ServiceError, ServiceResult};

/// IAM's code for input that it does not take.
pub(super) const INVALID: &str = "ValidationError";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, INVALID, message)
}

pub(super) fn missing(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "LimitExceeded", message)
}

fn no_role(name: &str) -> ServiceError {
    missing(format!("The role with name {name} cannot be found."))
}

pub(super) fn role<'a>(document: &'a CloudDocument, name: &str) -> ServiceResult<&'a RoleRecord> {
    document.iam.roles.get(name).ok_or_else(|| no_role(name))
}

pub(super) fn role_mut<'a>(document: &'a mut CloudDocument, name: &str) -> ServiceResult<&'a mut RoleRecord> {
    document.iam.roles.get_mut(name).ok_or_else(|| no_role(name))
}

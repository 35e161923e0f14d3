//! Finding functions, and Lambda's errors.

use super::name::LATEST;
use crate::arn::function_arn;
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::wire::{ServiceError, ServiceResult, validation};
use std::fmt::Display;

pub(super) fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterValueException", message)
}

/// Returns the error for a value that breaks a constraint of its shape.
pub(super) fn constraint(value: impl Display, member: &str, rule: impl Display) -> ServiceError {
    validation::constraint("ValidationException", value, member, rule)
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ResourceConflictException", message)
}

fn not_found(arn: impl Display) -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
}

pub(super) fn function<'a>(document: &'a CloudDocument, region: &str, name: &str) -> ServiceResult<&'a FunctionRecord> {
    document.region(region).functions.get(name).ok_or_else(|| not_found(function_arn(region, name)))
}

/// Returns a function that is named with its version, or whose version is what an operation is about: so the error names it too.
pub(super) fn latest<'a>(document: &'a CloudDocument, region: &str, name: &str) -> ServiceResult<&'a FunctionRecord> {
    let missing = || not_found(format_args!("{}:{LATEST}", function_arn(region, name)));
    document.region(region).functions.get(name).ok_or_else(missing)
}

pub(super) fn function_mut<'a>(
    document: &'a mut CloudDocument,
    region: &str,
    name: &str,
) -> ServiceResult<&'a mut FunctionRecord> {
    document.region_mut(region).functions.get_mut(name).ok_or_else(|| not_found(function_arn(region, name)))
}

/// Checks the `RevisionId` of an update: somebody else must not have changed the function since.
pub(super) fn check_revision(wanted: Option<&str>, current: &str) -> ServiceResult<()> {
    match wanted {
        Some(wanted) if wanted != current => Err(ServiceError::new(
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
             retrieve the latest Revision Id",
        )),
        _ => Ok(()),
    }
}

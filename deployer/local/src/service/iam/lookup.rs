//! Finding roles and managed policies, and IAM's errors.

use crate::policy::{aws_managed_document, is_aws_managed};
use crate::store::CloudDocument;
use crate::store::managed_policy::{ManagedPolicy, PolicyVersion};
use crate::store::role::RoleRecord;
use crate::wire::{ServiceError, ServiceResult};
use std::borrow::Cow;
use std::collections::BTreeMap;
use time::OffsetDateTime;

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

pub(super) fn delete_conflict(message: &str) -> ServiceError {
    ServiceError::new(409, "DeleteConflict", message)
}

/// Finds a managed policy of either kind.
///
/// # Errors
/// `NoSuchEntity`; an admission for a policy of AWS's that is not known here.
pub(super) fn managed_policy<'a>(document: &'a CloudDocument, arn: &str) -> ServiceResult<Cow<'a, ManagedPolicy>> {
    if let Some(text) = aws_managed_document(arn) {
        return Ok(Cow::Owned(aws_managed(arn, text)));
    }
    if is_aws_managed(arn) {
        let message = format!("the embedded cloud does not know what {arn} allows");
        return Err(ServiceError::new(501, "NotImplementedException", message));
    }
    customer_policy(document, arn).map(Cow::Borrowed)
}

/// Finds a customer managed policy.
///
/// # Errors
/// `NoSuchEntity`.
pub(super) fn customer_policy<'a>(document: &'a CloudDocument, arn: &str) -> ServiceResult<&'a ManagedPolicy> {
    document.iam.policies.get(arn).ok_or_else(|| no_policy(arn))
}

pub(super) fn customer_policy_mut<'a>(
    document: &'a mut CloudDocument,
    arn: &str,
) -> ServiceResult<&'a mut ManagedPolicy> {
    document.iam.policies.get_mut(arn).ok_or_else(|| no_policy(arn))
}

fn no_policy(arn: &str) -> ServiceError {
    missing(format!("Policy {arn} was not found."))
}

/// Checks that a policy can be attached or can bound a role.
///
/// # Errors
/// `NoSuchEntity` in the words that AttachRolePolicy has for it.
pub(super) fn check_attachable(document: &CloudDocument, arn: &str) -> ServiceResult<()> {
    if is_aws_managed(arn) || document.iam.policies.contains_key(arn) {
        return Ok(());
    }
    Err(missing(format!("Policy {arn} does not exist or is not attachable.")))
}

/// Makes a record of a policy of AWS's. When it was made and its id are AWS's and unknown here: the beginning of
/// Unix time and the name stand in for them.
fn aws_managed(arn: &str, text: &str) -> ManagedPolicy {
    let since = OffsetDateTime::UNIX_EPOCH;
    let full_name = arn.strip_prefix("arn:aws:iam::aws:policy/").unwrap_or(arn);
    let (path, name) = full_name.rsplit_once('/').unwrap_or(("", full_name));
    ManagedPolicy {
        name: name.to_owned(),
        id: format!("ANPA{}", name.to_uppercase()),
        path: if path.is_empty() { "/".to_owned() } else { format!("/{path}/") },
        arn: arn.to_owned(),
        description: None,
        versions: BTreeMap::from([(1, PolicyVersion { document: text.to_owned(), created: since })]),
        default_version: 1,
        last_version: 1,
        tags: BTreeMap::new(),
        created: since,
        updated: since,
    }
}

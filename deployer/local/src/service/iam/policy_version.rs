//! Versions of managed policies.

use super::check::check_document;
use super::lookup::{
    customer_policy, customer_policy_mut, delete_conflict, invalid, limit_exceeded, managed_policy, missing,
};
use super::pages::{PolicyPageInput, page};
use super::view::{date, encoded};
use crate::context::Context;
use crate::store::managed_policy::{ManagedPolicy, PolicyVersion};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};

/// Versions that a managed policy has at most ("IAM and AWS STS quotas").
const MAX_VERSIONS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatePolicyVersionInput {
    policy_arn: String,
    policy_document: String,
    set_as_default: Option<String>,
}

pub(super) fn create_policy_version(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreatePolicyVersionInput = call.input()?;
    check_document(&input.policy_document)?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let policy = customer_policy_mut(document, &input.policy_arn)?;
        if policy.versions.len() >= MAX_VERSIONS {
            return Err(limit_exceeded(format!(
                "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must \
                 delete an existing version."
            )));
        }
        policy.last_version += 1;
        let number = policy.last_version;
        policy.versions.insert(number, PolicyVersion { document: input.policy_document, created: now });
        if input.set_as_default.as_deref() == Some("true") {
            policy.default_version = number;
        }
        policy.updated = now;
        Ok(json!({"PolicyVersion": view(policy, number, false)}))
    })
}

pub(super) fn get_policy_version(cx: &Context, call: &Call) -> ServiceResult {
    let [arn, version] = call.texts(["PolicyArn", "VersionId"])?;
    cx.store.read(|document| {
        let policy = managed_policy(document, arn)?;
        let number = number(&policy, version)?;
        Ok(json!({"PolicyVersion": view(&policy, number, true)}))
    })
}

pub(super) fn list_policy_versions(cx: &Context, call: &Call) -> ServiceResult {
    let input: PolicyPageInput = call.input()?;
    cx.store.read(|document| {
        let policy = managed_policy(document, &input.policy_arn)?;
        let numbers: Vec<(String, u32)> =
            policy.versions.keys().map(|number| (format!("v{number}"), *number)).collect();
        page(
            input.marker.as_deref(),
            input.max_items,
            "Versions",
            &numbers,
            |(id, _)| id,
            |(_, number)| view(&policy, *number, false),
        )
    })
}

pub(super) fn set_default_policy_version(cx: &Context, call: &Call) -> ServiceResult {
    let [arn, version] = call.texts(["PolicyArn", "VersionId"])?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let policy = customer_policy_mut(document, arn)?;
        policy.default_version = number(policy, version)?;
        policy.updated = now;
        Ok(Value::Null)
    })
}

pub(super) fn delete_policy_version(cx: &Context, call: &Call) -> ServiceResult {
    let [arn, version] = call.texts(["PolicyArn", "VersionId"])?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let number = number(customer_policy(document, arn)?, version)?;
        let policy = customer_policy_mut(document, arn)?;
        if policy.default_version == number {
            return Err(delete_conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.remove(&number);
        policy.updated = now;
        Ok(Value::Null)
    })
}

/// Reads the id of a version, which must be there.
fn number(policy: &ManagedPolicy, version: &str) -> ServiceResult<u32> {
    let number = version.strip_prefix('v').and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        invalid(format!(
            "Value '{version}' at 'versionId' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
        ))
    })?;
    if policy.versions.contains_key(&number) { Ok(number) } else { Err(no_version(&policy.arn, version)) }
}

fn no_version(arn: &str, version: &str) -> ServiceError {
    missing(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

/// Shows a version; listings leave out the document.
fn view(policy: &ManagedPolicy, number: u32, with_document: bool) -> Value {
    let Some(version) = policy.versions.get(&number) else {
        return Value::Null;
    };
    let mut view = json!({
        "VersionId": format!("v{number}"),
        "IsDefaultVersion": policy.default_version == number,
        "CreateDate": date(version.created),
    });
    if with_document {
        view["Document"] = json!(encoded(&version.document));
    }
    view
}

//! Policies of a role: inline ones and attached ones.

use super::check::check_policy_name;
use super::lookup::{check_attachable, limit_exceeded, missing, role, role_mut};
use super::pages::{RolePageInput, page};
use super::view::encoded;
use crate::context::Context;
use crate::policy::document;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::{Value, json};

/// Characters of all inline policies of a role together, white space not counted.
const MAX_INLINE: usize = 10_240;
/// IAM's default quota of attached policies.
const MAX_ATTACHED: usize = 10;

pub(super) fn put_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_name, policy_document] = call.texts(["RoleName", "PolicyName", "PolicyDocument"])?;
    check_policy_name(policy_name)?;
    document::check_identity(policy_document)?;
    cx.store.write(|document| {
        let role = role_mut(document, role_name)?;
        role.inline.insert(policy_name.to_owned(), policy_document.to_owned());
        if role.inline.values().map(|text| document::weight(text)).sum::<usize>() > MAX_INLINE {
            let message = format!("Maximum policy size of {MAX_INLINE} bytes exceeded for role {}", role.name);
            return Err(limit_exceeded(message));
        }
        Ok(Value::Null)
    })
}

fn no_policy(name: &str) -> ServiceError {
    missing(format!("The role policy with name {name} cannot be found."))
}

pub(super) fn get_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_name] = call.texts(["RoleName", "PolicyName"])?;
    cx.store.read(|document| {
        let text = role(document, role_name)?.inline.get(policy_name).ok_or_else(|| no_policy(policy_name))?;
        Ok(json!({
            "RoleName": role_name,
            "PolicyName": policy_name,
            "PolicyDocument": encoded(text),
        }))
    })
}

pub(super) fn delete_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_name] = call.texts(["RoleName", "PolicyName"])?;
    cx.store.write(|document| {
        role_mut(document, role_name)?.inline.remove(policy_name).ok_or_else(|| no_policy(policy_name))?;
        Ok(Value::Null)
    })
}

pub(super) fn list_role_policies(cx: &Context, call: &Call) -> ServiceResult {
    let input: RolePageInput = call.input()?;
    cx.store.read(|document| {
        let names = role(document, &input.role_name)?.inline.keys();
        page(input.marker.as_deref(), input.max_items, "PolicyNames", names, |name| name, |name| json!(name))
    })
}

/// Attaches a managed policy: a customer's that there is; AWS's own are taken by their shape.
pub(super) fn attach_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_arn] = call.texts(["RoleName", "PolicyArn"])?;
    if !policy_arn.starts_with("arn:") {
        return Err(ServiceError::new(400, "ValidationError", "Invalid ARN:  Could not be parsed!"));
    }
    cx.store.write(|document| {
        check_attachable(document, policy_arn)?;
        let role = role_mut(document, role_name)?;
        role.attached.insert(policy_arn.to_owned());
        if role.attached.len() > MAX_ATTACHED {
            return Err(limit_exceeded(format!("Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}")));
        }
        Ok(Value::Null)
    })
}

pub(super) fn detach_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_arn] = call.texts(["RoleName", "PolicyArn"])?;
    cx.store.write(|document| {
        if role_mut(document, role_name)?.attached.remove(policy_arn) {
            return Ok(Value::Null);
        }
        Err(missing(format!("Policy {} was not found.", policy_arn)))
    })
}

pub(super) fn list_attached_role_policies(cx: &Context, call: &Call) -> ServiceResult {
    let input: RolePageInput = call.input()?;
    cx.store.read(|document| {
        let arns = &role(document, &input.role_name)?.attached;
        let view = |arn: &String| json!({"PolicyName": arn.rsplit('/').next().unwrap_or(arn), "PolicyArn": arn});
        page(input.marker.as_deref(), input.max_items, "AttachedPolicies", arns, |arn| arn, view)
    })
}

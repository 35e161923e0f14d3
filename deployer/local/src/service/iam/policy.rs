//! Policies of a role: inline ones and attached ones.

use super::{Paging, document, invalid, number, role, role_mut};
use crate::context::Context;
use crate::front::json::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Characters of all inline policies of a role together, white space not counted.
const MAX_INLINE: usize = 10_240;
/// IAM's default quota of attached policies.
const MAX_ATTACHED: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inline {
    role_name: String,
    policy_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attached {
    role_name: String,
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    role_name: String,
    marker: Option<String>,
    #[serde(default, deserialize_with = "number")]
    max_items: Option<u32>,
}

impl List {
    fn paging(&self) -> Paging {
        Paging { marker: self.marker.clone(), max_items: self.max_items }
    }
}

pub(super) fn put(cx: &Arc<Context>, input: Put) -> Result<Value, Fault> {
    let name = &input.policy_name;
    if name.is_empty()
        || name.len() > 128
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    {
        return Err(invalid(
            "The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
        ));
    }
    document::check_identity(&input.policy_document)?;
    cx.store.write(|document| {
        let role = role_mut(document, &input.role_name)?;
        role.inline.insert(input.policy_name, input.policy_document);
        if role.inline.values().map(|text| document::weight(text)).sum::<usize>() > MAX_INLINE {
            let message = format!("Maximum policy size of {MAX_INLINE} bytes exceeded for role {}", role.name);
            return Err(Fault::new(409, "LimitExceeded", message));
        }
        Ok(Value::Null)
    })
}

fn no_policy(name: &str) -> Fault {
    Fault::new(404, "NoSuchEntity", format!("The role policy with name {name} cannot be found."))
}

pub(super) fn get(cx: &Arc<Context>, input: &Inline) -> Result<Value, Fault> {
    cx.store.read(|document| {
        let text = role(document, &input.role_name)?
            .inline
            .get(&input.policy_name)
            .ok_or_else(|| no_policy(&input.policy_name))?;
        Ok(json!({
            "RoleName": input.role_name,
            "PolicyName": input.policy_name,
            "PolicyDocument": super::role::encoded(text),
        }))
    })
}

pub(super) fn delete(cx: &Arc<Context>, input: &Inline) -> Result<Value, Fault> {
    cx.store.write(|document| {
        role_mut(document, &input.role_name)?
            .inline
            .remove(&input.policy_name)
            .ok_or_else(|| no_policy(&input.policy_name))?;
        Ok(Value::Null)
    })
}

pub(super) fn list(cx: &Arc<Context>, input: &List) -> Result<Value, Fault> {
    cx.store.read(|document| {
        let names = role(document, &input.role_name)?.inline.keys();
        input.paging().page("PolicyNames", names, |name| name, |name| json!(name))
    })
}

/// Customer-managed policies are not modelled, so none exists; AWS's own are taken by their shape.
pub(super) fn attach(cx: &Arc<Context>, input: Attached) -> Result<Value, Fault> {
    let missing = || {
        let message = format!("Policy {} does not exist or is not attachable.", input.policy_arn);
        Fault::new(404, "NoSuchEntity", message)
    };
    let name = input.policy_arn.strip_prefix("arn:aws:iam::aws:policy/").ok_or_else(missing)?;
    if name.is_empty() || name.ends_with('/') {
        return Err(missing());
    }
    cx.store.write(|document| {
        let role = role_mut(document, &input.role_name)?;
        role.attached.insert(input.policy_arn.clone());
        if role.attached.len() > MAX_ATTACHED {
            let message = format!("Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}");
            return Err(Fault::new(409, "LimitExceeded", message));
        }
        Ok(Value::Null)
    })
}

pub(super) fn detach(cx: &Arc<Context>, input: &Attached) -> Result<Value, Fault> {
    cx.store.write(|document| {
        if role_mut(document, &input.role_name)?.attached.remove(&input.policy_arn) {
            return Ok(Value::Null);
        }
        let message = format!("Policy {} was not found.", input.policy_arn);
        Err(Fault::new(404, "NoSuchEntity", message))
    })
}

pub(super) fn list_attached(cx: &Arc<Context>, input: &List) -> Result<Value, Fault> {
    cx.store.read(|document| {
        let arns = &role(document, &input.role_name)?.attached;
        input.paging().page(
            "AttachedPolicies",
            arns,
            |arn| arn,
            |arn| {
                let name = arn.rsplit('/').next().unwrap_or(arn);
                json!({"PolicyName": name, "PolicyArn": arn})
            },
        )
    })
}

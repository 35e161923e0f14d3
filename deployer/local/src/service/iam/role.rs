//! Roles.

use super::tag::{Tag, checked_tags};
use super::{Paging, document, invalid, list as members, number, role, role_mut};
use crate::ACCOUNT;
use crate::context::Context;
use crate::front::json::Fault;
use crate::store::role::Role;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What RFC 3986 leaves as it is; IAM encodes everything else of a document.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// IAM's default quota.
const MAX_ROLES: usize = 1000;
/// Characters of a trust policy, white space not counted.
const MAX_TRUST: usize = 2048;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    role_name: String,
    assume_role_policy_document: String,
    path: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "number")]
    max_session_duration: Option<u32>,
    #[serde(default, deserialize_with = "members")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    role_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Update {
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "number")]
    max_session_duration: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateTrust {
    role_name: String,
    policy_document: String,
}

// The paging members are repeated because `flatten` would hide members that are not modelled.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "number")]
    max_items: Option<u32>,
}

pub(super) fn create(cx: &Arc<Context>, input: Create) -> Result<Value, Fault> {
    check_name(&input.role_name)?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    check_path(&path)?;
    check_description(input.description.as_deref())?;
    let max_session_s = input.max_session_duration.unwrap_or(3600);
    check_session(max_session_s)?;
    check_trust(&input.assume_role_policy_document, &input.role_name)?;
    let tags = checked_tags(input.tags)?;
    cx.store.write(|document| {
        let roles = &mut document.iam.roles;
        if roles.keys().any(|name| name.eq_ignore_ascii_case(&input.role_name)) {
            let message = format!("Role with name {} already exists.", input.role_name);
            return Err(Fault::new(409, "EntityAlreadyExists", message));
        }
        if roles.len() >= MAX_ROLES {
            let message = format!("Cannot exceed quota for RolesPerAccount: {MAX_ROLES}");
            return Err(Fault::new(409, "LimitExceeded", message));
        }
        let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
        let role = Role {
            arn: format!("arn:aws:iam::{ACCOUNT}:role{path}{}", input.role_name),
            name: input.role_name.clone(),
            id: format!("AROA{}", &id[..17]),
            path,
            trust: input.assume_role_policy_document,
            description: input.description.filter(|text| !text.is_empty()),
            max_session_s,
            inline: Default::default(),
            attached: Default::default(),
            tags,
            created: cx.clock.now(),
        };
        let view = view(&role, true);
        roles.insert(input.role_name, role);
        Ok(json!({"Role": view}))
    })
}

pub(super) fn get(cx: &Arc<Context>, input: &Named) -> Result<Value, Fault> {
    cx.store.read(|document| Ok(json!({"Role": view(role(document, &input.role_name)?, true)})))
}

pub(super) fn update(cx: &Arc<Context>, input: Update) -> Result<Value, Fault> {
    check_description(input.description.as_deref())?;
    if let Some(seconds) = input.max_session_duration {
        check_session(seconds)?;
    }
    cx.store.write(|document| {
        let role = role_mut(document, &input.role_name)?;
        if let Some(description) = input.description {
            role.description = Some(description).filter(|text| !text.is_empty());
        }
        if let Some(seconds) = input.max_session_duration {
            role.max_session_s = seconds;
        }
        Ok(json!({}))
    })
}

pub(super) fn update_trust(cx: &Arc<Context>, input: UpdateTrust) -> Result<Value, Fault> {
    check_trust(&input.policy_document, &input.role_name)?;
    cx.store.write(|document| {
        role_mut(document, &input.role_name)?.trust = input.policy_document;
        Ok(Value::Null)
    })
}

pub(super) fn delete(cx: &Arc<Context>, input: &Named) -> Result<Value, Fault> {
    let conflict = |message| Fault::new(409, "DeleteConflict", message);
    cx.store.write(|document| {
        let role = role(document, &input.role_name)?;
        if !role.attached.is_empty() {
            return Err(conflict("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline.is_empty() {
            return Err(conflict("Cannot delete entity, must delete policies first."));
        }
        document.iam.roles.remove(&input.role_name);
        Ok(Value::Null)
    })
}

pub(super) fn list(cx: &Arc<Context>, input: &List) -> Result<Value, Fault> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let paging = Paging { marker: input.marker.clone(), max_items: input.max_items };
    cx.store.read(|document| {
        let roles = document.iam.roles.values().filter(|role| role.path.starts_with(prefix));
        paging.page("Roles", roles, |role| &role.name, |role| view(role, false))
    })
}

/// `ListRoles` leaves out the tags.
fn view(role: &Role, tags: bool) -> Value {
    let mut view = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": whole_seconds(role.created).format(&Rfc3339).unwrap_or_default(),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_s,
    });
    if tags && !role.tags.is_empty() {
        view["Tags"] = super::tag::view(&role.tags);
    }
    view
}

/// A document as IAM returns it.
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// IAM shows no fractions.
fn whole_seconds(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.len() > 64 {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'roleName' failed to satisfy constraint: Member must have \
             length less than or equal to 64"
        )));
    }
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        return Err(invalid(
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
        ));
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), Fault> {
    let framed = path.starts_with('/') && path.ends_with('/') && path.len() <= 512;
    if !framed || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
             characters and/or / characters.",
        ));
    }
    Ok(())
}

fn check_description(text: Option<&str>) -> Result<(), Fault> {
    let text = text.unwrap_or_default();
    let allowed = |c| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if text.chars().count() > 1000 || !text.chars().all(allowed) {
        return Err(invalid(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length \
             less than or equal to 1000 and satisfy regular expression pattern: \
             [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ));
    }
    Ok(())
}

fn check_session(seconds: u32) -> Result<(), Fault> {
    if (3600..=43_200).contains(&seconds) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must \
         have value between 3600 and 43200"
    )))
}

fn check_trust(text: &str, role: &str) -> Result<(), Fault> {
    document::check_trust(text)?;
    if document::weight(text) > MAX_TRUST {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {MAX_TRUST} (role {role})");
        return Err(Fault::new(409, "LimitExceeded", message));
    }
    Ok(())
}

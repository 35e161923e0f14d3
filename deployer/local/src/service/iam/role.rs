//! Roles.

use super::check::{check_description, check_path};
use super::lookup::{INVALID, check_attachable, delete_conflict, invalid, limit_exceeded, role, role_mut};
use super::pages::{RolePageInput, page};
use super::tag::checked_tags;
use super::view::{date, encoded};
use crate::arn::role_arn;
use crate::context::Context;
use crate::policy::document;
use crate::store::role::RoleRecord;
use crate::wire::validation::constraint;
use crate::wire::{Call, ServiceError, ServiceResult, TagEntry, form, tag_list};
use serde::Deserialize;
use serde_json::{Value, json};

/// IAM's default quota.
const MAX_ROLES: usize = 1000;
/// Characters of a trust policy, white space not counted.
const MAX_TRUST: usize = 2048;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateRoleInput {
    role_name: String,
    assume_role_policy_document: String,
    path: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default, deserialize_with = "form::list")]
    tags: Vec<TagEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRoleInput {
    role_name: String,
    description: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    max_session_duration: Option<u32>,
}

// The paging members are repeated because `flatten` would hide members that are not modelled.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRolesInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    max_items: Option<u32>,
}

/// Seconds that a session lasts at most unless a role says otherwise (CreateRole).
const DEFAULT_SESSION_S: u32 = 3600;

pub(super) fn create_role(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateRoleInput = call.input()?;
    check_name(&input.role_name)?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    check_path(&path)?;
    check_description(input.description.as_deref())?;
    let max_session_s = input.max_session_duration.unwrap_or(DEFAULT_SESSION_S);
    check_session(max_session_s)?;
    check_trust(&input.assume_role_policy_document, &input.role_name)?;
    let tags = checked_tags(input.tags)?;
    let boundary = input.permissions_boundary.filter(|arn| !arn.is_empty());
    cx.store.write(|document| {
        if let Some(boundary) = &boundary {
            check_attachable(document, boundary)?;
        }
        let roles = &mut document.iam.roles;
        if roles.values().any(|role| role.name.eq_ignore_ascii_case(&input.role_name)) {
            let message = format!("Role with name {} already exists.", input.role_name);
            return Err(ServiceError::new(409, "EntityAlreadyExists", message));
        }
        if roles.len() >= MAX_ROLES {
            return Err(limit_exceeded(format!("Cannot exceed quota for RolesPerAccount: {MAX_ROLES}")));
        }
        let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
        let role = RoleRecord {
            arn: role_arn(&call.region, &path, &input.role_name),
            name: input.role_name.clone(),
            id: format!("AROA{}", &id[..17]),
            path,
            trust: input.assume_role_policy_document,
            description: input.description.filter(|text| !text.is_empty()),
            max_session_s,
            inline: Default::default(),
            attached: Default::default(),
            boundary,
            tags,
            created: cx.clock.now(),
        };
        let mut view = view(&role, true);
        // CreateRole answers only a duration that was asked for; GetRole answers the default too (recorded answers of AWS).
        if role.max_session_s == DEFAULT_SESSION_S
            && let Some(members) = view.as_object_mut()
        {
            members.remove("MaxSessionDuration");
        }
        roles.insert(input.role_name, role);
        Ok(json!({"Role": view}))
    })
}

pub(super) fn get_role(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name] = call.texts(["RoleName"])?;
    cx.store.read(|document| {
        let mut view = view(role(document, role_name)?, true);
        // No service has used it yet, as far as is known here.
        view["RoleLastUsed"] = json!({});
        Ok(json!({"Role": view}))
    })
}

pub(super) fn update_role(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateRoleInput = call.input()?;
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

pub(super) fn update_assume_role_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name, policy_document] = call.texts(["RoleName", "PolicyDocument"])?;
    check_trust(policy_document, role_name)?;
    cx.store.write(|document| {
        role_mut(document, role_name)?.trust = policy_document.to_owned();
        Ok(Value::Null)
    })
}

pub(super) fn delete_role(cx: &Context, call: &Call) -> ServiceResult {
    let [role_name] = call.texts(["RoleName"])?;
    cx.store.write(|document| {
        let role = role(document, role_name)?;
        if !role.attached.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete policies first."));
        }
        document.iam.roles.remove(role_name);
        Ok(Value::Null)
    })
}

/// Lists no instance profiles: they belong to EC2, which is not here. Clients ask for them before they delete a role.
pub(super) fn list_instance_profiles_for_role(cx: &Context, call: &Call) -> ServiceResult {
    let input: RolePageInput = call.input()?;
    cx.store.read(|document| {
        role(document, &input.role_name)?;
        Ok(json!({"InstanceProfiles": [], "IsTruncated": false}))
    })
}

pub(super) fn list_roles(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListRolesInput = call.input()?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    cx.store.read(|document| {
        let roles = document.iam.roles.values().filter(|role| role.path.starts_with(prefix));
        page(input.marker.as_deref(), input.max_items, "Roles", roles, |role| &role.name, |role| view(role, false))
    })
}

/// Shows a role; `ListRoles` leaves out its tags and its boundary.
fn view(role: &RoleRecord, details: bool) -> Value {
    let mut view = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": date(role.created),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_s,
    });
    if let Some(boundary) = role.boundary.as_ref().filter(|_| details) {
        view["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary});
    }
    if details && !role.tags.is_empty() {
        view["Tags"] = tag_list(&role.tags);
    }
    view
}

fn check_name(name: &str) -> ServiceResult<()> {
    if name.len() > 64 {
        return Err(constraint(INVALID, name, "roleName", "have length less than or equal to 64"));
    }
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        return Err(invalid(
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
        ));
    }
    Ok(())
}

fn check_session(seconds: u32) -> ServiceResult<()> {
    if (3600..=43_200).contains(&seconds) {
        return Ok(());
    }
    Err(constraint(INVALID, seconds, "maxSessionDuration", "have value between 3600 and 43200"))
}

fn check_trust(text: &str, role: &str) -> ServiceResult<()> {
    document::check_trust(text)?;
    if document::weight(text) > MAX_TRUST {
        return Err(limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {MAX_TRUST} (role {role})")));
    }
    Ok(())
}

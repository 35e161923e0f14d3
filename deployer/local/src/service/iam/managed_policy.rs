//! Managed policies: the customer's, and those of AWS's whose document is known here.

use super::check::{check_description, check_document, check_path, check_policy_name};
use super::lookup::{customer_policy, delete_conflict, limit_exceeded, managed_policy};
use super::pages::page;
use super::tag::checked_tags;
use super::view::date;
use crate::arn::policy_arn;
use crate::context::Context;
use crate::store::CloudDocument;
use crate::store::managed_policy::{ManagedPolicy, PolicyVersion};
use crate::store::role::RoleRecord;
use crate::wire::{Call, ServiceError, ServiceResult, TagEntry, form, tag_list};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// IAM's default quota.
const MAX_POLICIES: usize = 1500;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatePolicyInput {
    policy_name: String,
    policy_document: String,
    path: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "form::list")]
    tags: Vec<TagEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPoliciesInput {
    scope: Option<String>,
    only_attached: Option<String>,
    path_prefix: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    max_items: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListEntitiesInput {
    policy_arn: String,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "form::number")]
    max_items: Option<u32>,
}

pub(super) fn create_policy(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreatePolicyInput = call.input()?;
    check_policy_name(&input.policy_name)?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    check_path(&path)?;
    check_description(input.description.as_deref())?;
    check_document(&input.policy_document)?;
    let tags = checked_tags(input.tags)?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let policies = &mut document.iam.policies;
        if policies.values().any(|policy| policy.name.eq_ignore_ascii_case(&input.policy_name)) {
            let message =
                format!("A policy called {} already exists. Duplicate names are not allowed.", input.policy_name);
            return Err(ServiceError::new(409, "EntityAlreadyExists", message));
        }
        if policies.len() >= MAX_POLICIES {
            return Err(limit_exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {MAX_POLICIES}")));
        }
        let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
        let policy = ManagedPolicy {
            arn: policy_arn(&call.region, &path, &input.policy_name),
            name: input.policy_name,
            id: format!("ANPA{}", &id[..17]),
            path,
            description: input.description.filter(|text| !text.is_empty()),
            versions: BTreeMap::from([(1, PolicyVersion { document: input.policy_document, created: now })]),
            default_version: 1,
            last_version: 1,
            tags,
            created: now,
            updated: now,
        };
        policies.insert(policy.arn.clone(), policy.clone());
        let mut view = view(document, &policy);
        if !policy.tags.is_empty() {
            view["Tags"] = tag_list(&policy.tags);
        }
        Ok(json!({"Policy": view}))
    })
}

pub(super) fn get_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [arn] = call.texts(["PolicyArn"])?;
    cx.store.read(|document| {
        let policy = managed_policy(document, arn)?;
        let mut view = view(document, &policy);
        view["Description"] = json!(policy.description);
        // An empty list is an empty element, which readers of Terraform's provider take for no tags.
        view["Tags"] = tag_list(&policy.tags);
        Ok(json!({"Policy": view}))
    })
}

pub(super) fn list_policies(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListPoliciesInput = call.input()?;
    let attached = input.only_attached.as_deref() == Some("true");
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    if !matches!(input.scope.as_deref(), Some("Local")) {
        return Err(ServiceError::new(
            501,
            "NotImplementedException",
            "the embedded cloud lists customer managed policies alone (Scope=Local): it does not know all of AWS's own",
        ));
    }
    cx.store.read(|document| {
        let policies = document.iam.policies.values();
        let policies = policies
            .filter(|policy| policy.path.starts_with(prefix) && (!attached || uses(document, &policy.arn).0 > 0));
        let view = |policy: &ManagedPolicy| view(document, policy);
        page(input.marker.as_deref(), input.max_items, "Policies", policies, |policy| &policy.arn, view)
    })
}

pub(super) fn delete_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [arn] = call.texts(["PolicyArn"])?;
    cx.store.write(|document| {
        let policy = customer_policy(document, arn)?;
        if uses(document, arn) != (0, 0) {
            return Err(delete_conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        document.iam.policies.remove(arn);
        Ok(Value::Null)
    })
}

/// Lists the roles that a policy is attached to or bounds; there are no users and no groups here.
pub(super) fn list_entities_for_policy(cx: &Context, call: &Call) -> ServiceResult {
    let input: ListEntitiesInput = call.input()?;
    let shows_roles = matches!(input.entity_filter.as_deref(), None | Some("Role"));
    let usage = input.policy_usage_filter.as_deref();
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    cx.store.read(|document| {
        let arn = &managed_policy(document, &input.policy_arn)?.arn;
        let uses = |role: &&RoleRecord| {
            let attached = usage != Some("PermissionsBoundary") && role.attached.contains(arn);
            let bounds = usage != Some("PermissionsPolicy") && role.boundary.as_ref() == Some(arn);
            shows_roles && role.path.starts_with(prefix) && (attached || bounds)
        };
        let roles = document.iam.roles.values().filter(uses);
        let mut output = page(
            input.marker.as_deref(),
            input.max_items,
            "PolicyRoles",
            roles,
            |role| &role.name,
            |role| json!({"RoleName": role.name, "RoleId": role.id}),
        )?;
        output["PolicyGroups"] = json!([]);
        output["PolicyUsers"] = json!([]);
        Ok(output)
    })
}

/// Counts the roles that a policy is attached to, and those that it bounds.
fn uses(document: &CloudDocument, arn: &str) -> (usize, usize) {
    let roles = || document.iam.roles.values();
    let attached = roles().filter(|role| role.attached.contains(arn)).count();
    (attached, roles().filter(|role| role.boundary.as_deref() == Some(arn)).count())
}

/// Shows a policy as every answer has it; its description and its tags are in some only.
fn view(document: &CloudDocument, policy: &ManagedPolicy) -> Value {
    let (attached, bounds) = uses(document, &policy.arn);
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": format!("v{}", policy.default_version),
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": bounds,
        "IsAttachable": true,
        "CreateDate": date(policy.created),
        "UpdateDate": date(policy.updated),
    })
}

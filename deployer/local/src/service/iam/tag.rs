//! Tags of roles and of managed policies.

use super::lookup::{customer_policy_mut, limit_exceeded, managed_policy, role, role_mut};
use super::pages::{PolicyPageInput, RolePageInput, page};
use crate::context::Context;
use crate::store::CloudDocument;
use crate::wire::validation::constraint;
use crate::wire::{Call, ServiceError, ServiceResult, TagEntry, TagLimits, TagMap, TagMistake, form};
use serde::Deserialize;
use serde_json::{Value, json};

/// The code for tags that IAM does not take.
const INVALID_TAG: &str = "InvalidInput";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagRoleInput {
    role_name: String,
    #[serde(deserialize_with = "form::list")]
    tags: Vec<TagEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagRoleInput {
    role_name: String,
    #[serde(deserialize_with = "form::list")]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagPolicyInput {
    policy_arn: String,
    #[serde(deserialize_with = "form::list")]
    tags: Vec<TagEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagPolicyInput {
    policy_arn: String,
    #[serde(deserialize_with = "form::list")]
    tag_keys: Vec<String>,
}

/// Returns tags as a map, when IAM would take them.
pub(super) fn checked_tags(tags: Vec<TagEntry>) -> ServiceResult<TagMap> {
    let mut checked = TagMap::new();
    for TagEntry { key, value } in tags {
        if checked.keys().any(|known| known.eq_ignore_ascii_case(&key)) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(ServiceError::new(400, INVALID_TAG, message));
        }
        checked.insert(key, value);
    }
    check(&checked)?;
    Ok(checked)
}

fn check(tags: &TagMap) -> ServiceResult<()> {
    const PATTERN: &str = "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";
    TagLimits::WORDS.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => {
            limit_exceeded(format!("The number of tags has reached the maximum limit of {}.", TagLimits::COUNT))
        }
        TagMistake::Key(key) => {
            let rule = format_args!("have length between 1 and 128 and {PATTERN}+");
            constraint(INVALID_TAG, key, "tags.member.key", rule)
        }
        TagMistake::Value(_, value) => {
            let rule = format_args!("have length at most 256 and {PATTERN}*");
            constraint(INVALID_TAG, value, "tags.member.value", rule)
        }
        TagMistake::Reserved(_) => {
            let message = "Tag keys prefixed with 'aws:' are reserved and cannot be used.";
            ServiceError::new(400, INVALID_TAG, message)
        }
    })
}

/// Finds the tags of something that has tags.
type TagsOf = for<'a> fn(&'a mut CloudDocument, &str) -> ServiceResult<&'a mut TagMap>;

fn of_role<'a>(document: &'a mut CloudDocument, name: &str) -> ServiceResult<&'a mut TagMap> {
    Ok(&mut role_mut(document, name)?.tags)
}

fn of_policy<'a>(document: &'a mut CloudDocument, arn: &str) -> ServiceResult<&'a mut TagMap> {
    Ok(&mut customer_policy_mut(document, arn)?.tags)
}

fn add(cx: &Context, tags_of: TagsOf, owner: &str, tags: Vec<TagEntry>) -> ServiceResult {
    let added = checked_tags(tags)?;
    cx.store.write(|document| {
        let tags = tags_of(document, owner)?;
        tags.extend(added);
        check(tags)?;
        Ok(Value::Null)
    })
}

fn remove(cx: &Context, tags_of: TagsOf, owner: &str, keys: &[String]) -> ServiceResult {
    cx.store.write(|document| {
        tags_of(document, owner)?.retain(|key, _| !keys.contains(key));
        Ok(Value::Null)
    })
}

fn list(tags: &TagMap, marker: Option<&str>, max_items: Option<u32>) -> ServiceResult {
    page(marker, max_items, "Tags", tags, |(key, _)| key, |(key, value)| json!({"Key": key, "Value": value}))
}

pub(super) fn tag_role(cx: &Context, call: &Call) -> ServiceResult {
    let input: TagRoleInput = call.input()?;
    add(cx, of_role, &input.role_name, input.tags)
}

pub(super) fn untag_role(cx: &Context, call: &Call) -> ServiceResult {
    let input: UntagRoleInput = call.input()?;
    remove(cx, of_role, &input.role_name, &input.tag_keys)
}

pub(super) fn list_role_tags(cx: &Context, call: &Call) -> ServiceResult {
    let input: RolePageInput = call.input()?;
    cx.store.read(|document| list(&role(document, &input.role_name)?.tags, input.marker.as_deref(), input.max_items))
}

pub(super) fn tag_policy(cx: &Context, call: &Call) -> ServiceResult {
    let input: TagPolicyInput = call.input()?;
    add(cx, of_policy, &input.policy_arn, input.tags)
}

pub(super) fn untag_policy(cx: &Context, call: &Call) -> ServiceResult {
    let input: UntagPolicyInput = call.input()?;
    remove(cx, of_policy, &input.policy_arn, &input.tag_keys)
}

pub(super) fn list_policy_tags(cx: &Context, call: &Call) -> ServiceResult {
    let input: PolicyPageInput = call.input()?;
    cx.store.read(|document| {
        list(&managed_policy(document, &input.policy_arn)?.tags, input.marker.as_deref(), input.max_items)
    })
}

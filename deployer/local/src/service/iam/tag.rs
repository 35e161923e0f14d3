//! Tags of a role.

use super::{Paging, list as members, number, role, role_mut};
use crate::context::Context;
use crate::front::json::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Per role.
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Add {
    role_name: String,
    #[serde(deserialize_with = "members")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Remove {
    role_name: String,
    #[serde(deserialize_with = "members")]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    role_name: String,
    marker: Option<String>,
    #[serde(default, deserialize_with = "number")]
    max_items: Option<u32>,
}

/// As a map, when IAM would take them.
pub(super) fn checked_tags(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, Fault> {
    let refuse = |message: String| Err(Fault::new(400, "InvalidInput", message));
    let mut checked = BTreeMap::new();
    for Tag { key, value } in tags {
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
            return refuse(format!(
                "1 validation error detected: Value '{key}' at 'tags.member.key' failed to satisfy constraint: Member \
                 must have length between 1 and 128 and satisfy regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]+"
            ));
        }
        if value.chars().count() > 256 || !value.chars().all(allowed) {
            return refuse(format!(
                "1 validation error detected: Value '{value}' at 'tags.member.value' failed to satisfy constraint: Member \
                 must have length at most 256 and satisfy regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]*"
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return refuse("Tag keys prefixed with 'aws:' are reserved and cannot be used.".to_owned());
        }
        if checked.keys().any(|known: &String| known.eq_ignore_ascii_case(&key)) {
            return refuse("Duplicate tag keys found. Please note that Tag keys are case insensitive.".to_owned());
        }
        checked.insert(key, value);
    }
    check_count(&checked)?;
    Ok(checked)
}

fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() <= MAX_TAGS {
        return Ok(());
    }
    let message = format!("The number of tags has reached the maximum limit of {MAX_TAGS}.");
    Err(Fault::new(409, "LimitExceeded", message))
}

pub(super) fn view(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

pub(super) fn add(cx: &Arc<Context>, input: Add) -> Result<Value, Fault> {
    let tags = checked_tags(input.tags)?;
    cx.store.write(|document| {
        let role = role_mut(document, &input.role_name)?;
        role.tags.extend(tags);
        check_count(&role.tags)?;
        Ok(Value::Null)
    })
}

pub(super) fn remove(cx: &Arc<Context>, input: &Remove) -> Result<Value, Fault> {
    cx.store.write(|document| {
        let role = role_mut(document, &input.role_name)?;
        role.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(Value::Null)
    })
}

pub(super) fn list(cx: &Arc<Context>, input: &List) -> Result<Value, Fault> {
    let paging = Paging { marker: input.marker.clone(), max_items: input.max_items };
    cx.store.read(|document| {
        let tags = &role(document, &input.role_name)?.tags;
        paging.page("Tags", tags, |(key, _)| key, |(key, value)| json!({"Key": key, "Value": value}))
    })
}

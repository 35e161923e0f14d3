//! Operations on log groups.

use super::model::{LogGroup, group_arn};
use super::{Logs, constraint, invalid, named_in_arn, no_such_group, page_size};
use crate::front::json::{Call, Fault};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The values that `PutRetentionPolicy` takes, in days.
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupInput {
    log_group_name: String,
}

pub(super) fn create(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        log_group_name: String,
        #[serde(default)]
        tags: BTreeMap<String, String>,
        log_group_class: Option<String>,
        #[serde(default)]
        deletion_protection_enabled: bool,
    }
    let input: Input = call.input()?;
    check_name(&input.log_group_name, "logGroupName")?;
    check_tags(&input.tags)?;
    if let Some(class) = input.log_group_class.filter(|class| class != "STANDARD") {
        return Err(Fault::not_implemented(format!(
            "the embedded cloud does not model log group class {class}, only STANDARD"
        )));
    }
    let group = LogGroup {
        deletion_protection: input.deletion_protection_enabled,
        tags: input.tags,
        ..LogGroup::new(logs.clock.now_ms())
    };
    logs.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        if groups.contains_key(&input.log_group_name) {
            return Err(Fault::new(400, "ResourceAlreadyExistsException", "The specified log group already exists"));
        }
        groups.insert(input.log_group_name, group);
        Ok(json!({}))
    })
}

pub(super) async fn delete(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    let input: GroupInput = call.input()?;
    let deleted = logs.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        match groups.get(&input.log_group_name) {
            Some(group) if group.deletion_protection => Err(Fault::new(
                400,
                "ValidationException",
                "The log group is protected from deletion: turn deletion protection off first",
            )),
            _ => groups.remove(&input.log_group_name).ok_or_else(no_such_group),
        }
    })?;
    logs.on_events(move |events| events.delete_group(deleted.id)).await?;
    Ok(json!({}))
}

pub(super) async fn describe(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        log_group_name_prefix: Option<String>,
        log_group_name_pattern: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: Input = call.input()?;
    let size = page_size(input.limit, 50, 50)?;
    let (prefix, pattern) = (input.log_group_name_prefix, input.log_group_name_pattern);
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    let (prefix, pattern) = (prefix.unwrap_or_default(), pattern.unwrap_or_default());
    let mut found: Vec<(String, LogGroup)> = logs.store.read(|document| {
        let groups = document.region(&call.region).logs.groups.iter();
        groups
            .filter(|(name, _)| name.starts_with(&prefix) && name.contains(&pattern))
            .filter(|(name, _)| input.next_token.as_ref().is_none_or(|last| *name > last))
            .take(size + 1)
            .map(|(name, group)| (name.clone(), group.clone()))
            .collect()
    });
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|(name, _)| name.clone());
    let ids: Vec<i64> = found.iter().map(|(_, group)| group.id).collect();
    let bytes: Vec<i64> =
        logs.on_events(move |events| ids.into_iter().map(|id| events.stored_bytes(id)).collect()).await?;
    let groups: Vec<Value> = found
        .iter()
        .zip(bytes)
        .map(|((name, group), bytes)| {
            let arn = group_arn(&call.region, name);
            let mut answer = json!({
                "logGroupName": name,
                "creationTime": group.created_ms,
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "logGroupArn": arn,
                "logGroupClass": "STANDARD",
                "storedBytes": bytes,
                "deletionProtectionEnabled": group.deletion_protection,
            });
            if let Some(days) = group.retention_days {
                answer["retentionInDays"] = json!(days);
            }
            answer
        })
        .collect();
    let mut answer = json!({ "logGroups": groups });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

pub(super) fn protect(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        log_group_identifier: String,
        deletion_protection_enabled: bool,
    }
    let input: Input = call.input()?;
    let name = super::group_name(&call.region, None, Some(input.log_group_identifier))?;
    change(logs, call, &name, |group| {
        group.deletion_protection = input.deletion_protection_enabled;
        Ok(())
    })
}

pub(super) fn put_retention(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        log_group_name: String,
        retention_in_days: i64,
    }
    let input: Input = call.input()?;
    let days =
        RETENTION_DAYS.into_iter().find(|days| i64::from(*days) == input.retention_in_days).ok_or_else(|| {
            let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            constraint(input.retention_in_days, "retentionInDays", format_args!("satisfy enum value set: [{allowed}]"))
        })?;
    change(logs, call, &input.log_group_name, |group| {
        group.retention_days = Some(days);
        Ok(())
    })
}

pub(super) fn delete_retention(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    let input: GroupInput = call.input()?;
    change(logs, call, &input.log_group_name, |group| {
        group.retention_days = None;
        Ok(())
    })
}

pub(super) fn tag(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        resource_arn: String,
        tags: BTreeMap<String, String>,
    }
    let input: Input = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    change(logs, call, &name, |group| {
        let mut tags = group.tags.clone();
        tags.extend(input.tags);
        check_tags(&tags)?;
        group.tags = tags;
        Ok(())
    })
}

pub(super) fn untag(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        resource_arn: String,
        tag_keys: Vec<String>,
    }
    let input: Input = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    change(logs, call, &name, |group| {
        group.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(())
    })
}

pub(super) fn list_tags(logs: &Logs, call: &Call) -> Result<Value, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        resource_arn: String,
    }
    let input: Input = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    Ok(json!({ "tags": logs.group(&call.region, &name)?.tags }))
}

fn change(
    logs: &Logs,
    call: &Call,
    name: &str,
    change: impl FnOnce(&mut LogGroup) -> Result<(), Fault>,
) -> Result<Value, Fault> {
    logs.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        change(groups.get_mut(name).ok_or_else(no_such_group)?)?;
        Ok(json!({}))
    })
}

fn check_name(name: &str, member: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(constraint(name, member, "have length greater than or equal to 1"));
    }
    if name.len() > 512 {
        return Err(constraint(name, member, "have length less than or equal to 512"));
    }
    match name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#')) {
        true => Ok(()),
        false => Err(constraint(name, member, "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+")),
    }
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(Fault::new(400, "TooManyTagsException", format!("a log group takes at most {MAX_TAGS} tags")));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || key.starts_with("aws:") {
            return Err(invalid(format!("tag key '{key}' must have 1 to 128 characters and not begin with aws:")));
        }
        if value.chars().count() > 256 {
            return Err(invalid(format!("the value of tag '{key}' has more than 256 characters")));
        }
    }
    Ok(())
}

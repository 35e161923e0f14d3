//! Operations on log groups.

use super::lookup::{
    already_exists, change_group, constraint, group_name, invalid, invalid_token, no_such_group, page_size,
};
use super::tags::check_tags;
use crate::arn::log_group_arn;
use crate::context::Context;
use crate::store::log_group::LogGroup;
use crate::wire::page::{self, ListPage};
use crate::wire::{Call, ServiceError, ServiceResult, TagMap};
use serde::Deserialize;
use serde_json::json;

/// The values that `PutRetentionPolicy` takes, in days.
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub(super) fn create_log_group(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct CreateLogGroupInput {
        log_group_name: String,
        #[serde(default)]
        tags: TagMap,
        log_group_class: Option<String>,
        #[serde(default)]
        deletion_protection_enabled: bool,
    }
    let input: CreateLogGroupInput = call.input()?;
    check_name(&input.log_group_name, "logGroupName")?;
    check_tags(&input.tags)?;
    if let Some(class) = input.log_group_class.filter(|class| class != "STANDARD") {
        return Err(ServiceError::not_modelled(format_args!("log group class {class}, only STANDARD")));
    }
    let group = LogGroup {
        deletion_protection: input.deletion_protection_enabled,
        tags: input.tags,
        ..LogGroup::new(cx.clock.now_ms())
    };
    cx.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        if groups.contains_key(&input.log_group_name) {
            return Err(already_exists("group"));
        }
        groups.insert(input.log_group_name, group);
        Ok(json!({}))
    })
}

pub(super) fn delete_log_group(cx: &Context, call: &Call) -> ServiceResult {
    let [log_group_name] = call.texts(["logGroupName"])?;
    let deleted = cx.store.write(|document| {
        let groups = &mut document.region_mut(&call.region).logs.groups;
        match groups.get(log_group_name) {
            Some(group) if group.deletion_protection => Err(ServiceError::new(
                400,
                "ValidationException",
                "The log group is protected from deletion: turn deletion protection off first",
            )),
            _ => groups.remove(log_group_name).ok_or_else(no_such_group),
        }
    })?;
    cx.logs.on_events(|events| events.delete_group(deleted.id))?;
    Ok(json!({}))
}

pub(super) fn describe_log_groups(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct DescribeLogGroupsInput {
        log_group_name_prefix: Option<String>,
        log_group_name_pattern: Option<String>,
        next_token: Option<String>,
        limit: Option<i64>,
    }
    let input: DescribeLogGroupsInput = call.input()?;
    let size = page_size(input.limit, 50)?;
    let (prefix, pattern) = (input.log_group_name_prefix, input.log_group_name_pattern);
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
    }
    // What is found by a pattern is shown in short (recorded answers of AWS).
    let whole = pattern.is_none();
    let (prefix, pattern) = (prefix.unwrap_or_default(), pattern.unwrap_or_default());
    let document = cx.store.snapshot();
    let groups = document.region(&call.region).logs.groups.iter();
    let found = groups.filter(|(name, _)| name.starts_with(&prefix) && name.contains(&pattern));
    let ListPage { items, next } =
        page::cut(found, |(name, _)| name, input.next_token.as_deref(), size).map_err(|_| invalid_token())?;
    let bytes: Vec<i64> =
        cx.logs.on_events(|events| items.iter().map(|(_, group)| events.stored_bytes(group.id)).collect())?;
    let items: Vec<_> = items.into_iter().zip(bytes).collect();
    Ok(page::view(ListPage { items, next }, "logGroups", "nextToken", |((name, group), bytes)| {
        let arn = log_group_arn(&call.region, name);
        let mut answer = json!({
            "logGroupName": name,
            "creationTime": group.created_ms,
            "metricFilterCount": 0,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "logGroupClass": "STANDARD",
        });
        if whole {
            answer["storedBytes"] = json!(bytes);
            answer["deletionProtectionEnabled"] = json!(group.deletion_protection);
        }
        if let Some(days) = group.retention_days {
            answer["retentionInDays"] = json!(days);
        }
        answer
    }))
}

pub(super) fn put_log_group_deletion_protection(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PutLogGroupDeletionProtectionInput {
        log_group_identifier: String,
        deletion_protection_enabled: bool,
    }
    let input: PutLogGroupDeletionProtectionInput = call.input()?;
    let name = group_name(&call.region, None, Some(input.log_group_identifier))?;
    change_group(cx, call, &name, |group| {
        group.deletion_protection = input.deletion_protection_enabled;
        Ok(())
    })
}

pub(super) fn put_retention_policy(cx: &Context, call: &Call) -> ServiceResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PutRetentionPolicyInput {
        log_group_name: String,
        retention_in_days: i64,
    }
    let input: PutRetentionPolicyInput = call.input()?;
    let days =
        RETENTION_DAYS.into_iter().find(|days| i64::from(*days) == input.retention_in_days).ok_or_else(|| {
            let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            constraint(input.retention_in_days, "retentionInDays", format_args!("satisfy enum value set: [{allowed}]"))
        })?;
    change_group(cx, call, &input.log_group_name, |group| {
        group.retention_days = Some(days);
        Ok(())
    })
}

pub(super) fn delete_retention_policy(cx: &Context, call: &Call) -> ServiceResult {
    let [log_group_name] = call.texts(["logGroupName"])?;
    change_group(cx, call, log_group_name, |group| {
        group.retention_days = None;
        Ok(())
    })
}

fn check_name(name: &str, member: &str) -> ServiceResult<()> {
    if name.is_empty() {
        return Err(constraint(name, member, "have length greater than or equal to 1"));
    }
    if name.len() > 512 {
        return Err(invalid("Invalid LogGroup or LogStream, both must have length less than or equal to 512."));
    }
    if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#')) {
        return Ok(());
    }
    Err(constraint(name, member, "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"))
}

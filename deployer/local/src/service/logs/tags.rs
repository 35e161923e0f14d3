//! Tags of log groups.

use super::lookup::{change_group, group, invalid, named_in_arn};
use crate::arn::log_group_arn;
use crate::context::Context;
use crate::store::log_group::LogGroup;
use crate::wire::{Call, ServiceError, TagLimits, TagMap, TagMistake};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn tag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct TagLogGroupInput {
        resource_arn: String,
        tags: TagMap,
    }
    let input: TagLogGroupInput = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    change_group(cx, call, &name, |group| {
        let mut tags = group.tags.clone();
        tags.extend(input.tags);
        check_tags(&tags)?;
        group.tags = tags;
        Ok(())
    })
}

pub(super) fn untag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct UntagLogGroupInput {
        resource_arn: String,
        tag_keys: Vec<String>,
    }
    let input: UntagLogGroupInput = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    change_group(cx, call, &name, |group| {
        group.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(())
    })
}

pub(super) fn list_tags_for_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ListLogGroupTagsInput {
        resource_arn: String,
    }
    let input: ListLogGroupTagsInput = call.input()?;
    let name = named_in_arn(&call.region, &input.resource_arn)?;
    Ok(json!({ "tags": group(cx, call, &name)?.tags }))
}

pub(super) fn check_tags(tags: &TagMap) -> Result<(), ServiceError> {
    TagLimits::ANY.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => {
            let message = format!("a log group takes at most {} tags", TagLimits::COUNT);
            ServiceError::new(400, "TooManyTagsException", message)
        }
        TagMistake::Key(key) | TagMistake::Reserved(key) => {
            invalid(format!("tag key '{key}' must have 1 to 128 characters and not begin with aws:"))
        }
        TagMistake::Value(key, _) => invalid(format!("the value of tag '{key}' has more than 256 characters")),
    })
}

/// Lists the log groups of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> Result<BTreeMap<String, TagMap>, ServiceError> {
    let pair = |(name, group): (&String, &LogGroup)| (log_group_arn(region, name), group.tags.clone());
    Ok(cx.store.read(|document| document.region(region).logs.groups.iter().map(pair).collect()))
}

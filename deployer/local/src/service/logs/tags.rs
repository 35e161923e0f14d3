//! Tags of log groups.

use super::lookup::{group, invalid, named_in_arn, no_such_group};
use crate::arn::log_group_arn;
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::store::log_group::LogGroup;
use crate::wire::{Call, ServiceError, ServiceResult, TagLimits, TagMap, TagMistake};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "resourceArn",
    tags: "tags",
    keys: "tagKeys",
    ignored: &[],
    find,
    given: |_| Ok(()),
    check: check_tags,
    view: |tags| json!(tags),
};

fn find<'a>(document: &'a mut CloudDocument, region: &str, arn: &str) -> ServiceResult<&'a mut TagMap> {
    let name = named_in_arn(region, arn)?;
    let group = document.region_mut(region).logs.groups.get_mut(&name);
    Ok(&mut group.ok_or_else(no_such_group)?.tags)
}

/// Lists the tags of a group by its name: the older form of ListTagsForResource.
pub(super) fn list_tags_log_group(cx: &Context, call: &Call) -> ServiceResult {
    let [name] = call.texts(["logGroupName"])?;
    Ok(json!({"tags": group(cx, call, name)?.tags}))
}

pub(super) fn check_tags(tags: &TagMap) -> ServiceResult<()> {
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
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    let pair = |(name, group): (&String, &LogGroup)| (log_group_arn(region, name), group.tags.clone());
    Ok(cx.store.read(|document| document.region(region).logs.groups.iter().map(pair).collect()))
}

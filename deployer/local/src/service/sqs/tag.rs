//! Tags of queues.

use super::lookup::{invalid, name_in_url, no_such_queue, queue_mut};
use crate::arn::queue_arn;
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::wire::{ServiceResult, TagLimits, TagMap, TagMistake};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "QueueUrl",
    tags: "Tags",
    keys: "TagKeys",
    ignored: &[],
    find,
    given: |_| Ok(()),
    check: check_tags,
    view: |tags| json!(tags),
};

fn find<'a>(document: &'a mut CloudDocument, region: &str, url: &str) -> ServiceResult<&'a mut TagMap> {
    let name = name_in_url(url).ok_or_else(no_such_queue)?;
    Ok(&mut queue_mut(document, region, name)?.tags)
}

pub(super) fn check_tags(tags: &TagMap) -> ServiceResult<()> {
    TagLimits::WORDS.check(tags).map_err(|mistake| match mistake {
        TagMistake::TooMany => invalid(format!("Too many tags added for queue. Maximum is {}.", TagLimits::COUNT)),
        TagMistake::Key(key) => {
            invalid(format!("Tag key {key} must be between 1 and 128 characters in length and well-formed."))
        }
        TagMistake::Value(key, _) => {
            invalid(format!("Tag value of {key} must be at most 256 characters in length and well-formed."))
        }
        TagMistake::Reserved(key) => invalid(format!("Tag key {key} begins with aws:, which is reserved.")),
    })
}

/// Lists the queues of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    Ok(cx.store.read(|document| {
        let queues = document.region(region).queues.queues.iter();
        queues.map(|(name, queue)| (queue_arn(region, name), queue.tags.clone())).collect()
    }))
}

//! Tags of a function.

use super::lookup::{constraint, function_mut, invalid_parameter};
use super::{check, name, sources};
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::wire::{ServiceError, ServiceResult, TagMap};
use regex_lite::Regex;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What may have tags, in AWS's words.
const RESOURCE: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";
static RESOURCE_PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| name::whole(RESOURCE));
/// The place of a version in the ARN of a function.
const VERSION_PART: usize = 7;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "Resource",
    tags: "Tags",
    keys: "TagKeys",
    ignored: &[],
    find,
    given,
    check: check::tags,
    view: |tags| json!(tags),
};

fn find<'a>(document: &'a mut CloudDocument, region: &str, resource: &str) -> ServiceResult<&'a mut TagMap> {
    if !RESOURCE_PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(resource)) {
        return Err(constraint(resource, "resource", format_args!("satisfy regular expression pattern: {RESOURCE}")));
    }
    if let Some(uuid) = resource.strip_prefix(&sources::mapping_arn(region, "")) {
        let mapping = document.region_mut(region).sources.get_mut(uuid);
        let message = format!("Event source mapping not found: {resource}");
        let gone = || ServiceError::new(404, "ResourceNotFoundException", message);
        return Ok(&mut mapping.ok_or_else(gone)?.tags);
    }
    let named = name::resolve_version(region, resource, None);
    let version = resource.split(':').nth(VERSION_PART).is_some();
    if version {
        return Err(invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        ));
    }
    Ok(&mut function_mut(document, region, &named?.name)?.tags)
}

/// Checks that tags were given.
fn given(tags: &TagMap) -> ServiceResult<()> {
    if tags.is_empty() {
        // AWS was recorded to say no more than this.
        return Err(invalid_parameter("An error occurred and the request cannot be processed."));
    }
    Ok(())
}

/// Lists the functions and event source mappings of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    let pair = |function: &FunctionRecord| (function.arn.clone(), function.tags.clone());
    Ok(cx.store.read(|document| {
        let content = document.region(region);
        let now_ms = cx.clock.now_ms();
        let mappings = content.sources.iter().filter(|(_, mapping)| !mapping.is_gone(now_ms));
        let mappings = mappings.map(|(uuid, mapping)| (sources::mapping_arn(region, uuid), mapping.tags.clone()));
        content.functions.values().map(pair).chain(mappings).collect()
    }))
}

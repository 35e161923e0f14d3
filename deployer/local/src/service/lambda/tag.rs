//! Tags of a function.

use super::lookup::function_mut;
use super::{check, name, sources};
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::wire::{ServiceError, ServiceResult, TagMap};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "Resource",
    tags: "Tags",
    keys: "TagKeys",
    ignored: &[],
    find,
    check: check::tags,
    view: |tags| json!(tags),
};

fn find<'a>(document: &'a mut CloudDocument, region: &str, resource: &str) -> ServiceResult<&'a mut TagMap> {
    if let Some(uuid) = resource.strip_prefix(&sources::mapping_arn(region, "")) {
        let mapping = document.region_mut(region).sources.get_mut(uuid);
        let gone = || ServiceError::new(404, "ResourceNotFoundException", "The resource you requested does not exist.");
        return Ok(&mut mapping.ok_or_else(gone)?.tags);
    }
    let name = name::resolve(region, resource)?;
    Ok(&mut function_mut(document, region, &name)?.tags)
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

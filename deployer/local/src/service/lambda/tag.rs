//! Tags of a function.

use super::lookup::function_mut;
use super::{check, name};
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::wire::{ServiceResult, TagMap};
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
    let name = name::resolve(region, resource)?;
    Ok(&mut function_mut(document, region, &name)?.tags)
}

/// Lists the functions of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    let pair = |function: &FunctionRecord| (function.arn.clone(), function.tags.clone());
    Ok(cx.store.read(|document| document.region(region).functions.values().map(pair).collect()))
}

//! Tags of a function.

use super::lookup::{function, function_mut};
use super::{check, name};
use crate::context::Context;
use crate::store::function::FunctionRecord;
use crate::wire::{Call, ServiceError, TagMap};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagFunctionInput {
    resource: String,
    tags: TagMap,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagFunctionInput {
    resource: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListFunctionTagsInput {
    resource: String,
}

pub(super) fn tag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: TagFunctionInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.resource)?;
    cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        function.tags.extend(input.tags);
        check::tags(&function.tags)?;
        Ok(Value::Null)
    })
}

pub(super) fn untag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: UntagFunctionInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.resource)?;
    cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        function.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(Value::Null)
    })
}

pub(super) fn list_tags(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: ListFunctionTagsInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve(region, &input.resource)?;
    cx.store.read(|document| Ok(json!({"Tags": function(document, region, &name)?.tags})))
}

/// Lists the functions of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> Result<BTreeMap<String, TagMap>, ServiceError> {
    let pair = |function: &FunctionRecord| (function.arn.clone(), function.tags.clone());
    Ok(cx.store.read(|document| document.region(region).functions.values().map(pair).collect()))
}

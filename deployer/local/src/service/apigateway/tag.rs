//! TagMap of APIs, stages, usage plans and keys, by ARN.

use super::check;
use super::lookup::{bad, not_found};
use crate::context::Context;
use crate::store::RegionDocument;
use crate::wire::{Call, ServiceError, TagMap};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagApiInput {
    resource_arn: String,
    tags: TagMap,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UntagApiInput {
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetApiTagsInput {
    resource_arn: String,
    // TagMap come in one page; asking for pages is harmless.
    #[serde(rename = "position")]
    _position: Option<String>,
    #[serde(rename = "limit")]
    _limit: Option<i64>,
}

/// Reads `/restapis/<id>`, `/restapis/<id>/stages/<name>`, `/usageplans/<id>` or `/apikeys/<id>` of
/// `arn:aws:apigateway:<region>::<path>`.
fn path<'a>(region: &str, arn: &'a str) -> Result<Vec<&'a str>, ServiceError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "apigateway", in_region, "", path] if *in_region == region => {
            Ok(path.trim_start_matches('/').split('/').collect())
        }
        _ => Err(bad(format!("Invalid resource ARN {arn}"))),
    }
}

fn tags_mut<'a>(region: &'a mut RegionDocument, path: &[&str]) -> Result<&'a mut TagMap, ServiceError> {
    match path {
        ["restapis", id] => region.rest_apis.get_mut(*id).map(|api| &mut api.tags),
        ["restapis", id, "stages", name] => {
            region.rest_apis.get_mut(*id).and_then(|api| api.stages.get_mut(*name)).map(|stage| &mut stage.tags)
        }
        ["usageplans", id] => region.usage_plans.get_mut(*id).map(|plan| &mut plan.tags),
        ["apikeys", id] => region.api_keys.get_mut(*id).map(|key| &mut key.tags),
        _ => {
            return Err(ServiceError::not_modelled(format_args!("tags of /{}", path.join("/"))));
        }
    }
    .ok_or_else(|| not_found("resource"))
}

pub(super) fn tag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: TagApiInput = call.input()?;
    let region = call.region.as_str();
    let path = path(region, &input.resource_arn)?;
    cx.store.write(|document| {
        let tags = tags_mut(document.region_mut(region), &path)?;
        tags.extend(input.tags);
        check::tags(tags)?;
        Ok(Value::Null)
    })
}

pub(super) fn untag_resource(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: UntagApiInput = call.input()?;
    let region = call.region.as_str();
    let path = path(region, &input.resource_arn)?;
    cx.store.write(|document| {
        tags_mut(document.region_mut(region), &path)?.retain(|key, _| !input.tag_keys.contains(key));
        Ok(Value::Null)
    })
}

pub(super) fn get_tags(cx: &Context, call: &Call) -> Result<Value, ServiceError> {
    let input: GetApiTagsInput = call.input()?;
    let region = call.region.as_str();
    let path = path(region, &input.resource_arn)?;
    let mut here = cx.store.snapshot().region(region).clone();
    Ok(json!({"tags": tags_mut(&mut here, &path)?}))
}

/// Lists the APIs, stages, usage plans and keys of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> Result<BTreeMap<String, TagMap>, ServiceError> {
    let document = cx.store.snapshot();
    let here = document.region(region);
    let mut found: Vec<(String, &TagMap)> = Vec::new();
    for api in here.rest_apis.values() {
        found.push((format!("restapis/{}", api.id), &api.tags));
        let stages = api.stages.values();
        found.extend(stages.map(|stage| (format!("restapis/{}/stages/{}", api.id, stage.name), &stage.tags)));
    }
    found.extend(here.usage_plans.values().map(|plan| (format!("usageplans/{}", plan.id), &plan.tags)));
    found.extend(here.api_keys.values().map(|key| (format!("apikeys/{}", key.id), &key.tags)));
    let arn = |path: String| format!("arn:aws:apigateway:{region}::/{path}");
    Ok(found.into_iter().map(|(path, tags)| (arn(path), tags.clone())).collect())
}

//! Tags of APIs, stages, usage plans and keys, by ARN.

use super::check;
use super::lookup::{bad, not_found};
use crate::arn::gateway_arn;
use crate::context::Context;
use crate::service::tags::ResourceTags;
use crate::store::CloudDocument;
use crate::wire::{ServiceError, ServiceResult, TagMap};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) const TAGS: ResourceTags = ResourceTags {
    resource: "resourceArn",
    tags: "tags",
    keys: "tagKeys",
    // Tags come in one page; asking for pages is harmless.
    ignored: &["position", "limit"],
    find,
    given: |_| Ok(()),
    check: check::tags,
    view: |tags| json!(tags),
};

/// Finds what `/restapis/<id>`, `/restapis/<id>/stages/<name>`, `/usageplans/<id>` or `/apikeys/<id>` of
/// `arn:<partition>:apigateway:<region>::<path>` has.
fn find<'a>(document: &'a mut CloudDocument, region: &str, arn: &str) -> ServiceResult<&'a mut TagMap> {
    let path = arn.strip_prefix(&gateway_arn(region, ""));
    let path = path.ok_or_else(|| bad(format!("Invalid resource ARN {arn}")))?.trim_start_matches('/');
    let region = document.region_mut(region);
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["restapis", id] => region.rest_apis.get_mut(id).map(|api| &mut api.tags),
        ["restapis", id, "stages", name] => {
            region.rest_apis.get_mut(id).and_then(|api| api.stages.get_mut(*name)).map(|stage| &mut stage.tags)
        }
        ["usageplans", id] => region.usage_plans.get_mut(id).map(|plan| &mut plan.tags),
        ["apikeys", id] => region.api_keys.get_mut(id).map(|key| &mut key.tags),
        _ => {
            return Err(ServiceError::not_modelled(format_args!("tags of /{path}")));
        }
    }
    .ok_or_else(|| not_found("resource"))
}

/// Lists the APIs, stages, usage plans and keys of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
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
    let arn = |path: String| gateway_arn(region, &format!("/{path}"));
    Ok(found.into_iter().map(|(path, tags)| (arn(path), tags.clone())).collect())
}

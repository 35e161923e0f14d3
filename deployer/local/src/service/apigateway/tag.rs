//! Tags of APIs, stages, usage plans and keys, by ARN.

use super::{bad, check, not_found};
use crate::context::Context;
use crate::front::json::Fault;
use crate::store::Region;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Add {
    resource_arn: String,
    tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Remove {
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    resource_arn: String,
    // Tags come in one page; asking for pages is harmless.
    #[serde(rename = "position")]
    _position: Option<String>,
    #[serde(rename = "limit")]
    _limit: Option<i64>,
}

/// `/restapis/<id>`, `/restapis/<id>/stages/<name>`, `/usageplans/<id>` or `/apikeys/<id>` of
/// `arn:aws:apigateway:<region>::<path>`.
fn path<'a>(region: &str, arn: &'a str) -> Result<Vec<&'a str>, Fault> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "apigateway", in_region, "", path] if *in_region == region => {
            Ok(path.trim_start_matches('/').split('/').collect())
        }
        _ => Err(bad(format!("Invalid resource ARN {arn}"))),
    }
}

fn tags_mut<'a>(region: &'a mut Region, path: &[&str]) -> Result<&'a mut Tags, Fault> {
    match path {
        ["restapis", id] => region.rest_apis.get_mut(*id).map(|api| &mut api.tags),
        ["restapis", id, "stages", name] => {
            region.rest_apis.get_mut(*id).and_then(|api| api.stages.get_mut(*name)).map(|stage| &mut stage.tags)
        }
        ["usageplans", id] => region.usage_plans.get_mut(*id).map(|plan| &mut plan.tags),
        ["apikeys", id] => region.api_keys.get_mut(*id).map(|key| &mut key.tags),
        _ => {
            return Err(Fault::not_implemented(format!(
                "the embedded cloud does not model tags of /{}",
                path.join("/")
            )));
        }
    }
    .ok_or_else(|| not_found("resource"))
}

pub(super) fn add(cx: &Arc<Context>, region: &str, input: Add) -> Result<Value, Fault> {
    let path = path(region, &input.resource_arn)?;
    cx.store.write(|document| {
        let tags = tags_mut(document.region_mut(region), &path)?;
        tags.extend(input.tags);
        check::tags(tags)?;
        Ok(Value::Null)
    })
}

pub(super) fn remove(cx: &Arc<Context>, region: &str, input: &Remove) -> Result<Value, Fault> {
    let path = path(region, &input.resource_arn)?;
    cx.store.write(|document| {
        tags_mut(document.region_mut(region), &path)?.retain(|key, _| !input.tag_keys.contains(key));
        Ok(Value::Null)
    })
}

pub(super) fn list(cx: &Arc<Context>, region: &str, input: &List) -> Result<Value, Fault> {
    let path = path(region, &input.resource_arn)?;
    let mut here = cx.store.snapshot().region(region).clone();
    Ok(json!({"tags": tags_mut(&mut here, &path)?}))
}

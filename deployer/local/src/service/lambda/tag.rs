//! Tags of a function.

use super::{check, function, function_mut, name};
use crate::context::Context;
use crate::front::json::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Add {
    resource: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Remove {
    resource: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    resource: String,
}

pub(super) fn add(cx: &Arc<Context>, region: &str, input: Add) -> Result<Value, Fault> {
    let name = name::resolve(region, &input.resource)?;
    cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        function.tags.extend(input.tags);
        check::tags(function.tags.clone())?;
        Ok(Value::Null)
    })
}

pub(super) fn remove(cx: &Arc<Context>, region: &str, input: &Remove) -> Result<Value, Fault> {
    let name = name::resolve(region, &input.resource)?;
    cx.store.write(|document| {
        let function = function_mut(document, region, &name)?;
        function.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(Value::Null)
    })
}

pub(super) fn list(cx: &Arc<Context>, region: &str, input: &List) -> Result<Value, Fault> {
    let name = name::resolve(region, &input.resource)?;
    cx.store.read(|document| Ok(json!({"Tags": function(document, region, &name)?.tags})))
}

//! API keys.

use super::check;
use super::lookup::{bad, conflict, new_id, not_found};
use super::patch::{self, PatchOperation};
use crate::context::Context;
use crate::store::usage::ApiKey;
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Characters of a name, and of a description.
const MAX_NAME: usize = 1024;
const MAX_DESCRIPTION: usize = 125_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateApiKeyInput {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    enabled: bool,
    // An empty text asks for a value of AWS's, as an absent one does: Terraform's provider sends it.
    #[serde(default, deserialize_with = "check::text_or_none")]
    value: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetApiKeysInput {
    position: Option<String>,
    limit: Option<i64>,
    name_query: Option<String>,
    #[serde(default)]
    include_values: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetApiKeyInput {
    api_key: String,
    #[serde(default)]
    include_value: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateApiKeyInput {
    api_key: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

fn view(key: &ApiKey, value: bool) -> Value {
    let mut view = json!({
        "id": key.id,
        "enabled": key.enabled,
        "createdDate": key.created.unix_timestamp(),
        "lastUpdatedDate": key.updated.unix_timestamp(),
        "stageKeys": [],
    });
    if !key.name.is_empty() {
        view["name"] = json!(key.name);
    }
    if value {
        view["value"] = json!(key.value);
    }
    if let Some(description) = &key.description {
        view["description"] = json!(description);
    }
    if !key.tags.is_empty() {
        view["tags"] = json!(key.tags);
    }
    view
}

/// Shows a key as a usage plan does.
pub(super) fn plan_view(key: &ApiKey) -> Value {
    json!({"id": key.id, "type": "API_KEY", "value": key.value, "name": key.name})
}

pub(super) fn create_api_key(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateApiKeyInput = call.input()?;
    check::tags(&input.tags)?;
    check_texts(input.name.as_deref(), input.description.as_deref())?;
    match input.value.as_ref().map(String::len) {
        Some(..20) => return Err(bad("API Key value should be at least 20 characters")),
        Some(129..) => return Err(bad("API Key value exceeds maximum size of 128 characters")),
        _ => {}
    }
    let now = cx.clock.now();
    let key = ApiKey {
        id: new_id(10),
        value: input.value.unwrap_or_else(|| format!("{}{}", new_id(20), new_id(20))),
        name: input.name.unwrap_or_default(),
        description: input.description,
        enabled: input.enabled,
        tags: input.tags,
        created: now,
        updated: now,
    };
    cx.store.write(|document| {
        let keys = &mut document.region_mut(&call.region).api_keys;
        if keys.values().any(|known| known.value == key.value) {
            return Err(conflict("API Key already exists"));
        }
        let view = view(&key, true);
        keys.insert(key.id.clone(), key);
        Ok(view)
    })
}

/// Checks name and description.
fn check_texts(name: Option<&str>, description: Option<&str>) -> ServiceResult<()> {
    let longer = |text: Option<&str>, most: usize| text.is_some_and(|text| text.chars().count() > most);
    if longer(name, MAX_NAME) {
        return Err(bad(format!("Invalid API Key name, can be at most {MAX_NAME} characters.")));
    }
    if longer(description, MAX_DESCRIPTION) {
        return Err(bad("Invalid API Key description specified."));
    }
    Ok(())
}

pub(super) fn get_api_keys(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetApiKeysInput = call.input()?;
    let prefix = input.name_query.as_deref().unwrap_or_default();
    cx.store.read(|document| {
        let keys = document.region(&call.region).api_keys.values().filter(|key| key.name.starts_with(prefix));
        check::page(keys, |key| &key.id, input.position.as_deref(), input.limit, |key| view(key, input.include_values))
    })
}

pub(super) fn get_api_key(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetApiKeyInput = call.input()?;
    cx.store.read(|document| {
        let key = document.region(&call.region).api_keys.get(&input.api_key).ok_or_else(|| not_found("API Key"))?;
        Ok(view(key, input.include_value))
    })
}

pub(super) fn update_api_key(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateApiKeyInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let keys = &mut document.region_mut(&call.region).api_keys;
        let known = keys.get_mut(&input.api_key).ok_or_else(|| not_found("API Key"))?;
        let mut key = ApiKey { updated: now, ..known.clone() };
        for patch in &input.patch_operations {
            patch.replace_only()?;
            match patch.segments().iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["name"] => key.name = patch.value()?.to_owned(),
                ["description"] => key.description = patch.optional(),
                ["enabled"] => key.enabled = patch.flag()?,
                _ => return Err(patch.unknown("UpdateApiKey")),
            }
        }
        check_texts(Some(&key.name), key.description.as_deref())?;
        let mut view = view(&key, false);
        // Other operations leave out a map without entries (recorded answers of AWS).
        view["tags"] = json!(key.tags);
        *known = key;
        Ok(view)
    })
}

pub(super) fn delete_api_key(cx: &Context, call: &Call) -> ServiceResult {
    let [api_key] = call.texts(["apiKey"])?;
    cx.store.write(|document| {
        let here = document.region_mut(&call.region);
        here.api_keys.remove(api_key).ok_or_else(|| not_found("API Key"))?;
        for plan in here.usage_plans.select_mut(|plan| plan.keys.contains(api_key)) {
            plan.keys.remove(api_key);
        }
        Ok(Value::Null)
    })
}

//! REST APIs as such.

use super::lookup::{api as find, api_mut, bad, limit_exceeded, new_id};
use super::patch::{self, PatchOperation};
use super::{check, view};
use crate::context::Context;
use crate::store::CloudDocument;
use crate::store::rest_api::{ApiDraft, ApiResource, RestApi};
use crate::store::usage::PlanStage;
use crate::wire::{Call, ServiceResult, TagMap};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Regional APIs of an account in a region.
const MAX_APIS: usize = 600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateRestApiInput {
    name: String,
    description: Option<String>,
    version: Option<String>,
    #[serde(default)]
    binary_media_types: Vec<String>,
    minimum_compression_size: Option<i64>,
    api_key_source: Option<String>,
    endpoint_configuration: Option<EndpointConfiguration>,
    policy: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    disable_execute_api_endpoint: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointConfiguration {
    types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetRestApisInput {
    position: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateRestApiInput {
    rest_api_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

/// Makes an API with nothing but a root.
pub(super) fn blank(name: String, now: OffsetDateTime) -> RestApi {
    RestApi {
        id: new_id(10),
        name,
        description: None,
        version: None,
        created: now,
        endpoint_type: "EDGE".to_owned(),
        tags: TagMap::new(),
        draft: blank_draft(new_id(10)),
        deployments: BTreeMap::new(),
        stages: BTreeMap::new(),
    }
}

/// Makes a draft with nothing but a root of that id.
pub(super) fn blank_draft(root_id: String) -> ApiDraft {
    let methods = BTreeMap::new();
    let root = ApiResource { id: root_id.clone(), parent_id: None, path_part: None, path: "/".to_owned(), methods };
    ApiDraft {
        resources: BTreeMap::from([(root_id.clone(), root)]),
        root_id,
        gateway_responses: BTreeMap::new(),
        request_validators: BTreeMap::new(),
        binary_media_types: Vec::new(),
        minimum_compression_size: None,
        api_key_source: "HEADER".to_owned(),
        policy: None,
        disable_execute_api_endpoint: false,
    }
}

/// Makes an API. Names are not unique: every call makes another one.
pub(super) fn create_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateRestApiInput = call.input()?;
    check::api_name(&input.name)?;
    check::tags(&input.tags)?;
    let types = input.endpoint_configuration.map(|endpoint| endpoint.types);
    types.iter().flatten().try_for_each(|kind| check::endpoint_type(kind))?;
    if input.description.as_deref() == Some("") {
        return Err(bad("Description cannot be an empty string"));
    }
    let mut api = blank(input.name, cx.clock.now());
    match types.as_deref() {
        None => {}
        Some([one]) => api.endpoint_type.clone_from(one),
        Some([]) => return Err(bad("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")),
        Some(_) => return Err(bad("Cannot create an api with multiple Endpoint Types.")),
    }
    if let Some(source) = input.api_key_source {
        check::api_key_source(&source)?;
        api.draft.api_key_source = source;
    }
    if let Some(policy) = &input.policy {
        check::policy(policy)?;
    }
    api.description = input.description;
    api.version = input.version;
    api.tags = input.tags;
    api.draft.policy = input.policy;
    api.draft.binary_media_types = input.binary_media_types;
    api.draft.minimum_compression_size = input.minimum_compression_size.map(check::compression).transpose()?;
    api.draft.disable_execute_api_endpoint = input.disable_execute_api_endpoint;
    cx.store.write(|document| insert(document, &call.region, api))
}

/// Adds a new API.
pub(super) fn insert(document: &mut CloudDocument, region: &str, api: RestApi) -> ServiceResult {
    let apis = &mut document.region_mut(region).rest_apis;
    if apis.len() >= MAX_APIS {
        return Err(limit_exceeded("APIs for this account"));
    }
    let view = view::api(&api);
    apis.insert(api.id.clone(), api);
    Ok(view)
}

pub(super) fn get_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id] = call.texts(["restApiId"])?;
    cx.store.read(|document| Ok(view::api(find(document, &call.region, rest_api_id)?)))
}

pub(super) fn get_rest_apis(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetRestApisInput = call.input()?;
    cx.store.read(|document| {
        let apis = document.region(&call.region).rest_apis.values();
        check::page(apis, |api| &api.id, input.position.as_deref(), input.limit, view::api)
    })
}

/// Takes stages, deployments and resources with it.
pub(super) fn delete_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id] = call.texts(["restApiId"])?;
    let region = call.region.as_str();
    cx.store.write(|document| {
        find(document, region, rest_api_id)?;
        let region = document.region_mut(region);
        region.rest_apis.remove(rest_api_id);
        let is_of_it = |stage: &PlanStage| stage.api_id == rest_api_id;
        for plan in region.usage_plans.select_mut(|plan| plan.stages.iter().any(is_of_it)) {
            plan.stages.retain(|stage| !is_of_it(stage));
        }
        Ok(Value::Null)
    })
}

pub(super) fn update_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateRestApiInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, &input.rest_api_id)?;
        for patch in &input.patch_operations {
            apply(api, patch)?;
        }
        let mut view = view::api(api);
        // Other operations leave out a map without entries (recorded answers of AWS).
        view["tags"] = json!(api.tags);
        Ok(view)
    })
}

fn apply(api: &mut RestApi, patch: &PatchOperation) -> ServiceResult<()> {
    let segments = patch.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["binaryMediaTypes", kind] => return binary(api, patch, kind),
        ["name"] => {
            check::api_name(patch.value()?)?;
            api.name = patch.value()?.to_owned();
        }
        ["description"] => api.description = patch.optional(),
        ["apiKeySource"] => {
            check::api_key_source(patch.value()?)?;
            api.draft.api_key_source = patch.value()?.to_owned();
        }
        ["minimumCompressionSize"] => {
            patch.replace_value()?;
            api.draft.minimum_compression_size = match patch.optional() {
                Some(bytes) => Some(check::compression(bytes.parse().unwrap_or(-1))?),
                None => None,
            };
        }
        ["disableExecuteApiEndpoint"] => {
            api.draft.disable_execute_api_endpoint = patch.parsed("true or false")?;
        }
        ["policy"] => {
            if let Some(policy) = patch.optional() {
                check::policy(&policy)?;
            }
            api.draft.policy = patch.optional();
        }
        ["endpointConfiguration", "types", old] => {
            if !["add", "replace"].contains(&patch.op()) {
                return Err(bad("Invalid patch operation specified. Must be 'add'|'remove'|'replace'"));
            }
            if check::endpoint_type(patch.value()?).is_err() {
                return Err(bad("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"));
            }
            if *old != api.endpoint_type && *old != "0" {
                return Err(bad(format!("Invalid patch: the endpoint type is {}, not {old}", api.endpoint_type)));
            }
            api.endpoint_type = patch.value()?.to_owned();
        }
        _ => return Err(patch.unknown("UpdateRestApi")),
    }
    patch.replace_only()
}

fn binary(api: &mut RestApi, patch: &PatchOperation, kind: &str) -> ServiceResult<()> {
    let types = &mut api.draft.binary_media_types;
    match patch.op() {
        "add" => {
            if !types.iter().any(|known| known == kind) {
                types.push(kind.to_owned());
            }
        }
        "remove" => types.retain(|known| known != kind),
        "replace" => {
            let value = patch.value()?.to_owned();
            let old = types.iter().position(|known| known == kind);
            // What comes in its place stands at the end (recorded answers of AWS).
            types.remove(old.ok_or_else(|| bad(format!("Invalid patch: there is no binary media type {kind}")))?);
            types.push(value);
        }
        _ => return Err(patch.wrong_op()),
    }
    Ok(())
}

//! `ImportRestApi` and `PutRestApi`: a whole definition at once.

use super::lookup::{api, api_mut, bad, new_id};
use super::openapi::{self, OpenApiDefinition};
use super::{api as blank_api, check, resource, view};
use crate::context::Context;
use crate::store::rest_api::{ApiDraft, RequestValidator, RestApi};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of a document.
const MAX_BODY: usize = 6 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportRestApiInput {
    #[serde(default)]
    fail_on_warnings: bool,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutRestApiInput {
    rest_api_id: String,
    mode: Option<String>,
    #[serde(default)]
    fail_on_warnings: bool,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Makes another API, whatever its title.
pub(super) fn import_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let input: ImportRestApiInput = call.input()?;
    let definition = read(&call.payload, input.fail_on_warnings)?;
    let mut api = blank_api::blank(definition.title.clone(), cx.clock.now());
    for (name, value) in input.parameters {
        match (name.as_str(), value.as_str()) {
            ("endpointConfigurationTypes", kind) => {
                check::endpoint_type(kind)?;
                api.endpoint_type = value;
            }
            ("ignore", "documentation") => {}
            _ => return Err(unknown_parameter(&name, &value)),
        }
    }
    let warnings = definition.warnings.clone();
    apply(&mut api, definition, true)?;
    let mut view = cx.store.write(|document| blank_api::insert(document, &call.region, api))?;
    add_warnings(&mut view, warnings);
    Ok(view)
}

/// Changes the draft: `overwrite` removes what the definition does not have; `merge`, the default, only adds and
/// replaces. Stages and
/// deployments stay, and clients see nothing of it before the next deployment.
pub(super) fn put_rest_api(cx: &Context, call: &Call) -> ServiceResult {
    let input: PutRestApiInput = call.input()?;
    let overwrite = match input.mode.as_deref() {
        None | Some("merge") => false,
        Some("overwrite") => true,
        Some(other) => {
            return Err(bad(format!("Invalid mode {other}: must be merge or overwrite")));
        }
    };
    for (name, value) in &input.parameters {
        if (name.as_str(), value.as_str()) != ("ignore", "documentation") {
            return Err(unknown_parameter(name, value));
        }
    }
    cx.store.read(|document| api(document, &call.region, &input.rest_api_id).map(drop))?;
    let definition = read(&call.payload, input.fail_on_warnings)?;
    let warnings = definition.warnings.clone();
    let mut view = cx.store.write(|document| {
        let api = api_mut(document, &call.region, &input.rest_api_id)?;
        apply(api, definition, overwrite)?;
        Ok(view::api(api))
    })?;
    add_warnings(&mut view, warnings);
    Ok(view)
}

fn unknown_parameter(name: &str, value: &str) -> ServiceError {
    ServiceError::not_modelled(format_args!("import parameter {name}={value}"))
}

fn add_warnings(view: &mut Value, warnings: Vec<String>) {
    if !warnings.is_empty() {
        view["warnings"] = json!(warnings);
    }
}

fn read(body: &[u8], fail_on_warnings: bool) -> ServiceResult<OpenApiDefinition> {
    if body.len() > MAX_BODY {
        let message = format!("The import body exceeds {MAX_BODY} bytes");
        return Err(ServiceError::new(413, "RequestEntityTooLargeException", message));
    }
    let definition = openapi::read(body)?;
    if fail_on_warnings && !definition.warnings.is_empty() {
        return Err(bad(format!("Warnings found during import:\n\t{}", definition.warnings.join("\n\t"))));
    }
    Ok(definition)
}

fn apply(api: &mut RestApi, definition: OpenApiDefinition, overwrite: bool) -> ServiceResult<()> {
    let known_ids: BTreeMap<String, String> =
        api.draft.resources.values().map(|resource| (resource.path.clone(), resource.id.clone())).collect();
    let draft = &mut api.draft;
    if overwrite {
        let disable_execute_api_endpoint = draft.disable_execute_api_endpoint;
        *draft = ApiDraft { disable_execute_api_endpoint, ..blank_api::blank_draft(draft.root_id.clone()) };
        api.description = None;
    }
    // The title is the name, in both modes.
    api.name = definition.title;
    api.version = definition.version.or(api.version.take());
    if definition.description.is_some() {
        api.description = definition.description;
    }
    if let Some(types) = definition.binary_media_types {
        draft.binary_media_types = types;
    }
    if let Some(source) = definition.api_key_source {
        draft.api_key_source = source;
    }
    if let Some(disable) = definition.disable_execute_api_endpoint {
        draft.disable_execute_api_endpoint = disable;
    }
    draft.minimum_compression_size = definition.minimum_compression_size.or(draft.minimum_compression_size);
    draft.policy = definition.policy.or(draft.policy.take());
    draft.gateway_responses.extend(definition.gateway_responses);
    for (name, validate_parameters) in definition.validators {
        let known = draft.request_validators.values().find(|validator| validator.name == name);
        let id = known.map_or_else(|| new_id(6), |validator| validator.id.clone());
        draft.request_validators.insert(id.clone(), RequestValidator { id, name, validate_parameters });
    }
    for path in &definition.paths {
        ensure(draft, path, &known_ids).map_err(|error| located(error, path))?;
    }
    for (path, mut method) in definition.methods {
        let id = ensure(draft, &path, &known_ids)?;
        if let Some(integration) = &mut method.integration
            && integration.cache_namespace.is_empty()
        {
            integration.cache_namespace.clone_from(&id);
        }
        method.request_validator_id = method.request_validator_id.and_then(|name| {
            draft
                .request_validators
                .values()
                .find(|validator| validator.name == name)
                .map(|validator| validator.id.clone())
        });
        if let Some(resource) = draft.resources.get_mut(&id) {
            resource.methods.insert(method.http_method.clone(), method);
        }
    }
    Ok(())
}

/// Returns the id of a path, whose missing segments are added; a path that was there before keeps its id.
fn ensure(draft: &mut ApiDraft, path: &str, known_ids: &BTreeMap<String, String>) -> ServiceResult<String> {
    let mut id = draft.root_id.clone();
    let mut here = String::new();
    for part in path.split('/').skip(1).filter(|part| !(part.is_empty() && path == "/")) {
        here = format!("{here}/{part}");
        id = match draft.resources.values().find(|resource| resource.path == here) {
            Some(resource) => resource.id.clone(),
            None => resource::add(draft, &id, part, known_ids.get(&here).cloned())?,
        };
    }
    Ok(id)
}

fn located(error: ServiceError, path: &str) -> ServiceError {
    match error.code.as_str() {
        "BadRequestException" => {
            bad(format!("Errors found during import:\n\tUnable to create resource at path '{path}': {}", error.message))
        }
        _ => error,
    }
}

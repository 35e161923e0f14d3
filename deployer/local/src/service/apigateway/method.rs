//! Methods and their integrations, one at a time: how a draft is edited by hand.

use super::integration::{self, IntegrationInput};
use super::lookup::{api, api_mut, bad, conflict, not_found};
use super::patch::{self, PatchOperation};
use super::view;
use crate::context::Context;
use crate::store::CloudDocument;
use crate::store::rest_api::{ApiMethod, ApiResource, MethodIntegration};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

const VERBS: &[&str] = &["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MethodIdInput {
    rest_api_id: String,
    resource_id: String,
    verb: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutMethodInput {
    rest_api_id: String,
    resource_id: String,
    verb: String,
    authorization_type: String,
    #[serde(default)]
    api_key_required: bool,
    operation_name: Option<String>,
    #[serde(default)]
    request_parameters: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PatchMethodInput {
    rest_api_id: String,
    resource_id: String,
    verb: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

fn resource_mut<'a>(
    document: &'a mut CloudDocument,
    region: &str,
    api: &str,
    id: &str,
) -> ServiceResult<&'a mut ApiResource> {
    // Of an API that there is not, AWS names the resource too; so does every operation on methods.
    let missing = || not_found("Resource");
    api_mut(document, region, api).map_err(|_| missing())?.draft.resources.get_mut(id).ok_or_else(missing)
}

fn method<'a>(document: &'a CloudDocument, region: &str, input: &MethodIdInput) -> ServiceResult<&'a ApiMethod> {
    let missing = || not_found("Resource");
    let draft = &api(document, region, &input.rest_api_id).map_err(|_| missing())?.draft;
    let resource = draft.resources.get(&input.resource_id).ok_or_else(missing)?;
    resource.methods.get(&input.verb).ok_or_else(|| not_found("Method"))
}

fn method_mut<'a>(
    document: &'a mut CloudDocument,
    region: &str,
    api: &str,
    resource: &str,
    verb: &str,
) -> ServiceResult<&'a mut ApiMethod> {
    resource_mut(document, region, api, resource)?.methods.get_mut(verb).ok_or_else(|| not_found("Method"))
}

pub(super) fn get_method(cx: &Context, call: &Call) -> ServiceResult {
    let input: MethodIdInput = call.input()?;
    cx.store.read(|document| Ok(view::method(method(document, &call.region, &input)?)))
}

pub(super) fn put_method(cx: &Context, call: &Call) -> ServiceResult {
    let input: PutMethodInput = call.input()?;
    cx.store.write(|document| {
        let resource = resource_mut(document, &call.region, &input.rest_api_id, &input.resource_id)?;
        if !VERBS.contains(&input.verb.as_str()) {
            return Err(bad(format!("Invalid HttpMethod specified. Valid options are {}", VERBS.join(","))));
        }
        let authorization_type = check_authorization(&input.authorization_type)?;
        check_parameters(&input.request_parameters)?;
        if resource.methods.contains_key(&input.verb) {
            return Err(conflict("Method already exists for this resource"));
        }
        let method = ApiMethod {
            http_method: input.verb.clone(),
            authorization_type,
            api_key_required: input.api_key_required,
            operation_name: input.operation_name,
            request_parameters: input.request_parameters,
            request_validator_id: None,
            responses: BTreeMap::new(),
            integration: None,
        };
        let view = view::method(&method);
        resource.methods.insert(input.verb, method);
        Ok(view)
    })
}

/// Checks that no two parameters of a request have one name.
fn check_parameters(parameters: &BTreeMap<String, bool>) -> ServiceResult<()> {
    let places = ["querystring", "header", "path"].map(|place| format!("method.request.{place}."));
    if let Some(other) = parameters.keys().find(|name| !places.iter().any(|place| name.starts_with(place.as_str()))) {
        return Err(bad(format!(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression \
             specified: {other}]"
        )));
    }
    let mut names = HashSet::new();
    if parameters.keys().all(|parameter| names.insert(parameter.rsplit('.').next().unwrap_or_default())) {
        return Ok(());
    }
    Err(bad("Parameter names must be unique across querystring, header and path"))
}

/// Checks that an authorization type, which may be written in any case, is one that is modelled, and returns it in capitals.
pub(super) fn check_authorization(kind: &str) -> ServiceResult<String> {
    let kind = kind.to_ascii_uppercase();
    match kind.as_str() {
        "NONE" | "AWS_IAM" => Ok(kind),
        "CUSTOM" | "COGNITO_USER_POOLS" => Err(ServiceError::not_modelled(format_args!("authorization type {kind}"))),
        other => Err(bad(format!(
            "Invalid authorization type {other} specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS"
        ))),
    }
}

pub(super) fn update_method(cx: &Context, call: &Call) -> ServiceResult {
    let input: PatchMethodInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    cx.store.write(|document| {
        let method = method_mut(document, &call.region, &input.rest_api_id, &input.resource_id, &input.verb)?;
        for patch in &input.patch_operations {
            let segments = patch.segments();
            match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["apiKeyRequired"] => method.api_key_required = patch.flag()?,
                ["operationName"] => method.operation_name = patch.optional(),
                ["authorizationType"] => {
                    method.authorization_type = check_authorization(patch.value()?)?;
                }
                ["requestParameters", name] => {
                    match patch.op() {
                        "remove" => method.request_parameters.remove(*name),
                        _ => method.request_parameters.insert((*name).to_owned(), patch.parsed("true or false")?),
                    };
                    continue;
                }
                _ => return Err(patch.unknown("UpdateMethod")),
            }
            patch.replace_value()?;
        }
        Ok(view::method(method))
    })
}

pub(super) fn delete_method(cx: &Context, call: &Call) -> ServiceResult {
    let input: MethodIdInput = call.input()?;
    cx.store.write(|document| {
        let resource = resource_mut(document, &call.region, &input.rest_api_id, &input.resource_id)?;
        resource.methods.remove(&input.verb).map(|_| Value::Null).ok_or_else(|| not_found("Method"))
    })
}

fn no_integration() -> ServiceError {
    not_found("Integration")
}

pub(super) fn get_integration(cx: &Context, call: &Call) -> ServiceResult {
    let input: MethodIdInput = call.input()?;
    cx.store.read(|document| {
        let integration = method(document, &call.region, &input)?.integration.as_ref().ok_or_else(no_integration)?;
        Ok(view::integration(integration))
    })
}

pub(super) fn put_integration(cx: &Context, call: &Call) -> ServiceResult {
    let mut call = call.clone();
    let mut labels = Map::new();
    if let Some(members) = call.body.as_object_mut() {
        labels.extend(["restApiId", "resourceId", "verb"].iter().filter_map(|label| members.remove_entry(*label)));
    }
    let input: MethodIdInput = serde_json::from_value(labels.into()).map_err(ServiceError::internal)?;
    let integration = call.input::<IntegrationInput>()?.build(&input.resource_id)?;
    cx.store.write(|document| {
        let method = method_mut(document, &call.region, &input.rest_api_id, &input.resource_id, &input.verb)?;
        // The responses belong to resources of their own and stay.
        let responses = method.integration.take().map(|old| old.responses).unwrap_or_default();
        let integration = MethodIntegration { responses, ..integration };
        let view = view::integration(&integration);
        method.integration = Some(integration);
        Ok(view)
    })
}

pub(super) fn update_integration(cx: &Context, call: &Call) -> ServiceResult {
    let input: PatchMethodInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    cx.store.write(|document| {
        let method = method_mut(document, &call.region, &input.rest_api_id, &input.resource_id, &input.verb)?;
        let integration = method.integration.as_mut().ok_or_else(no_integration)?;
        for patch in &input.patch_operations {
            let segments = patch.segments();
            match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["uri"] => {
                    integration::check_uri(patch.value()?)?;
                    integration.uri = Some(patch.value()?.to_owned());
                }
                ["httpMethod"] => integration.http_method = Some(patch.value()?.to_owned()),
                ["timeoutInMillis"] => {
                    integration.timeout_ms = integration::check_timeout(patch.parsed("milliseconds")?)?;
                }
                ["credentials"] => integration.credentials = patch.optional(),
                ["passthroughBehavior"] => {
                    integration.passthrough_behavior = integration::check_passthrough(patch.value()?)?;
                }
                ["requestTemplates", kind] => {
                    match patch.op() {
                        "remove" => integration.request_templates.remove(*kind),
                        _ => integration.request_templates.insert((*kind).to_owned(), patch.value()?.to_owned()),
                    };
                    continue;
                }
                _ => return Err(patch.unknown("UpdateIntegration")),
            }
            patch.replace_only()?;
        }
        Ok(view::integration(integration))
    })
}

pub(super) fn delete_integration(cx: &Context, call: &Call) -> ServiceResult {
    let input: MethodIdInput = call.input()?;
    cx.store.write(|document| {
        let method = method_mut(document, &call.region, &input.rest_api_id, &input.resource_id, &input.verb)?;
        method.integration.take().map(|_| Value::Null).ok_or_else(no_integration)
    })
}

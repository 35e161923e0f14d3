//! Deployments: the draft, frozen.

use super::lookup::{api as find, api_mut, bad, new_id, not_found};
use super::{check, stage, view};
use crate::context::Context;
use crate::store::rest_api::{ApiDefinition, ApiDeployment, ApiDraft, ApiMethod, ApiResource, DeployedRoute};
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateDeploymentInput {
    rest_api_id: String,
    // An older provider of Terraform sends the texts that it has not as empty ones, and AWS takes them for none.
    #[serde(default, deserialize_with = "check::text_or_none")]
    stage_name: Option<String>,
    #[serde(default, deserialize_with = "check::text_or_none")]
    stage_description: Option<String>,
    #[serde(default, deserialize_with = "check::text_or_none")]
    description: Option<String>,
    variables: Option<BTreeMap<String, String>>,
    tracing_enabled: Option<bool>,
}

/// Freezes the draft. With a stage name it makes that stage or points it to the new deployment.
pub(super) fn create_deployment(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateDeploymentInput = call.input()?;
    if let Some(name) = &input.stage_name {
        check::stage_name(name)?;
    }
    if let Some(variables) = &input.variables {
        check::variables(variables)?;
    }
    let now = cx.clock.now();
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, &input.rest_api_id)?;
        let deployment = ApiDeployment {
            id: new_id(6),
            description: input.description,
            created: now,
            definition: freeze(&api.draft)?,
        };
        let view = view::deployment(&deployment);
        if let Some(name) = input.stage_name {
            let stage = stage::entry(api, &name, &deployment.id, now)?;
            stage.deployment_id.clone_from(&deployment.id);
            stage.updated = now;
            stage.description = input.stage_description.or(stage.description.take());
            stage.variables = input.variables.unwrap_or_else(|| std::mem::take(&mut stage.variables));
            stage.tracing_enabled = input.tracing_enabled.unwrap_or(stage.tracing_enabled);
        }
        api.deployments.insert(deployment.id.clone(), deployment);
        Ok(view)
    })
}

fn freeze(draft: &ApiDraft) -> ServiceResult<ApiDefinition> {
    let methods = draft.resources.values().flat_map(|r| r.methods.values().map(move |m| (r, m)));
    let routes = methods.map(|(resource, method)| route(draft, resource, method)).collect::<Result<Vec<_>, _>>()?;
    if routes.is_empty() {
        return Err(bad("The REST API doesn't contain any methods"));
    }
    Ok(ApiDefinition {
        routes,
        gateway_responses: draft.gateway_responses.clone(),
        binary_media_types: draft.binary_media_types.clone(),
        minimum_compression_size: draft.minimum_compression_size,
        api_key_source: draft.api_key_source.clone(),
        policy: draft.policy.clone(),
        disable_execute_api_endpoint: draft.disable_execute_api_endpoint,
    })
}

fn route(draft: &ApiDraft, resource: &ApiResource, method: &ApiMethod) -> ServiceResult<DeployedRoute> {
    let validator = method.request_validator_id.as_ref().and_then(|id| draft.request_validators.get(id));
    let validated = validator.is_some_and(|validator| validator.validate_parameters);
    let required = method.request_parameters.iter().filter(|(_, required)| validated && **required);
    Ok(DeployedRoute {
        resource_id: resource.id.clone(),
        path: resource.path.clone(),
        method: method.http_method.clone(),
        authorization_type: method.authorization_type.clone(),
        api_key_required: method.api_key_required,
        operation_name: method.operation_name.clone(),
        required_parameters: required.map(|(name, _)| name.clone()).collect(),
        responses: method.responses.clone(),
        integration: method.integration.clone().ok_or_else(|| bad("No integration defined for method"))?,
    })
}

pub(super) fn get_deployment(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, deployment_id] = call.texts(["restApiId", "deploymentId"])?;
    cx.store.read(|document| {
        let api = find(document, &call.region, rest_api_id)?;
        let deployment = api.deployments.get(deployment_id).ok_or_else(|| not_found("Deployment"))?;
        Ok(view::deployment(deployment))
    })
}

pub(super) fn get_deployments(cx: &Context, call: &Call) -> ServiceResult {
    let input: check::RestApiPageInput = call.input()?;
    cx.store.read(|document| {
        let deployments = find(document, &call.region, &input.rest_api_id)?.deployments.values();
        check::page(deployments, |d| &d.id, input.position.as_deref(), input.limit, view::deployment)
    })
}

pub(super) fn delete_deployment(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, deployment_id] = call.texts(["restApiId", "deploymentId"])?;
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, rest_api_id)?;
        if api.stages.values().any(|stage| stage.deployment_id == deployment_id) {
            return Err(bad("Active stages pointing to this deployment must be moved or deleted"));
        }
        let removed = api.deployments.remove(deployment_id);
        removed.map(|_| Value::Null).ok_or_else(|| not_found("Deployment"))
    })
}

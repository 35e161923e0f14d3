//! How API Gateway shows its resources.

use crate::context::Context;
use crate::store::rest_api::{
    ApiDeployment, ApiMethod, ApiResource, ApiStage, GatewayResponse, MethodIntegration, RestApi,
};
use crate::wire::{Call, ServiceResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Leaves out what is not set, as API Gateway does.
fn set<T: serde::Serialize>(view: &mut Value, member: &str, value: Option<T>) {
    if let Some(value) = value {
        view[member] = json!(value);
    }
}

fn filled<T>(map: &BTreeMap<String, T>) -> Option<&BTreeMap<String, T>> {
    Some(map).filter(|map| !map.is_empty())
}

pub(super) fn get_account(_: &Context, _: &Call) -> ServiceResult {
    Ok(json!({
        "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }))
}

/// Returns the addresses that an API answers at, where nobody chose them: a private one those of both protocols (recorded
/// answers of AWS).
fn address_type(api: &RestApi) -> &'static str {
    if api.endpoint_type == "PRIVATE" { "dualstack" } else { "ipv4" }
}

pub(super) fn api(api: &RestApi) -> Value {
    let mut view = json!({
        "id": api.id,
        "name": api.name,
        "createdDate": api.created.unix_timestamp(),
        "apiKeySource": api.draft.api_key_source,
        "endpointConfiguration": {"types": [api.endpoint_type], "ipAddressType": address_type(api)},
        "disableExecuteApiEndpoint": api.draft.disable_execute_api_endpoint,
        "rootResourceId": api.draft.root_id,
    });
    set(&mut view, "description", api.description.as_ref());
    set(&mut view, "version", api.version.as_ref());
    set(&mut view, "minimumCompressionSize", api.draft.minimum_compression_size);
    set(&mut view, "policy", api.draft.policy.as_ref().map(|policy| escaped(policy)));
    set(&mut view, "tags", filled(&api.tags));
    if !api.draft.binary_media_types.is_empty() {
        view["binaryMediaTypes"] = json!(api.draft.binary_media_types);
    }
    view
}

/// Escapes the quotes of a resource policy once more, as API Gateway returns it.
fn escaped(policy: &str) -> String {
    policy.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Shows a resource; without `embed` its methods are only named.
pub(super) fn resource(resource: &ApiResource, embed: bool) -> Value {
    let mut view = json!({"id": resource.id, "path": resource.path});
    set(&mut view, "parentId", resource.parent_id.as_ref());
    set(&mut view, "pathPart", resource.path_part.as_ref());
    let methods: BTreeMap<&String, Value> =
        resource.methods.iter().map(|(name, found)| (name, if embed { method(found) } else { json!({}) })).collect();
    if !methods.is_empty() {
        view["resourceMethods"] = json!(methods);
    }
    view
}

pub(super) fn method(method: &ApiMethod) -> Value {
    let mut view = json!({
        "httpMethod": method.http_method,
        "authorizationType": method.authorization_type,
        "apiKeyRequired": method.api_key_required,
    });
    set(&mut view, "operationName", method.operation_name.as_ref());
    set(&mut view, "requestValidatorId", method.request_validator_id.as_ref());
    set(&mut view, "requestParameters", filled(&method.request_parameters));
    if !method.responses.is_empty() {
        let responses: BTreeMap<&String, Value> = method
            .responses
            .iter()
            .map(|(status, response)| {
                let mut view = json!({"statusCode": response.status_code});
                set(&mut view, "responseParameters", filled(&response.parameters));
                (status, view)
            })
            .collect();
        view["methodResponses"] = json!(responses);
    }
    set(&mut view, "methodIntegration", method.integration.as_ref().map(integration));
    view
}

pub(super) fn integration(integration: &MethodIntegration) -> Value {
    let mut view = json!({
        "type": integration.kind,
        "passthroughBehavior": integration.passthrough_behavior,
        "timeoutInMillis": integration.timeout_ms,
        "cacheNamespace": integration.cache_namespace,
        "cacheKeyParameters": [],
    });
    set(&mut view, "httpMethod", integration.http_method.as_ref());
    set(&mut view, "uri", integration.uri.as_ref());
    set(&mut view, "credentials", integration.credentials.as_ref());
    set(&mut view, "contentHandling", integration.content_handling.as_ref());
    set(&mut view, "requestTemplates", filled(&integration.request_templates));
    set(&mut view, "requestParameters", filled(&integration.request_parameters));
    if !integration.responses.is_empty() {
        let responses: BTreeMap<&String, Value> = integration
            .responses
            .iter()
            .map(|(status, response)| {
                let mut view = json!({"statusCode": response.status_code});
                set(&mut view, "selectionPattern", response.selection_pattern.as_ref());
                set(&mut view, "responseParameters", filled(&response.parameters));
                set(&mut view, "responseTemplates", filled(&response.templates));
                (status, view)
            })
            .collect();
        view["integrationResponses"] = json!(responses);
    }
    view
}

pub(super) fn gateway_response(kind: &str, response: &GatewayResponse, default: bool) -> Value {
    let mut view = json!({
        "responseType": kind,
        "responseParameters": response.parameters,
        "responseTemplates": response.templates,
        "defaultResponse": default,
    });
    set(&mut view, "statusCode", response.status_code.map(|status| status.to_string()));
    view
}

pub(super) fn deployment(deployment: &ApiDeployment) -> Value {
    let mut view = json!({"id": deployment.id, "createdDate": deployment.created.unix_timestamp()});
    set(&mut view, "description", deployment.description.as_ref());
    view
}

pub(super) fn stage(stage: &ApiStage) -> Value {
    let settings: BTreeMap<&String, Value> = stage
        .method_settings
        .iter()
        .map(|(path, settings)| {
            let view = json!({
                "metricsEnabled": settings.metrics_enabled,
                "loggingLevel": "OFF",
                "dataTraceEnabled": false,
                "throttlingBurstLimit": settings.throttling_burst.unwrap_or(5000),
                "throttlingRateLimit": settings.throttling_rate.unwrap_or(10_000.0),
                "cachingEnabled": false,
                "cacheTtlInSeconds": 300,
                "cacheDataEncrypted": false,
                "requireAuthorizationForCacheControl": true,
                "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
            });
            (path, view)
        })
        .collect();
    let mut view = json!({
        "stageName": stage.name,
        "deploymentId": stage.deployment_id,
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": settings,
        "tracingEnabled": stage.tracing_enabled,
        "createdDate": stage.created.unix_timestamp(),
        "lastUpdatedDate": stage.updated.unix_timestamp(),
    });
    set(&mut view, "description", stage.description.as_ref());
    set(&mut view, "variables", filled(&stage.variables));
    set(&mut view, "tags", filled(&stage.tags));
    view
}

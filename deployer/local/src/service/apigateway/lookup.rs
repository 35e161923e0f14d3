//! API Gateway's control plane (v1): REST APIs, their deployments and stages, usage plans and keys.

mod api;
mod api_key;
mod check;
mod deployment;
mod gateway_response;
mod import;
mod integration;
mod method;
mod openapi;
mod patch;
mod resource;
mod stage;
mod tag;
mod usage_plan;
mod view;

pub use gateway_response::DEFAULTS as GATEWAY_RESPONSES;

use crate::context::Context;
use crate::front::json::{Call, Fault};
use crate::front::rest::Operation;
use crate::front::rest::Parameter::{Flag, List, Number, Others, Text};
use crate::store::Document;
use crate::store::rest_api::RestApi;
use serde_json::Value;
use std::sync::Arc;

/// The operations that are modelled.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/account", "GetAccount", 200),
    Operation::new("POST", "/restapis", "ImportRestApi", 201)
        .when("mode", "import")
        .query(&[Flag("failonwarnings", "failOnWarnings"), Others("parameters")]),
    Operation::new("POST", "/restapis", "CreateRestApi", 201),
    Operation::new("GET", "/restapis", "GetRestApis", 200).query(PAGE),
    Operation::new("GET", "/restapis/{restApiId}", "GetRestApi", 200),
    Operation::new("PATCH", "/restapis/{restApiId}", "UpdateRestApi", 200),
    Operation::new("DELETE", "/restapis/{restApiId}", "DeleteRestApi", 202),
    Operation::new("PUT", "/restapis/{restApiId}", "PutRestApi", 200).query(&[
        Text("mode", "mode"),
        Flag("failonwarnings", "failOnWarnings"),
        Others("parameters"),
    ]),
    Operation::new("GET", "/restapis/{restApiId}/resources", "GetResources", 200).query(&[
        Text("position", "position"),
        Number("limit", "limit"),
        List("embed", "embed"),
    ]),
    Operation::new("GET", "/restapis/{restApiId}/resources/{resourceId}", "GetResource", 200)
        .query(&[List("embed", "embed")]),
    Operation::new("POST", "/restapis/{restApiId}/resources/{parentId}", "CreateResource", 201),
    Operation::new("DELETE", "/restapis/{restApiId}/resources/{resourceId}", "DeleteResource", 202),
    Operation::new("GET", METHOD, "GetMethod", 200),
    Operation::new("PUT", METHOD, "PutMethod", 201),
    Operation::new("PATCH", METHOD, "UpdateMethod", 200),
    Operation::new("DELETE", METHOD, "DeleteMethod", 204),
    Operation::new("GET", INTEGRATION, "GetIntegration", 200),
    Operation::new("PUT", INTEGRATION, "PutIntegration", 201),
    Operation::new("PATCH", INTEGRATION, "UpdateIntegration", 200),
    Operation::new("DELETE", INTEGRATION, "DeleteIntegration", 204),
    Operation::new("GET", "/restapis/{restApiId}/gatewayresponses", "GetGatewayResponses", 200).query(PAGE),
    Operation::new("GET", "/restapis/{restApiId}/gatewayresponses/{responseType}", "GetGatewayResponse", 200),
    Operation::new("PUT", "/restapis/{restApiId}/gatewayresponses/{responseType}", "PutGatewayResponse", 201),
    Operation::new("DELETE", "/restapis/{restApiId}/gatewayresponses/{responseType}", "DeleteGatewayResponse", 202),
    Operation::new("POST", "/restapis/{restApiId}/deployments", "CreateDeployment", 201),
    Operation::new("GET", "/restapis/{restApiId}/deployments", "GetDeployments", 200).query(PAGE),
    Operation::new("GET", "/restapis/{restApiId}/deployments/{deploymentId}", "GetDeployment", 200),
    Operation::new("DELETE", "/restapis/{restApiId}/deployments/{deploymentId}", "DeleteDeployment", 202),
    Operation::new("POST", "/restapis/{restApiId}/stages", "CreateStage", 201),
    Operation::new("GET", "/restapis/{restApiId}/stages", "GetStages", 200)
        .query(&[Text("deploymentId", "deploymentId")]),
    Operation::new("GET", "/restapis/{restApiId}/stages/{stageName}", "GetStage", 200),
    Operation::new("PATCH", "/restapis/{restApiId}/stages/{stageName}", "UpdateStage", 200),
    Operation::new("DELETE", "/restapis/{restApiId}/stages/{stageName}", "DeleteStage", 202),
    Operation::new("GET", "/tags/{resourceArn}", "GetTags", 200).query(PAGE),
    Operation::new("PUT", "/tags/{resourceArn}", "TagResource", 204),
    Operation::new("DELETE", "/tags/{resourceArn}", "UntagResource", 204).query(&[List("tagKeys", "tagKeys")]),
    Operation::new("POST", "/usageplans", "CreateUsagePlan", 201),
    Operation::new("GET", "/usageplans", "GetUsagePlans", 200).query(&[
        Text("position", "position"),
        Number("limit", "limit"),
        Text("keyId", "keyId"),
    ]),
    Operation::new("GET", "/usageplans/{usagePlanId}", "GetUsagePlan", 200),
    Operation::new("PATCH", "/usageplans/{usagePlanId}", "UpdateUsagePlan", 200),
    Operation::new("DELETE", "/usageplans/{usagePlanId}", "DeleteUsagePlan", 202),
    Operation::new("POST", "/usageplans/{usagePlanId}/keys", "CreateUsagePlanKey", 201),
    Operation::new("GET", "/usageplans/{usagePlanId}/keys", "GetUsagePlanKeys", 200).query(PAGE),
    Operation::new("DELETE", "/usageplans/{usagePlanId}/keys/{keyId}", "DeleteUsagePlanKey", 202),
    Operation::new("POST", "/apikeys", "CreateApiKey", 201),
    Operation::new("GET", "/apikeys", "GetApiKeys", 200).query(&[
        Text("position", "position"),
        Number("limit", "limit"),
        Text("name", "nameQuery"),
        Flag("includeValues", "includeValues"),
    ]),
    Operation::new("GET", "/apikeys/{apiKey}", "GetApiKey", 200).query(&[Flag("includeValue", "includeValue")]),
    Operation::new("PATCH", "/apikeys/{apiKey}", "UpdateApiKey", 200),
    Operation::new("DELETE", "/apikeys/{apiKey}", "DeleteApiKey", 202),
];

const PAGE: &[crate::front::rest::Parameter] = &[Text("position", "position"), Number("limit", "limit")];
const METHOD: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}";
const INTEGRATION: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/integration";

/// The operations whose body is a blob: an OpenAPI document.
pub const BLOBS: &[&str] = &["ImportRestApi", "PutRestApi"];

/// Answers an API Gateway call.
///
/// # Errors
/// API Gateway's own, and `NotImplementedException`.
pub async fn handle(cx: &Arc<Context>, call: Call) -> Result<Value, Fault> {
    let region = call.region.as_str();
    match call.operation.as_str() {
        "GetAccount" => Ok(view::account()),
        "CreateRestApi" => api::create(cx, region, call.input()?),
        "ImportRestApi" => import::import(cx, region, call.input()?, &call.payload),
        "PutRestApi" => import::put(cx, region, call.input()?, &call.payload),
        "GetRestApis" => api::list(cx, region, &call.input()?),
        "GetRestApi" => api::get(cx, region, &call.input()?),
        "UpdateRestApi" => api::update(cx, region, call.input()?),
        "DeleteRestApi" => api::delete(cx, region, &call.input()?),
        "GetResources" => resource::list(cx, region, &call.input()?),
        "GetResource" => resource::get(cx, region, &call.input()?),
        "CreateResource" => resource::create(cx, region, call.input()?),
        "DeleteResource" => resource::delete(cx, region, &call.input()?),
        "GetMethod" => method::get(cx, region, &call.input()?),
        "PutMethod" => method::put(cx, region, call.input()?),
        "UpdateMethod" => method::update(cx, region, call.input()?),
        "DeleteMethod" => method::delete(cx, region, &call.input()?),
        "GetIntegration" => method::get_integration(cx, region, &call.input()?),
        "PutIntegration" => method::put_integration(cx, call),
        "UpdateIntegration" => method::update_integration(cx, region, call.input()?),
        "DeleteIntegration" => method::delete_integration(cx, region, &call.input()?),
        "GetGatewayResponses" => gateway_response::list(cx, region, &call.input()?),
        "GetGatewayResponse" => gateway_response::get(cx, region, &call.input()?),
        "PutGatewayResponse" => gateway_response::put(cx, region, call.input()?),
        "DeleteGatewayResponse" => gateway_response::delete(cx, region, &call.input()?),
        "CreateDeployment" => deployment::create(cx, region, call.input()?),
        "GetDeployments" => deployment::list(cx, region, &call.input()?),
        "GetDeployment" => deployment::get(cx, region, &call.input()?),
        "DeleteDeployment" => deployment::delete(cx, region, &call.input()?),
        "CreateStage" => stage::create(cx, region, call.input()?),
        "GetStages" => stage::list(cx, region, &call.input()?),
        "GetStage" => stage::get(cx, region, &call.input()?),
        "UpdateStage" => stage::update(cx, region, call.input()?),
        "DeleteStage" => stage::delete(cx, region, &call.input()?),
        "GetTags" => tag::list(cx, region, &call.input()?),
        "TagResource" => tag::add(cx, region, call.input()?),
        "UntagResource" => tag::remove(cx, region, &call.input()?),
        "CreateUsagePlan" => usage_plan::create(cx, region, call.input()?),
        "GetUsagePlans" => usage_plan::list(cx, region, &call.input()?),
        "GetUsagePlan" => usage_plan::get(cx, region, &call.input()?),
        "UpdateUsagePlan" => usage_plan::update(cx, region, call.input()?),
        "DeleteUsagePlan" => usage_plan::delete(cx, region, &call.input()?),
        "CreateUsagePlanKey" => usage_plan::add_key(cx, region, call.input()?),
        "GetUsagePlanKeys" => usage_plan::list_keys(cx, region, &call.input()?),
        "DeleteUsagePlanKey" => usage_plan::remove_key(cx, region, &call.input()?),
        "CreateApiKey" => api_key::create(cx, region, call.input()?),
        "GetApiKeys" => api_key::list(cx, region, &call.input()?),
        "GetApiKey" => api_key::get(cx, region, &call.input()?),
        "UpdateApiKey" => api_key::update(cx, region, &call.input()?),
        "DeleteApiKey" => api_key::delete(cx, region, &call.input()?),
        other => Err(Fault::unknown_operation("apigateway", other)),
    }
}

/// `BadRequestException`.
fn bad(message: impl Into<String>) -> Fault {
    Fault::new(400, "BadRequestException", message)
}

fn not_found(what: &str) -> Fault {
    Fault::new(404, "NotFoundException", format!("Invalid {what} identifier specified"))
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::new(409, "ConflictException", message)
}

fn api<'a>(document: &'a Document, region: &str, id: &str) -> Result<&'a RestApi, Fault> {
    document.region(region).rest_apis.get(id).ok_or_else(|| no_api(id))
}

fn api_mut<'a>(document: &'a mut Document, region: &str, id: &str) -> Result<&'a mut RestApi, Fault> {
    document.region_mut(region).rest_apis.get_mut(id).ok_or_else(|| no_api(id))
}

fn no_api(id: &str) -> Fault {
    Fault::new(404, "NotFoundException", format!("Invalid API identifier specified {}:{id}", crate::ACCOUNT))
}

/// A new identifier of `length` lower-case letters and digits.
fn new_id(length: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut random = uuid::Uuid::new_v4().as_u128();
    let mut id = String::with_capacity(length);
    for _ in 0..length {
        id.push(char::from(DIGITS[(random % 36) as usize]));
        random /= 36;
    }
    id
}

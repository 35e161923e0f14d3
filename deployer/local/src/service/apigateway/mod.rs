//! API Gateway (v1): REST APIs, their deployments and stages, usage plans and keys. The data plane is [`crate::gateway`].

mod api;
mod api_key;
mod check;
mod deployment;
mod gateway_response;
mod import;
mod integration;
mod lookup;
mod method;
mod openapi;
mod patch;
mod permissions;
mod resource;
mod stage;
mod tag;
mod usage_plan;
mod view;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use crate::wire::QueryParameter::{Flag, List, Number, Others, Text};
use crate::wire::{ErrorCodes, QueryParameter, ServiceSpec};
use permissions::{create_rest_api, creation, on_path, tag_resource, update_rest_api};

const PAGE: &[QueryParameter] = &[Text("position", "position"), Number("limit", "limit")];
const APIS: &str = "/restapis";
const API: &str = "/restapis/{restApiId}";
const RESOURCE: &str = "/restapis/{restApiId}/resources/{resourceId}";
const RESPONSE: &str = "/restapis/{restApiId}/gatewayresponses/{responseType}";
const DEPLOYMENTS: &str = "/restapis/{restApiId}/deployments";
const DEPLOYMENT: &str = "/restapis/{restApiId}/deployments/{deploymentId}";
const STAGES: &str = "/restapis/{restApiId}/stages";
const STAGE: &str = "/restapis/{restApiId}/stages/{stageName}";
const TAGS: &str = "/tags/{resourceArn}";
const PLANS: &str = "/usageplans";
const PLAN: &str = "/usageplans/{usagePlanId}";
const PLAN_KEYS: &str = "/usageplans/{usagePlanId}/keys";
const KEYS: &str = "/apikeys";
const KEY: &str = "/apikeys/{apiKey}";
const PLAN_KEY: &str = "/usageplans/{usagePlanId}/keys/{keyId}";
const METHOD: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}";
const INTEGRATION: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/integration";

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes {
            throttled: (429, "TooManyRequestsException", "Too Many Requests"),
            unavailable: "ServiceUnavailableException",
            ..ErrorCodes::REST
        },
        ..ServiceSpec::rest("apigateway").rate(10.0, 40.0)
    },
    operations: &[
        read("GetAccount", on_path, Immediate(view::get_account)).route("GET", "/account", 200),
        write("ImportRestApi", creation, Immediate(import::import_rest_api))
            .route("POST", APIS, 201)
            .when("mode", "import")
            .query(&[Flag("failonwarnings", "failOnWarnings"), Others("parameters")])
            .blob()
            .rate(1.0 / 3.0, 1.0),
        write("CreateRestApi", create_rest_api, Immediate(api::create_rest_api))
            .route("POST", APIS, 201)
            .rate(1.0 / 3.0, 1.0),
        read("GetRestApis", on_path, Immediate(api::get_rest_apis)).route("GET", APIS, 200).query(PAGE),
        read("GetRestApi", on_path, Immediate(api::get_rest_api)).route("GET", API, 200),
        write("UpdateRestApi", update_rest_api, Immediate(api::update_rest_api)).route("PATCH", API, 200),
        write("DeleteRestApi", on_path, Immediate(api::delete_rest_api))
            .route("DELETE", API, 202)
            .rate(1.0 / 30.0, 1.0),
        write("PutRestApi", on_path, Immediate(import::put_rest_api))
            .route("PUT", API, 200)
            .query(&[Text("mode", "mode"), Flag("failonwarnings", "failOnWarnings"), Others("parameters")])
            .blob()
            .rate(1.0, 1.0),
        read("GetResources", on_path, Immediate(resource::get_resources))
            .route("GET", "/restapis/{restApiId}/resources", 200)
            .query(&[Text("position", "position"), Number("limit", "limit"), List("embed", "embed")])
            .rate(2.5, 5.0),
        read("GetResource", on_path, Immediate(resource::get_resource))
            .route("GET", RESOURCE, 200)
            .query(&[List("embed", "embed")]),
        write("CreateResource", creation, Immediate(resource::create_resource))
            .route("POST", "/restapis/{restApiId}/resources/{parentId}", 201)
            .rate(5.0, 5.0),
        write("DeleteResource", on_path, Immediate(resource::delete_resource))
            .route("DELETE", RESOURCE, 202)
            .rate(5.0, 5.0),
        read("GetMethod", on_path, Immediate(method::get_method)).route("GET", METHOD, 200),
        write("PutMethod", on_path, Immediate(method::put_method)).route("PUT", METHOD, 201),
        write("UpdateMethod", on_path, Immediate(method::update_method)).route("PATCH", METHOD, 200),
        write("DeleteMethod", on_path, Immediate(method::delete_method)).route("DELETE", METHOD, 204),
        read("GetIntegration", on_path, Immediate(method::get_integration)).route("GET", INTEGRATION, 200),
        write("PutIntegration", on_path, Immediate(method::put_integration)).route("PUT", INTEGRATION, 201),
        write("UpdateIntegration", on_path, Immediate(method::update_integration)).route("PATCH", INTEGRATION, 200),
        write("DeleteIntegration", on_path, Immediate(method::delete_integration)).route("DELETE", INTEGRATION, 204),
        read("GetGatewayResponses", on_path, Immediate(gateway_response::get_gateway_responses))
            .route("GET", "/restapis/{restApiId}/gatewayresponses", 200)
            .query(PAGE),
        read("GetGatewayResponse", on_path, Immediate(gateway_response::get_gateway_response))
            .route("GET", RESPONSE, 200),
        write("PutGatewayResponse", on_path, Immediate(gateway_response::put_gateway_response))
            .route("PUT", RESPONSE, 201),
        write("DeleteGatewayResponse", on_path, Immediate(gateway_response::delete_gateway_response))
            .route("DELETE", RESPONSE, 202),
        write("CreateDeployment", creation, Immediate(deployment::create_deployment))
            .route("POST", DEPLOYMENTS, 201)
            .rate(1.0 / 5.0, 1.0),
        read("GetDeployments", on_path, Immediate(deployment::get_deployments))
            .route("GET", DEPLOYMENTS, 200)
            .query(PAGE),
        read("GetDeployment", on_path, Immediate(deployment::get_deployment)).route("GET", DEPLOYMENT, 200),
        write("DeleteDeployment", on_path, Immediate(deployment::delete_deployment)).route("DELETE", DEPLOYMENT, 202),
        write("CreateStage", creation, Immediate(stage::create_stage)).route("POST", STAGES, 201),
        read("GetStages", on_path, Immediate(stage::get_stages))
            .route("GET", STAGES, 200)
            .query(&[Text("deploymentId", "deploymentId")]),
        read("GetStage", on_path, Immediate(stage::get_stage)).route("GET", STAGE, 200),
        write("UpdateStage", on_path, Immediate(stage::update_stage)).route("PATCH", STAGE, 200),
        write("DeleteStage", on_path, Immediate(stage::delete_stage)).route("DELETE", STAGE, 202),
        read("GetTags", on_path, Immediate(|cx, call| tag::TAGS.list(cx, call))).route("GET", TAGS, 200).query(PAGE),
        write("TagResource", tag_resource, Immediate(|cx, call| tag::TAGS.tag(cx, call))).route("PUT", TAGS, 204),
        write("UntagResource", on_path, Immediate(|cx, call| tag::TAGS.untag(cx, call)))
            .route("DELETE", TAGS, 204)
            .query(&[List("tagKeys", "tagKeys")]),
        write("CreateUsagePlan", creation, Immediate(usage_plan::create_usage_plan)).route("POST", PLANS, 201),
        read("GetUsagePlans", on_path, Immediate(usage_plan::get_usage_plans)).route("GET", PLANS, 200).query(&[
            Text("position", "position"),
            Number("limit", "limit"),
            Text("keyId", "keyId"),
        ]),
        read("GetUsagePlan", on_path, Immediate(usage_plan::get_usage_plan)).route("GET", PLAN, 200),
        write("UpdateUsagePlan", on_path, Immediate(usage_plan::update_usage_plan))
            .route("PATCH", PLAN, 200)
            .rate(1.0 / 20.0, 1.0),
        write("DeleteUsagePlan", on_path, Immediate(usage_plan::delete_usage_plan)).route("DELETE", PLAN, 202),
        write("CreateUsagePlanKey", creation, Immediate(usage_plan::create_usage_plan_key))
            .route("POST", PLAN_KEYS, 201),
        read("GetUsagePlanKeys", on_path, Immediate(usage_plan::get_usage_plan_keys))
            .route("GET", PLAN_KEYS, 200)
            .query(PAGE),
        read("GetUsagePlanKey", on_path, Immediate(usage_plan::get_usage_plan_key)).route("GET", PLAN_KEY, 200),
        write("DeleteUsagePlanKey", on_path, Immediate(usage_plan::delete_usage_plan_key))
            .route("DELETE", PLAN_KEY, 202),
        write("CreateApiKey", creation, Immediate(api_key::create_api_key)).route("POST", KEYS, 201).rate(5.0, 5.0),
        read("GetApiKeys", on_path, Immediate(api_key::get_api_keys)).route("GET", KEYS, 200).query(&[
            Text("position", "position"),
            Number("limit", "limit"),
            Text("name", "nameQuery"),
            Flag("includeValues", "includeValues"),
        ]),
        read("GetApiKey", on_path, Immediate(api_key::get_api_key))
            .route("GET", KEY, 200)
            .query(&[Flag("includeValue", "includeValue")]),
        write("UpdateApiKey", on_path, Immediate(api_key::update_api_key)).route("PATCH", KEY, 200),
        write("DeleteApiKey", on_path, Immediate(api_key::delete_api_key)).route("DELETE", KEY, 202).rate(5.0, 5.0),
    ],
    tagged: Some(tag::tagged),
};

#[cfg(test)]
mod tests;

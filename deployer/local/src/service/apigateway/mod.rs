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

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use crate::wire::QueryParameter::{Flag, List, Number, Others, Text};
use crate::wire::{ErrorCodes, PublishedRate, QueryParameter, ServiceSpec, WireProtocol};

const PAGE: &[QueryParameter] = &[Text("position", "position"), Number("limit", "limit")];
const APIS: &str = "/restapis";
const API: &str = "/restapis/{restApiId}";
const RESOURCE: &str = "/restapis/{restApiId}/resources/{resourceId}";
const GATEWAY_RESPONSE: &str = "/restapis/{restApiId}/gatewayresponses/{responseType}";
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
const METHOD: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}";
const INTEGRATION: &str = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}/integration";

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "apigateway",
        action_prefix: "apigateway",
        protocol: WireProtocol::Rest,
        rate: Some(PublishedRate { bucket: "", per_second: 10.0, burst: 40.0 }),
        errors: ErrorCodes {
            throttled: (429, "TooManyRequestsException", "Too Many Requests"),
            unavailable: "ServiceUnavailableException",
            ..ErrorCodes::REST
        },
    },
    operations: &[
        ServiceOperation::read("GetAccount", permissions::own, Immediate(view::get_account))
            .route("GET", "/account", 200),
        ServiceOperation::write("ImportRestApi", permissions::create, Immediate(import::import_rest_api))
            .route("POST", APIS, 201)
            .when("mode", "import")
            .query(&[Flag("failonwarnings", "failOnWarnings"), Others("parameters")])
            .blob()
            .rate(1.0 / 3.0, 1.0),
        ServiceOperation::write("CreateRestApi", permissions::create_rest_api, Immediate(api::create_rest_api))
            .route("POST", APIS, 201)
            .rate(1.0 / 3.0, 1.0),
        ServiceOperation::read("GetRestApis", permissions::own, Immediate(api::get_rest_apis))
            .route("GET", APIS, 200)
            .query(PAGE),
        ServiceOperation::read("GetRestApi", permissions::own, Immediate(api::get_rest_api)).route("GET", API, 200),
        ServiceOperation::write("UpdateRestApi", permissions::update_rest_api, Immediate(api::update_rest_api))
            .route("PATCH", API, 200),
        ServiceOperation::write("DeleteRestApi", permissions::own, Immediate(api::delete_rest_api))
            .route("DELETE", API, 202)
            .rate(1.0 / 30.0, 1.0),
        ServiceOperation::write("PutRestApi", permissions::own, Immediate(import::put_rest_api))
            .route("PUT", API, 200)
            .query(&[Text("mode", "mode"), Flag("failonwarnings", "failOnWarnings"), Others("parameters")])
            .blob()
            .rate(1.0, 1.0),
        ServiceOperation::read("GetResources", permissions::own, Immediate(resource::get_resources))
            .route("GET", "/restapis/{restApiId}/resources", 200)
            .query(&[Text("position", "position"), Number("limit", "limit"), List("embed", "embed")])
            .rate(2.5, 5.0),
        ServiceOperation::read("GetResource", permissions::own, Immediate(resource::get_resource))
            .route("GET", RESOURCE, 200)
            .query(&[List("embed", "embed")]),
        ServiceOperation::write("CreateResource", permissions::create, Immediate(resource::create_resource))
            .route("POST", "/restapis/{restApiId}/resources/{parentId}", 201)
            .rate(5.0, 5.0),
        ServiceOperation::write("DeleteResource", permissions::own, Immediate(resource::delete_resource))
            .route("DELETE", RESOURCE, 202)
            .rate(5.0, 5.0),
        ServiceOperation::read("GetMethod", permissions::own, Immediate(method::get_method)).route("GET", METHOD, 200),
        ServiceOperation::write("PutMethod", permissions::own, Immediate(method::put_method)).route("PUT", METHOD, 201),
        ServiceOperation::write("UpdateMethod", permissions::own, Immediate(method::update_method))
            .route("PATCH", METHOD, 200),
        ServiceOperation::write("DeleteMethod", permissions::own, Immediate(method::delete_method))
            .route("DELETE", METHOD, 204),
        ServiceOperation::read("GetIntegration", permissions::own, Immediate(method::get_integration)).route(
            "GET",
            INTEGRATION,
            200,
        ),
        ServiceOperation::write("PutIntegration", permissions::own, Immediate(method::put_integration)).route(
            "PUT",
            INTEGRATION,
            201,
        ),
        ServiceOperation::write("UpdateIntegration", permissions::own, Immediate(method::update_integration)).route(
            "PATCH",
            INTEGRATION,
            200,
        ),
        ServiceOperation::write("DeleteIntegration", permissions::own, Immediate(method::delete_integration)).route(
            "DELETE",
            INTEGRATION,
            204,
        ),
        ServiceOperation::read(
            "GetGatewayResponses",
            permissions::own,
            Immediate(gateway_response::get_gateway_responses),
        )
        .route("GET", "/restapis/{restApiId}/gatewayresponses", 200)
        .query(PAGE),
        ServiceOperation::read(
            "GetGatewayResponse",
            permissions::own,
            Immediate(gateway_response::get_gateway_response),
        )
        .route("GET", GATEWAY_RESPONSE, 200),
        ServiceOperation::write(
            "PutGatewayResponse",
            permissions::own,
            Immediate(gateway_response::put_gateway_response),
        )
        .route("PUT", GATEWAY_RESPONSE, 201),
        ServiceOperation::write(
            "DeleteGatewayResponse",
            permissions::own,
            Immediate(gateway_response::delete_gateway_response),
        )
        .route("DELETE", GATEWAY_RESPONSE, 202),
        ServiceOperation::write("CreateDeployment", permissions::create, Immediate(deployment::create_deployment))
            .route("POST", DEPLOYMENTS, 201)
            .rate(1.0 / 5.0, 1.0),
        ServiceOperation::read("GetDeployments", permissions::own, Immediate(deployment::get_deployments))
            .route("GET", DEPLOYMENTS, 200)
            .query(PAGE),
        ServiceOperation::read("GetDeployment", permissions::own, Immediate(deployment::get_deployment))
            .route("GET", DEPLOYMENT, 200),
        ServiceOperation::write("DeleteDeployment", permissions::own, Immediate(deployment::delete_deployment))
            .route("DELETE", DEPLOYMENT, 202),
        ServiceOperation::write("CreateStage", permissions::create, Immediate(stage::create_stage))
            .route("POST", STAGES, 201),
        ServiceOperation::read("GetStages", permissions::own, Immediate(stage::get_stages))
            .route("GET", STAGES, 200)
            .query(&[Text("deploymentId", "deploymentId")]),
        ServiceOperation::read("GetStage", permissions::own, Immediate(stage::get_stage)).route("GET", STAGE, 200),
        ServiceOperation::write("UpdateStage", permissions::own, Immediate(stage::update_stage))
            .route("PATCH", STAGE, 200),
        ServiceOperation::write("DeleteStage", permissions::own, Immediate(stage::delete_stage))
            .route("DELETE", STAGE, 202),
        ServiceOperation::read("GetTags", permissions::own, Immediate(tag::get_tags))
            .route("GET", TAGS, 200)
            .query(PAGE),
        ServiceOperation::write("TagResource", permissions::tag_resource, Immediate(tag::tag_resource))
            .route("PUT", TAGS, 204),
        ServiceOperation::write("UntagResource", permissions::own, Immediate(tag::untag_resource))
            .route("DELETE", TAGS, 204)
            .query(&[List("tagKeys", "tagKeys")]),
        ServiceOperation::write("CreateUsagePlan", permissions::create, Immediate(usage_plan::create_usage_plan))
            .route("POST", PLANS, 201),
        ServiceOperation::read("GetUsagePlans", permissions::own, Immediate(usage_plan::get_usage_plans))
            .route("GET", PLANS, 200)
            .query(&[Text("position", "position"), Number("limit", "limit"), Text("keyId", "keyId")]),
        ServiceOperation::read("GetUsagePlan", permissions::own, Immediate(usage_plan::get_usage_plan))
            .route("GET", PLAN, 200),
        ServiceOperation::write("UpdateUsagePlan", permissions::own, Immediate(usage_plan::update_usage_plan))
            .route("PATCH", PLAN, 200)
            .rate(1.0 / 20.0, 1.0),
        ServiceOperation::write("DeleteUsagePlan", permissions::own, Immediate(usage_plan::delete_usage_plan))
            .route("DELETE", PLAN, 202),
        ServiceOperation::write(
            "CreateUsagePlanKey",
            permissions::create,
            Immediate(usage_plan::create_usage_plan_key),
        )
        .route("POST", PLAN_KEYS, 201),
        ServiceOperation::read("GetUsagePlanKeys", permissions::own, Immediate(usage_plan::get_usage_plan_keys))
            .route("GET", PLAN_KEYS, 200)
            .query(PAGE),
        ServiceOperation::write("DeleteUsagePlanKey", permissions::own, Immediate(usage_plan::delete_usage_plan_key))
            .route("DELETE", "/usageplans/{usagePlanId}/keys/{keyId}", 202),
        ServiceOperation::write("CreateApiKey", permissions::create, Immediate(api_key::create_api_key))
            .route("POST", KEYS, 201)
            .rate(5.0, 5.0),
        ServiceOperation::read("GetApiKeys", permissions::own, Immediate(api_key::get_api_keys))
            .route("GET", KEYS, 200)
            .query(&[
                Text("position", "position"),
                Number("limit", "limit"),
                Text("name", "nameQuery"),
                Flag("includeValues", "includeValues"),
            ]),
        ServiceOperation::read("GetApiKey", permissions::own, Immediate(api_key::get_api_key))
            .route("GET", KEY, 200)
            .query(&[Flag("includeValue", "includeValue")]),
        ServiceOperation::write("UpdateApiKey", permissions::own, Immediate(api_key::update_api_key))
            .route("PATCH", KEY, 200),
        ServiceOperation::write("DeleteApiKey", permissions::own, Immediate(api_key::delete_api_key))
            .route("DELETE", KEY, 202)
            .rate(5.0, 5.0),
    ],
    tagged: Some(tag::tagged),
};

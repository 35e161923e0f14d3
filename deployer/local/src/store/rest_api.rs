//! A REST API (API Gateway v1): the draft that is edited, the deployments that are frozen, the stages that serve.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// One REST API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestApi {
    /// Ten characters, made by the server.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// `info.version` of the last import.
    pub version: Option<String>,
    /// When it was created.
    #[serde(with = "time::serde::timestamp")]
    pub created: OffsetDateTime,
    /// `REGIONAL`, `EDGE` or `PRIVATE`.
    pub endpoint_type: String,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// What methods, integrations and gateway responses are now; clients see nothing of it before a deployment.
    pub draft: ApiDraft,
    /// By deployment id.
    pub deployments: BTreeMap<String, ApiDeployment>,
    /// By stage name.
    pub stages: BTreeMap<String, ApiStage>,
}

/// The editable definition of an API: everything that needs a deployment to take effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiDraft {
    /// Id of the resource `/`.
    pub root_id: String,
    /// By resource id.
    pub resources: BTreeMap<String, ApiResource>,
    /// By response type (`DEFAULT_4XX`): only those that were customised.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// By id.
    pub request_validators: BTreeMap<String, RequestValidator>,
    /// What is passed on as base64.
    pub binary_media_types: Vec<String>,
    /// Bytes from which on an answer is compressed; `None`: never.
    pub minimum_compression_size: Option<u32>,
    /// `HEADER` or `AUTHORIZER`.
    pub api_key_source: String,
    /// The resource policy, a JSON document.
    pub policy: Option<String>,
    /// The default endpoint answers 403.
    pub disable_execute_api_endpoint: bool,
}

/// One path segment of the draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiResource {
    /// Made by the server; kept when the same path is imported again.
    pub id: String,
    /// `None` for the root.
    pub parent_id: Option<String>,
    /// The last segment, `{id}` or `{proxy+}`; `None` for the root.
    pub path_part: Option<String>,
    /// The whole path.
    pub path: String,
    /// By HTTP method, or `ANY`.
    pub methods: BTreeMap<String, ApiMethod>,
}

/// One method of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiMethod {
    /// `GET` … or `ANY`.
    pub http_method: String,
    /// `NONE` or `AWS_IAM`.
    pub authorization_type: String,
    /// Needs an `x-api-key` of a usage plan.
    pub api_key_required: bool,
    /// `operationId` of the definition.
    pub operation_name: Option<String>,
    /// `method.request.{path|querystring|header}.<name>` to whether it is required.
    pub request_parameters: BTreeMap<String, bool>,
    /// Id in `Draft::request_validators`.
    pub request_validator_id: Option<String>,
    /// By status code: the response headers that a non-proxy integration may set.
    pub responses: BTreeMap<String, MethodResponse>,
    /// What the method calls; a deployment needs one.
    pub integration: Option<MethodIntegration>,
}

/// A declared response of a method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodResponse {
    /// `200`.
    pub status_code: String,
    /// `method.response.header.<name>` to whether it is required.
    pub parameters: BTreeMap<String, bool>,
}

/// What a method does with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodIntegration {
    /// Lambda proxy or a canned answer.
    pub kind: IntegrationKind,
    /// Always `POST` for Lambda.
    pub http_method: Option<String>,
    /// `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function arn>/invocations`; `None` for a mock.
    pub uri: Option<String>,
    /// ARN of the role to call with; `None`: the function's resource policy decides.
    pub credentials: Option<String>,
    /// 50 to 29,000.
    pub timeout_ms: u32,
    /// `WHEN_NO_MATCH`, `WHEN_NO_TEMPLATES` or `NEVER`.
    pub passthrough_behavior: String,
    /// Id of the resource, unless chosen; kept because it is shown.
    pub cache_namespace: String,
    /// `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY`.
    pub content_handling: Option<String>,
    /// By content type: a mock's `{"statusCode": 200}`.
    pub request_templates: BTreeMap<String, String>,
    /// `integration.request.…` to its source.
    pub request_parameters: BTreeMap<String, String>,
    /// By status code.
    pub responses: BTreeMap<String, IntegrationResponse>,
}

/// The integration types that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IntegrationKind {
    /// The whole request to a Lambda function, its answer as it is.
    AwsProxy,
    /// Answered by the gateway itself: CORS preflight.
    Mock,
}

/// How an integration's answer becomes the method's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// The method response it maps to.
    pub status_code: String,
    /// Regular expression on the integration's status; `None`: the default response.
    pub selection_pattern: Option<String>,
    /// `method.response.header.<name>` to `'literal'` or `integration.response.header.<name>`.
    pub parameters: BTreeMap<String, String>,
    /// By content type.
    pub templates: BTreeMap<String, String>,
}

/// A customised answer of the gateway itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayResponse {
    /// `None`: the response type's own.
    pub status_code: Option<u16>,
    /// `gatewayresponse.header.<name>` to `'literal'` or a request parameter.
    pub parameters: BTreeMap<String, String>,
    /// By content type; `$context.error.messageString` and the like are replaced.
    pub templates: BTreeMap<String, String>,
}

/// What is checked before the integration is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestValidator {
    /// Made by the server.
    pub id: String,
    /// From the definition.
    pub name: String,
    /// Required parameters must be there.
    pub validate_parameters: bool,
}

/// A frozen definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiDeployment {
    /// Six characters, made by the server.
    pub id: String,
    /// Free text.
    pub description: Option<String>,
    /// When it was made.
    #[serde(with = "time::serde::timestamp")]
    pub created: OffsetDateTime,
    /// What a stage that points here serves.
    pub definition: ApiDefinition,
}

/// What the data plane serves: the draft at the moment of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiDefinition {
    /// Every method of every resource.
    pub routes: Vec<DeployedRoute>,
    /// By response type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// What is passed on as base64.
    pub binary_media_types: Vec<String>,
    /// Bytes from which on an answer is compressed.
    pub minimum_compression_size: Option<u32>,
    /// `HEADER` or `AUTHORIZER`.
    pub api_key_source: String,
    /// The resource policy, a JSON document.
    pub policy: Option<String>,
    /// The default endpoint answers 403.
    pub disable_execute_api_endpoint: bool,
}

/// One deployed method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeployedRoute {
    /// Id of the resource.
    pub resource_id: String,
    /// `/orders/{id}`.
    pub path: String,
    /// `GET` … or `ANY`.
    pub method: String,
    /// `NONE` or `AWS_IAM`.
    pub authorization_type: String,
    /// Needs an `x-api-key` of a usage plan.
    pub api_key_required: bool,
    /// `operationId` of the definition.
    pub operation_name: Option<String>,
    /// Parameters that must be there (`method.request.querystring.customer`): empty without a request validator.
    pub required_parameters: Vec<String>,
    /// By status code.
    pub responses: BTreeMap<String, MethodResponse>,
    /// What the route calls.
    pub integration: MethodIntegration,
}

/// A name under which a deployment is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiStage {
    /// Unique in its API.
    pub name: String,
    /// Key of `RestApi::deployments`.
    pub deployment_id: String,
    /// Free text.
    pub description: Option<String>,
    /// `stageVariables` of the event.
    pub variables: BTreeMap<String, String>,
    /// By `<resource path without its leading slash>/<method>` (`orders/{id}/GET`, `/GET` for the root), `*/*` for all.
    pub method_settings: BTreeMap<String, MethodSettings>,
    /// X-Ray.
    pub tracing_enabled: bool,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    #[serde(with = "time::serde::timestamp")]
    pub created: OffsetDateTime,
    /// Last change.
    #[serde(with = "time::serde::timestamp")]
    pub updated: OffsetDateTime,
}

/// Settings of a stage's methods. `None`: the account's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MethodSettings {
    /// Requests per second.
    pub throttling_rate: Option<f64>,
    /// Requests at once.
    pub throttling_burst: Option<u32>,
    /// CloudWatch metrics.
    pub metrics_enabled: bool,
}

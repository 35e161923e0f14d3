//! REST APIs with their parts, and usage plans.

use super::attribute::{AttributeMapping, ENDS, STAYS, TerraformKind};
use super::read::{flag, limit, text};
use crate::import::resource;
use serde_json::Value;

/// A part of an API that the import of the API makes anew.
const PART: TerraformKind = TerraformKind {
    name: "",
    word: "",
    named_by: None,
    section: Some("api"),
    attributes: &[],
    unmapped: &[],
    silent: "",
};

/// Maps `aws_api_gateway_rest_api`.
pub const REST_API: TerraformKind = TerraformKind {
    name: "aws_api_gateway_rest_api",
    word: "REST API",
    named_by: Some("name"),
    attributes: &[
        AttributeMapping::new(&["name"], "name", |api| text(api, "name")),
        AttributeMapping::new(&["description"], "description", |api| text(api, "description")),
        // API Gateway's default, and the provider's, is EDGE (CreateRestApi). Code of its own refuses others.
        AttributeMapping::new(&["endpoint_configuration"], "endpoint_type", |api| {
            let types = api.block("endpoint_configuration").map(|endpoint| resource::texts(endpoint.get("types")));
            match types.unwrap_or_else(|| vec!["EDGE".to_owned()]).as_slice() {
                [only] if only == "EDGE" || only == "REGIONAL" => Some(only.as_str().into()),
                _ => None,
            }
        }),
        AttributeMapping::new(&["binary_media_types"], "binary_media_types", |api| {
            let mut media = api.texts("binary_media_types");
            media.sort();
            (!media.is_empty()).then(|| media.into())
        }),
        AttributeMapping::new(&["minimum_compression_size"], "minimum_compression_size", |api| {
            api.integer("minimum_compression_size").filter(|size| *size >= 0).map(Value::from)
        }),
    ],
    // PutRestApi in the mode `overwrite` replaces the whole definition.
    unmapped: &[
        ("is replaced by the routes of the description", "body"),
        ("becomes HEADER", "api_key_source=HEADER"),
        (STAYS, "policy disable_execute_api_endpoint security_policy=TLS_1_0 endpoint_access_mode=BASIC"),
    ],
    silent: "arn created_date execution_arn fail_on_warnings id parameters put_rest_api_mode region root_resource_id \
        tags tags_all",
    ..PART
};

/// Maps `aws_api_gateway_stage`.
pub const STAGE: TerraformKind = TerraformKind {
    name: "aws_api_gateway_stage",
    word: "stage",
    named_by: Some("stage_name"),
    attributes: &[
        AttributeMapping::new(&["stage_name"], "stage", |stage| text(stage, "stage_name")),
        AttributeMapping::new(&["xray_tracing_enabled"], "tracing", |stage| flag(stage.on("xray_tracing_enabled"))),
    ],
    unmapped: &[(
        STAYS,
        "access_log_settings cache_cluster_enabled canary_settings client_certificate_id description documentation_version variables web_acl_arn",
    )],
    silent: "arn cache_cluster_size deployment_id execution_arn id invoke_url region rest_api_id tags tags_all",
    ..PART
};

/// Maps `aws_api_gateway_deployment`, which may make a stage by itself.
pub const DEPLOYMENT: TerraformKind = TerraformKind {
    name: "aws_api_gateway_deployment",
    word: "deployment",
    attributes: &[AttributeMapping::new(&["stage_name"], "stage", |deployment| text(deployment, "stage_name"))],
    unmapped: &[(STAYS, "canary_settings variables")],
    silent: "created_date description execution_arn id invoke_url region rest_api_id stage_description triggers",
    ..PART
};

/// Maps `aws_api_gateway_method_settings`.
pub const METHOD_SETTINGS: TerraformKind = TerraformKind {
    name: "aws_api_gateway_method_settings",
    word: "stage settings",
    attributes: &[
        AttributeMapping::new(&["settings"], "throttle.rate", |settings| throttle(settings, "throttling_rate_limit")),
        AttributeMapping::new(&["settings"], "throttle.burst", |settings| throttle(settings, "throttling_burst_limit")),
    ],
    unmapped: &[(
        STAYS,
        "settings.caching_enabled settings.data_trace_enabled settings.logging_level=OFF settings.metrics_enabled",
    )],
    silent: "id method_path region rest_api_id stage_name",
    ..PART
};

/// Returns the description has both limits or none.
fn throttle(settings: &resource::TerraformResource, name: &str) -> Option<Value> {
    let block = settings.block("settings");
    limit(block, "throttling_rate_limit").and(limit(block, "throttling_burst_limit")).and(limit(block, name))
}

/// Maps `aws_api_gateway_resource`.
pub const PATH: TerraformKind = TerraformKind {
    name: "aws_api_gateway_resource",
    word: "path",
    silent: "id parent_id path path_part region rest_api_id",
    ..PART
};

/// Maps `aws_api_gateway_method`. Who may call is compared for all methods together.
pub const METHOD: TerraformKind = TerraformKind {
    name: "aws_api_gateway_method",
    word: "method",
    unmapped: &[(ENDS, "operation_name request_models request_parameters request_validator_id")],
    silent: "api_key_required authorization authorization_scopes authorizer_id http_method id region resource_id \
        rest_api_id",
    ..PART
};

/// Maps `aws_api_gateway_integration`.
pub const INTEGRATION: TerraformKind = TerraformKind {
    name: "aws_api_gateway_integration",
    word: "integration",
    unmapped: &[
        (
            ENDS,
            "cache_key_parameters connection_id content_handling credentials request_parameters request_templates tls_config",
        ),
        ("becomes BUFFERED", "response_transfer_mode=BUFFERED"),
        ("becomes 29000", "timeout_milliseconds=29000"),
    ],
    silent: "cache_namespace connection_type http_method id integration_http_method integration_target \
        passthrough_behavior region resource_id rest_api_id type uri",
    ..PART
};

/// Maps `aws_api_gateway_usage_plan`. The plan stays with Terraform: keys get a new one with its limits.
pub const USAGE_PLAN: TerraformKind = TerraformKind {
    name: "aws_api_gateway_usage_plan",
    word: "usage plan",
    named_by: Some("name"),
    attributes: &[
        AttributeMapping::new(&["throttle_settings"], "usage_plan.rate", |plan| {
            limit(plan.block("throttle_settings"), "rate_limit")
        }),
        AttributeMapping::new(&["throttle_settings"], "usage_plan.burst", |plan| {
            limit(plan.block("throttle_settings"), "burst_limit")
        }),
        AttributeMapping::new(&["quota_settings"], "usage_plan.quota.limit", |plan| {
            limit(plan.block("quota_settings"), "limit")
        }),
        AttributeMapping::new(&["quota_settings"], "usage_plan.quota.period", |plan| {
            Some(resource::text(plan.block("quota_settings")?, "period")?.into())
        }),
    ],
    silent: "api_stages arn description id name product_code region tags tags_all",
    ..PART
};

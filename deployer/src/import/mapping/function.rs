//! Functions and their log groups.

use super::attribute::{AttributeMapping, STAYS, TerraformKind};
use super::read::{flag, text, text_in, whole};
use crate::import::resource;

/// Maps `aws_lambda_function`.
pub const FUNCTION: TerraformKind = TerraformKind {
    name: "aws_lambda_function",
    word: "function",
    named_by: Some("function_name"),
    section: Some("function"),
    attributes: &[
        AttributeMapping::new(&["function_name"], "name", |function| text(function, "function_name")),
        AttributeMapping::new(&["description"], "description", |function| text(function, "description")),
        AttributeMapping::new(&["architectures"], "architecture", |function| {
            let told = function.texts("architectures").into_iter().next();
            told.or_else(|| function.is_configured().then(|| "x86_64".to_owned())).map(Into::into)
        }),
        AttributeMapping::new(&["memory_size"], "memory", |function| whole(function, "memory_size", 128)),
        AttributeMapping::new(&["timeout"], "timeout", |function| whole(function, "timeout", 3)),
        AttributeMapping::new(&["ephemeral_storage"], "ephemeral_storage", |function| {
            let told = function.block("ephemeral_storage").and_then(|storage| resource::integer(storage.get("size")?));
            told.or_else(|| function.is_configured().then_some(512)).map(Into::into)
        }),
        AttributeMapping::new(&["tracing_config"], "tracing", |function| {
            flag(text_in(function, "tracing_config", "mode") == Some("Active"))
        }),
        AttributeMapping::new(&["reserved_concurrent_executions"], "reserved_concurrency", |function| {
            function.integer("reserved_concurrent_executions").filter(|reserved| *reserved >= 0).map(Into::into)
        }),
    ],
    unmapped: &[
        ("stays until the command at the end takes it off", "layers"),
        (
            "stays as it is, but the new role may not send to it, for which Lambda can refuse the change of role",
            "dead_letter_config",
        ),
        ("stays as it is, but the new role may not decrypt with it", "kms_key_arn"),
        (
            STAYS,
            "file_system_config logging_config=Text snap_start=None|Off capacity_provider_config durable_config tenancy_config",
        ),
        ("stays as it is, and Lambda can refuse code that is not signed", "code_signing_config_arn"),
    ],
    silent: "arn code_sha256 environment filename handler id image_config image_uri invoke_arn last_modified \
        package_type publish publish_to qualified_arn qualified_invoke_arn region \
        replace_security_groups_on_destroy replacement_security_group_ids response_streaming_invoke_arn role \
        runtime s3_bucket s3_key s3_object_version signing_job_arn signing_profile_version_arn skip_destroy \
        source_code_hash source_code_size source_kms_key_arn tags tags_all timeouts version vpc_config",
};

/// Maps `aws_cloudwatch_log_group`.
pub const LOG_GROUP: TerraformKind = TerraformKind {
    name: "aws_cloudwatch_log_group",
    word: "log group",
    named_by: Some("name"),
    section: Some("function"),
    // Without a retention, or with 0, events stay for ever.
    attributes: &[AttributeMapping::new(&["retention_in_days"], "log_retention_days", |group| {
        Some(group.integer("retention_in_days").unwrap_or(0).into())
    })],
    unmapped: &[(STAYS, "kms_key_id log_group_class=STANDARD deletion_protection_enabled")],
    silent: "arn bearer_token_authentication_enabled id name name_prefix region skip_destroy tags tags_all",
};

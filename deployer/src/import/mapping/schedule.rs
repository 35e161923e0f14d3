//! Rules with a schedule, and their targets.

use super::attribute::{AttributeMapping, ENDS, TerraformKind};
use super::read::text;

/// Maps `aws_cloudwatch_event_rule`.
pub const RULE: TerraformKind = TerraformKind {
    name: "aws_cloudwatch_event_rule",
    word: "rule",
    named_by: Some("name"),
    section: Some("schedule"),
    attributes: &[
        AttributeMapping::new(&["name"], "name", |rule| text(rule, "name")),
        AttributeMapping::new(&["description"], "description", |rule| text(rule, "description")),
        AttributeMapping::new(&["schedule_expression"], "expression", |rule| text(rule, "schedule_expression")),
        AttributeMapping::new(&["state", "is_enabled"], "enabled", |rule| {
            let off =
                || rule.attributes.get("is_enabled").is_some_and(|on| *on == false || on.as_str() == Some("false"));
            let state = rule.text("state");
            (state == Some("DISABLED") || (state.is_none() && off())).then_some(false.into())
        }),
    ],
    // PutRule replaces all of a rule; what it is not told becomes null.
    unmapped: &[(ENDS, "role_arn")],
    silent: "arn event_bus_name event_pattern force_destroy id name_prefix region tags tags_all",
};

/// Maps `aws_cloudwatch_event_target`. PutTargets replaces all of a target.
pub const TARGET: TerraformKind = TerraformKind {
    name: "aws_cloudwatch_event_target",
    word: "target",
    named_by: Some("target_id"),
    section: Some("schedule"),
    attributes: &[AttributeMapping::new(&["input"], "input", |target| text(target, "input"))],
    unmapped: &[(ENDS, "input_path input_transformer dead_letter_config retry_policy role_arn")],
    silent: "appsync_target arn batch_target ecs_target event_bus_name force_destroy http_target id kinesis_target \
        redshift_target region rule run_command_targets sagemaker_pipeline_target sqs_target target_id",
};

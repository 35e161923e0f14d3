//! One line of the comparison.

use crate::kinds::ResourceId;
use serde::Serialize;

/// What becomes of one resource of Terraform's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportRow {
    /// Terraform's name for it.
    pub address: String,
    /// Terraform's kind.
    pub kind: String,
    /// Its name in AWS, where it is known.
    pub name: Option<String>,
    /// What becomes of it.
    #[serde(flatten)]
    pub fate: TakeoverOutcome,
    /// What should be known about it.
    pub remarks: Vec<String>,
}

/// What becomes of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "becomes", rename_all = "snake_case")]
pub enum TakeoverOutcome {
    /// The resource of the stack that has its name.
    Adopted {
        /// Of the stack.
        id: ResourceId,
    },
    /// A resource of the stack, once the description has its name.
    Renamed {
        /// Of the stack.
        id: ResourceId,
    },
    /// A part of a resource of the stack.
    Part {
        /// Of the stack.
        id: ResourceId,
    },
    /// Something new takes its place, and it is left over.
    Replaced {
        /// Of the stack.
        id: ResourceId,
    },
    /// Nothing in the description is like it: it stays as it is.
    Unmatched,
    /// Not of a kind that the deployer makes: it stays with Terraform.
    Kept,
    /// Its name is not known from the file.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What AWS calls a kind of Terraform's; Terraform's own word for those that are not ours.
pub fn word(kind: &str) -> &str {
    match kind {
        "aws_dynamodb_table" => "table",
        "aws_lambda_function" => "function",
        "aws_lambda_permission" => "permission",
        "aws_iam_role" => "role",
        "aws_iam_role_policy" => "inline policy",
        "aws_iam_policy" => "policy",
        "aws_iam_role_policy_attachment" | "aws_iam_policy_attachment" => "attachment",
        "aws_api_gateway_rest_api" => "REST API",
        "aws_api_gateway_resource" => "path",
        "aws_api_gateway_method" => "method",
        "aws_api_gateway_integration" => "integration",
        "aws_api_gateway_deployment" => "deployment",
        "aws_api_gateway_stage" => "stage",
        "aws_api_gateway_method_settings" => "stage settings",
        "aws_cloudwatch_event_rule" => "rule",
        "aws_cloudwatch_event_target" => "target",
        "aws_cloudwatch_log_group" => "log group",
        other => other,
    }
}

//! The list of Terraform's types that mean something here.

use super::attribute::TerraformKind;
use super::{api, function, queue, schedule, table};

const fn named(name: &'static str, word: &'static str, named_by: Option<&'static str>) -> TerraformKind {
    TerraformKind { name, word, named_by, section: None, attributes: &[], unmapped: &[], silent: "" }
}

/// Every type that has a word or a place in a description.
pub const KINDS: &[TerraformKind] = &[
    table::TABLE,
    function::FUNCTION,
    function::LOG_GROUP,
    api::REST_API,
    api::STAGE,
    api::DEPLOYMENT,
    api::METHOD_SETTINGS,
    api::PATH,
    api::METHOD,
    api::INTEGRATION,
    api::USAGE_PLAN,
    queue::QUEUE,
    schedule::RULE,
    schedule::TARGET,
    named("aws_sqs_queue_redrive_policy", "redrive policy", None),
    named("aws_lambda_permission", "permission", Some("statement_id")),
    named("aws_iam_role", "role", Some("name")),
    named("aws_iam_role_policy", "inline policy", Some("name")),
    named("aws_iam_policy", "policy", Some("name")),
    named("aws_iam_role_policy_attachment", "attachment", None),
    named("aws_iam_policy_attachment", "attachment", None),
];

/// Returns the mapping of a type.
pub fn of(kind: &str) -> Option<&'static TerraformKind> {
    KINDS.iter().find(|known| known.name == kind)
}

/// Returns AWS's word for a type; Terraform's own where there is none.
pub fn word(kind: &str) -> &str {
    of(kind).map_or(kind, |known| known.word)
}

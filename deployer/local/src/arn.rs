//! Amazon Resource Names of this cloud.

use std::fmt::Display;

/// The account that every local ARN names.
pub const ACCOUNT: &str = "000000000000";

/// Returns `arn:aws:<service>:<region>:<account>:<resource>`; IAM has an empty region.
pub(crate) fn arn(service: &str, region: &str, resource: impl Display) -> String {
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{resource}")
}

/// Returns the ARN of a role; `path` begins and ends with a slash.
pub(crate) fn role_arn(path: &str, name: &str) -> String {
    arn("iam", "", format_args!("role{path}{name}"))
}

/// Returns the ARN of a customer managed policy; `path` begins and ends with a slash.
pub(crate) fn policy_arn(path: &str, name: &str) -> String {
    arn("iam", "", format_args!("policy{path}{name}"))
}

/// Returns the ARN of a function.
pub(crate) fn function_arn(region: &str, name: &str) -> String {
    arn("lambda", region, format_args!("function:{name}"))
}

/// Returns the ARN of an EventBridge rule on the default bus.
pub(crate) fn rule_arn(region: &str, name: &str) -> String {
    arn("events", region, format_args!("rule/{name}"))
}

/// Returns the ARN of a log group, without the `:*` that some answers append.
pub(crate) fn log_group_arn(region: &str, name: &str) -> String {
    arn("logs", region, format_args!("log-group:{name}"))
}

/// Returns the ARN of a queue.
pub(crate) fn queue_arn(region: &str, name: &str) -> String {
    arn("sqs", region, name)
}

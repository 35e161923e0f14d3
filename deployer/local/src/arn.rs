//! Amazon Resource Names of this cloud.

use std::fmt::Display;

/// The account that every local ARN names.
pub const ACCOUNT: &str = "000000000000";

/// Returns the partition that a region belongs to (botocore's `partitions.json`).
pub(crate) fn partition(region: &str) -> &'static str {
    let mut words = region.split('-');
    match (words.next(), words.next()) {
        (Some("cn"), _) => "aws-cn",
        (Some("us"), Some("gov")) => "aws-us-gov",
        (Some("us"), Some("iso")) => "aws-iso",
        (Some("us"), Some("isob")) => "aws-iso-b",
        (Some("eu"), Some("isoe")) => "aws-iso-e",
        (Some("us"), Some("isof")) => "aws-iso-f",
        (Some("eusc"), _) => "aws-eusc",
        _ => "aws",
    }
}

/// Returns what follows the partition of an ARN; `None` for what is no ARN of AWS's.
pub(crate) fn after_partition(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    (partition == "aws" || partition.starts_with("aws-")).then_some(rest)
}

/// Returns `arn:<partition>:<service>:<region>:<account>:<resource>`.
pub(crate) fn arn(service: &str, region: &str, resource: impl Display) -> String {
    format!("arn:{}:{service}:{region}:{ACCOUNT}:{resource}", partition(region))
}

/// Returns the ARN of what is in no region but in the partition of one: what IAM and STS have.
pub(crate) fn global_arn(service: &str, region: &str, resource: impl Display) -> String {
    format!("arn:{}:{service}::{ACCOUNT}:{resource}", partition(region))
}

/// Returns the ARN of a role in the partition of a region; `path` begins and ends with a slash.
pub(crate) fn role_arn(region: &str, path: &str, name: &str) -> String {
    global_arn("iam", region, format_args!("role{path}{name}"))
}

/// Returns the ARN of a customer managed policy in the partition of a region; `path` begins and ends with a slash.
pub(crate) fn policy_arn(region: &str, path: &str, name: &str) -> String {
    global_arn("iam", region, format_args!("policy{path}{name}"))
}

/// Returns the ARN of what API Gateway manages at a path: it names no account.
pub(crate) fn gateway_arn(region: &str, path: &str) -> String {
    format!("arn:{}:apigateway:{region}::{path}", partition(region))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_the_partition_of_the_region() {
        for (region, role) in [
            ("eu-west-1", "arn:aws:iam::000000000000:role/r"),
            ("cn-north-1", "arn:aws-cn:iam::000000000000:role/r"),
            ("us-gov-west-1", "arn:aws-us-gov:iam::000000000000:role/r"),
            ("eusc-de-east-1", "arn:aws-eusc:iam::000000000000:role/r"),
            ("us-isob-east-1", "arn:aws-iso-b:iam::000000000000:role/r"),
        ] {
            assert_eq!(role_arn(region, "/", "r"), role);
            assert_eq!(after_partition(role), Some("iam::000000000000:role/r"));
        }
        assert_eq!(function_arn("cn-north-1", "f"), "arn:aws-cn:lambda:cn-north-1:000000000000:function:f");
        assert_eq!(gateway_arn("us-gov-west-1", "/restapis"), "arn:aws-us-gov:apigateway:us-gov-west-1::/restapis");
        for other in ["", "arn:aws", "arn:awsome:iam::1:root", "aws:iam::1:root"] {
            assert_eq!(after_partition(other), None, "{other}");
        }
    }
}

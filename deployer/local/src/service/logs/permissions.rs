//! CloudWatch Logs ("Actions, resources, and condition keys for Amazon CloudWatch Logs").
//!
//! Three forms of ARN: calls for tags are about the group's bare ARN, everything else about the group with `:log-stream:` and perhaps a
//! stream behind it, which `…:*` in a policy covers ("Overview of managing access permissions to your CloudWatch Logs resources").

use super::Demand;
use super::asked::Asked;
use crate::logs::model::group_arn;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("logs:{}", asked.operation);
    let on_stream = |stream: &str| format!("{}:log-stream:{stream}", group(asked));
    Some(match asked.operation {
        "CreateLogGroup" => asked.creation(&own, "logs:TagResource", &on_stream(""), "tags"),
        "DeleteLogGroup"
        | "PutLogGroupDeletionProtection"
        | "PutRetentionPolicy"
        | "DeleteRetentionPolicy"
        | "DescribeLogStreams"
        | "FilterLogEvents" => vec![Demand::new(own, on_stream(""))],
        "CreateLogStream" | "DeleteLogStream" | "PutLogEvents" | "GetLogEvents" => {
            vec![Demand::new(own, on_stream(asked.text("logStreamName")))]
        }
        "TagResource" => vec![asked.with_tags(&own, asked.text("resourceArn"), "tags")],
        "UntagResource" | "ListTagsForResource" => vec![Demand::new(own, asked.text("resourceArn"))],
        // It is about all groups, whatever prefix is asked for.
        "DescribeLogGroups" => vec![Demand::new(own, format!("{}:log-stream:", group_arn(asked.region, "")))],
        _ => return None,
    })
}

/// The bare ARN of the group, which is given by its name or by an identifier: a name or an ARN.
fn group(asked: &Asked<'_>) -> String {
    let name = asked.input["logGroupName"].as_str().unwrap_or_else(|| asked.text("logGroupIdentifier"));
    match name.strip_suffix(":*").unwrap_or(name) {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => group_arn(asked.region, name),
    }
}

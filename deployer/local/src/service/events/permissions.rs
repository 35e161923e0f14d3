//! EventBridge ("Actions, resources, and condition keys for Amazon EventBridge").

use super::Demand;
use super::asked::Asked;
use crate::events::rule_arn;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("events:{}", asked.operation);
    let rule = |member: &str| rule_arn(asked.region, asked.text(member));
    Some(match asked.operation {
        "PutRule" => asked.creation(&own, "events:TagResource", &rule("Name"), "Tags"),
        "DescribeRule" | "DeleteRule" | "EnableRule" | "DisableRule" => vec![Demand::new(own, rule("Name"))],
        "PutTargets" | "RemoveTargets" | "ListTargetsByRule" => vec![Demand::new(own, rule("Rule"))],
        "TagResource" => vec![asked.with_tags(&own, asked.text("ResourceARN"), "Tags")],
        "UntagResource" | "ListTagsForResource" => vec![Demand::new(own, asked.text("ResourceARN"))],
        "ListRules" | "ListRuleNamesByTarget" => vec![Demand::new(own, "*")],
        _ => return None,
    })
}

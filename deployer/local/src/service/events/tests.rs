//! What operations need, row by row.

use crate::service::events::SERVICE;
use crate::service::permission::tests::needs;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const RULE: &str = "arn:aws:events:eu-west-1:000000000000:rule/r";
    let tag = json!([{"Key": "Team", "Value": "red"}]);
    for (operation, input, expected) in [
        (
            "PutRule",
            json!({"Name": "r", "Tags": tag}),
            vec![
                format!("events:PutRule {RULE} aws:requesttag/team=red"),
                format!("events:TagResource {RULE} aws:requesttag/team=red"),
            ],
        ),
        ("PutTargets", json!({"Rule": "r"}), vec![format!("events:PutTargets {RULE}")]),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}

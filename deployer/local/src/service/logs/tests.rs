//! What operations need, row by row.

use crate::service::logs::SERVICE;
use crate::service::permission::tests::needs;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const GROUP: &str = "arn:aws:logs:eu-west-1:000000000000:log-group:g";
    for (operation, input, expected) in [
        (
            "CreateLogGroup",
            json!({"logGroupName": "g", "tags": {"Team": "red"}}),
            vec![
                format!("logs:CreateLogGroup {GROUP}:log-stream: aws:requesttag/team=red"),
                format!("logs:TagResource {GROUP}:log-stream: aws:requesttag/team=red"),
            ],
        ),
        (
            "FilterLogEvents",
            json!({"logGroupIdentifier": format!("{GROUP}:*")}),
            vec![format!("logs:FilterLogEvents {GROUP}:log-stream:")],
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s"}),
            vec![format!("logs:PutLogEvents {GROUP}:log-stream:s")],
        ),
        ("ListTagsForResource", json!({"resourceArn": GROUP}), vec![format!("logs:ListTagsForResource {GROUP}")]),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}

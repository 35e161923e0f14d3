//! What operations need, row by row.

use crate::service::lambda::SERVICE;
use crate::service::permission::tests::needs;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const FN: &str = "arn:aws:lambda:eu-west-1:000000000000:function";
    const ROLE: &str = "arn:aws:iam::000000000000:role";
    for (operation, input, expected) in [
        (
            "CreateFunction",
            json!({"FunctionName": "f", "Role": format!("{ROLE}/r"), "Tags": {"Team": "red"}}),
            vec![
                format!("lambda:CreateFunction {FN}:f aws:requesttag/team=red"),
                format!("iam:PassRole {ROLE}/r iam:passedtoservice=lambda.amazonaws.com"),
                format!("lambda:TagResource {FN}:f aws:requesttag/team=red"),
            ],
        ),
        (
            "UpdateFunctionConfiguration",
            json!({"FunctionName": "f", "Timeout": 3}),
            vec![format!("lambda:UpdateFunctionConfiguration {FN}:f")],
        ),
        ("Invoke", json!({"FunctionName": format!("{FN}:f")}), vec![format!("lambda:InvokeFunction {FN}:f")]),
        (
            "CreateEventSourceMapping",
            json!({"FunctionName": "f", "Tags": {"A": "b"}}),
            vec![
                format!("lambda:CreateEventSourceMapping * aws:requesttag/a=b lambda:functionarn={FN}:f"),
                "lambda:TagResource arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:* aws:requesttag/a=b lambda:functionarn=arn:aws:lambda:eu-west-1:000000000000:function:f".to_owned(),
            ],
        ),
        (
            "DeleteEventSourceMapping",
            json!({"UUID": "u"}),
            vec!["lambda:DeleteEventSourceMapping arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:u".to_owned()],
        ),
        ("ListTags", json!({"Resource": format!("{FN}:f")}), vec![format!("lambda:ListTags {FN}:f")]),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}

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
        ("ListTags", json!({"Resource": format!("{FN}:f")}), vec![format!("lambda:ListTags {FN}:f")]),
    ] {
        assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
    }
}

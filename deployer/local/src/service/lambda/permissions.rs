//! What Lambda's operations need ("Actions, resources, and condition keys for AWS Lambda").

use super::name;
use crate::arn::function_arn;
use crate::service::permission::{RequestView, RequiredPermission};

/// The service that functions' roles are handed to.
const SERVICE: &str = "lambda.amazonaws.com";

fn function(view: &RequestView<'_>) -> String {
    let given = view.text("FunctionName");
    // What is no name is refused by the operation itself.
    let name = name::resolve(view.region, given).unwrap_or_else(|_| given.to_owned());
    function_arn(view.region, &name)
}

pub(super) fn create_function(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let mut needs = view.creation(&view.action(), "lambda:TagResource", &function(view), "Tags");
    needs.insert(1, view.pass_role(view.text("Role"), SERVICE));
    needs
}

pub(super) fn update_configuration(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let role = view.input["Role"].as_str().map(|role| view.pass_role(role, SERVICE));
    std::iter::once(view.own(function(view))).chain(role).collect()
}

pub(super) fn on_function(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(function(view))]
}

pub(super) fn invoke(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new("lambda:InvokeFunction", function(view))]
}

pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("Resource"), "Tags")]
}

pub(super) fn on_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("Resource"))]
}

/// Needs `lambda:ListTags`, which it takes since 2024 to see the tags in the answer of `GetFunction` ("GetFunction").
pub(super) fn list_tags(view: &RequestView<'_>) -> RequiredPermission {
    RequiredPermission::new("lambda:ListTags", function(view))
}

#[cfg(test)]
mod tests {
    use crate::service::lambda::SERVICE;
    use crate::service::permission::testing::needs;
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
}

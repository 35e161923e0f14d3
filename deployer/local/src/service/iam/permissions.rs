//! What IAM's operations need ("Actions, resources, and condition keys for AWS Identity and Access Management").

use crate::arn::role_arn;
use crate::service::permission::{RequestView, RequiredPermission};

fn role(view: &RequestView<'_>) -> String {
    view.role(view.text("RoleName"))
}

pub(super) fn create_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let role = role_arn(view.input["Path"].as_str().unwrap_or("/"), view.text("RoleName"));
    view.creation(&view.action(), "iam:TagRole", &role, "Tags")
}

pub(super) fn on_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(role(view))]
}

pub(super) fn tag_role(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), &role(view), "Tags")]
}

pub(super) fn attach(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(role(view)).key("iam:policyarn", view.text("PolicyArn"))]
}

#[cfg(test)]
mod tests {
    use crate::service::iam::SERVICE;
    use crate::service::permission::testing::needs;
    use serde_json::json;

    #[test]
    fn operations_need_what_the_reference_says() {
        const ROLE: &str = "arn:aws:iam::000000000000:role";
        let tag = json!([{"Key": "Team", "Value": "red"}]);
        for (operation, input, expected) in [
            ("GetRole", json!({"RoleName": "there"}), vec![format!("iam:GetRole {ROLE}/deployer/there")]),
            ("GetRole", json!({"RoleName": "new"}), vec![format!("iam:GetRole {ROLE}/new")]),
            (
                "CreateRole",
                json!({"RoleName": "new", "Path": "/deployer/", "Tags": tag}),
                vec![
                    format!("iam:CreateRole {ROLE}/deployer/new aws:requesttag/team=red"),
                    format!("iam:TagRole {ROLE}/deployer/new aws:requesttag/team=red"),
                ],
            ),
            ("CreateRole", json!({"RoleName": "new", "Tags": ""}), vec![format!("iam:CreateRole {ROLE}/new")]),
            ("ListRoles", json!({"PathPrefix": "/x/"}), vec!["iam:ListRoles *".to_owned()]),
        ] {
            assert_eq!(needs(&SERVICE, operation, input.clone()), expected, "{operation} {input}");
        }
    }
}

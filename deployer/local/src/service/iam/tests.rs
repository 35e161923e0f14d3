//! What operations need, row by row.

use crate::service::iam::SERVICE;
use crate::service::permission::tests::needs;
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

//! Roles and their policies.

use crate::wire::{TRUST, Wire, error};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;

#[tokio::test]
async fn a_role_keeps_what_it_was_given() {
    let wire = Wire::start().await;
    let created = wire
        .iam(&[
            ("Action", "CreateRole"),
            ("RoleName", "orders"),
            ("Path", "/deployer/shop/"),
            ("AssumeRolePolicyDocument", TRUST),
            ("Description", "a & b"),
            ("MaxSessionDuration", "7200"),
            ("Tags.member.1.Key", "deployer:stack"),
            ("Tags.member.1.Value", "shop"),
        ])
        .await;
    assert_eq!(created.element("Arn"), Some("arn:aws:iam::000000000000:role/deployer/shop/orders"));
    let role = wire.iam(&[("Action", "GetRole"), ("RoleName", "orders")]).await;
    assert_eq!(role.element("Description"), Some("a &amp; b"));
    assert_eq!(role.element("MaxSessionDuration"), Some("7200"));
    assert_eq!(role.element("Value"), Some("shop"));
    assert!(role.element("RoleId").unwrap().starts_with("AROA"));
    assert!(role.element("AssumeRolePolicyDocument").unwrap().starts_with("%7B%22Version%22"));
    let listed = wire.iam(&[("Action", "ListRoles"), ("PathPrefix", "/deployer/shop/")]).await;
    assert_eq!((listed.element("RoleName"), listed.element("Tags")), (Some("orders"), None));
    let elsewhere = wire.iam(&[("Action", "ListRoles"), ("PathPrefix", "/deployer/other/")]).await;
    assert_eq!(elsewhere.element("RoleName"), None);
}

#[tokio::test]
async fn refusals_have_the_codes_of_iam() {
    let wire = Wire::start().await;
    wire.role("taken").await;
    let create = |name: &'static str, trust: &'static str, more: &'static [(&str, &str)]| {
        [&[("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", trust)], more].concat()
    };
    for (parameters, expected) in [
        (create("TAKEN", TRUST, &[]), error(409, "EntityAlreadyExists")),
        (create("a b", TRUST, &[]), error(400, "ValidationError")),
        (create("a", "{", &[]), error(400, "MalformedPolicyDocument")),
        (create("a", POLICY, &[]), error(400, "MalformedPolicyDocument")),
        (create("a", TRUST, &[("Path", "deployer")]), error(400, "ValidationError")),
        (create("a", TRUST, &[("MaxSessionDuration", "60")]), error(400, "ValidationError")),
        (create("a", TRUST, &[("MaxSessionDuration", "x")]), error(400, "SerializationException")),
        (
            create("a", TRUST, &[("Tags.member.1.Key", "aws:x"), ("Tags.member.1.Value", "")]),
            error(400, "InvalidInput"),
        ),
        (create("a", TRUST, &[("PermissionsBoundary", "arn")]), error(501, "NotImplementedException")),
        (vec![("Action", "GetRole"), ("RoleName", "none")], error(404, "NoSuchEntity")),
        (vec![("Action", "DeleteRole"), ("RoleName", "none")], error(404, "NoSuchEntity")),
    ] {
        assert_eq!(wire.iam(&parameters).await.error(), expected, "{parameters:?}");
    }
    assert_eq!(wire.iam(&create("a", TRUST, &[("Tags", "")])).await.status, 200, "an empty list is no tags");
}

#[tokio::test]
async fn a_role_with_policies_is_not_deleted() {
    let wire = Wire::start().await;
    wire.role("r").await;
    let role = ("RoleName", "r");
    let managed = ("PolicyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
    let put = [("Action", "PutRolePolicy"), role, ("PolicyName", "p"), ("PolicyDocument", POLICY)];
    assert_eq!(wire.iam(&put).await.status, 200);
    assert_eq!(wire.iam(&[("Action", "AttachRolePolicy"), role, managed]).await.status, 200);
    let delete = [("Action", "DeleteRole"), role];
    assert_eq!(wire.iam(&delete).await.error(), error(409, "DeleteConflict"));
    assert_eq!(wire.iam(&[("Action", "DetachRolePolicy"), role, managed]).await.status, 200);
    assert_eq!(wire.iam(&delete).await.error(), error(409, "DeleteConflict"));
    assert_eq!(wire.iam(&[("Action", "DeleteRolePolicy"), role, ("PolicyName", "p")]).await.status, 200);
    assert_eq!(wire.iam(&delete).await.status, 200);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let wire = Wire::start().await;
    for name in ["a", "b", "c"] {
        wire.role(name).await;
    }
    let first = wire.iam(&[("Action", "ListRoles"), ("MaxItems", "2")]).await;
    assert_eq!((first.body.matches("<RoleName>").count(), first.element("IsTruncated")), (2, Some("true")));
    let marker = first.element("Marker").unwrap();
    let second = wire.iam(&[("Action", "ListRoles"), ("MaxItems", "2"), ("Marker", marker)]).await;
    assert_eq!((second.element("RoleName"), second.element("IsTruncated")), (Some("c"), Some("false")));
    let foreign = wire.iam(&[("Action", "ListRoles"), ("Marker", "?")]).await;
    assert_eq!(foreign.error(), error(400, "ValidationError"));
}

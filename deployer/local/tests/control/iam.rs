//! Roles and their policies.

use crate::wire::{REGION, TRUST, Wire, error, request};
use serde_json::json;

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
        (create("a", TRUST, &[("PermissionsBoundary", "arn")]), error(404, "NoSuchEntity")),
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

#[tokio::test]
async fn a_customer_managed_policy_has_versions_and_is_deleted_when_nothing_uses_it() {
    let wire = Wire::start().await;
    wire.role("r").await;
    let create = [("Action", "CreatePolicy"), ("PolicyName", "logs"), ("Path", "/team/"), ("PolicyDocument", POLICY)];
    let created = wire.iam(&create).await;
    let arn = "arn:aws:iam::000000000000:policy/team/logs";
    assert_eq!((created.element("Arn"), created.element("DefaultVersionId")), (Some(arn), Some("v1")));
    assert_eq!(wire.iam(&create).await.error(), error(409, "EntityAlreadyExists"));
    let of = ("PolicyArn", arn);
    let denied = POLICY.replace("Allow", "Deny");
    let version = |default: &'static str| {
        vec![("Action", "CreatePolicyVersion"), of, ("PolicyDocument", denied.as_str()), ("SetAsDefault", default)]
    };
    assert_eq!(wire.iam(&version("false")).await.element("IsDefaultVersion"), Some("false"));
    assert_eq!(wire.iam(&version("true")).await.element("VersionId"), Some("v3"));
    let read = wire.iam(&[("Action", "GetPolicyVersion"), of, ("VersionId", "v3")]).await;
    assert!(read.element("Document").unwrap().contains("Deny"), "{read:?}");
    for _ in 0..2 {
        assert_eq!(wire.iam(&version("false")).await.status, 200);
    }
    assert_eq!(wire.iam(&version("false")).await.error(), error(409, "LimitExceeded"));
    let attach = [("Action", "AttachRolePolicy"), ("RoleName", "r"), of];
    assert_eq!(wire.iam(&attach).await.status, 200);
    assert_eq!(wire.iam(&[("Action", "GetPolicy"), of]).await.element("AttachmentCount"), Some("1"));
    assert_eq!(wire.iam(&[("Action", "ListEntitiesForPolicy"), of]).await.element("RoleName"), Some("r"));
    let delete = [("Action", "DeletePolicy"), of];
    assert_eq!(wire.iam(&delete).await.error(), error(409, "DeleteConflict"), "it is attached");
    assert_eq!(wire.iam(&[("Action", "DetachRolePolicy"), ("RoleName", "r"), of]).await.status, 200);
    assert_eq!(wire.iam(&delete).await.error(), error(409, "DeleteConflict"), "it has versions");
    let delete_version = |id| [("Action", "DeletePolicyVersion"), of, ("VersionId", id)];
    assert_eq!(wire.iam(&delete_version("v3")).await.error(), error(409, "DeleteConflict"), "it is in force");
    for id in ["v1", "v2", "v4", "v5"] {
        assert_eq!(wire.iam(&delete_version(id)).await.status, 200, "{id}");
    }
    assert_eq!(wire.iam(&delete).await.status, 200);
    assert_eq!(wire.iam(&[("Action", "GetPolicy"), of]).await.error(), error(404, "NoSuchEntity"));
    assert_eq!(wire.iam(&attach).await.error(), error(404, "NoSuchEntity"));
}

#[tokio::test]
async fn what_managed_policies_and_a_boundary_allow_is_enforced() {
    let wire = Wire::start().await;
    wire.function("f").await;
    wire.dynamodb(
        "CreateTable",
        serde_json::json!({
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        }),
    )
    .await
    .ok();
    let describe = || async {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=function/{REGION}/f/20260101/{REGION}/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let headers = [("X-Amz-Target", "DynamoDB_20120810.DescribeTable"), ("Authorization", &authorization)];
        wire.send(request("POST", "/", "localhost", &headers, br#"{"TableName":"things"}"#)).await.unwrap()
    };
    let policy = |name: &'static str, statement: serde_json::Value| {
        let wire = &wire;
        async move {
            let document = serde_json::json!({"Version": "2012-10-17", "Statement": statement}).to_string();
            let create = [("Action", "CreatePolicy"), ("PolicyName", name), ("PolicyDocument", document.as_str())];
            wire.iam(&create).await.element("Arn").unwrap().to_owned()
        }
    };
    assert!(describe().await.message().contains("because no identity-based policy allows"));
    let role = ("RoleName", "f-role");
    let logs = policy("logs", serde_json::json!({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})).await;
    assert_eq!(wire.iam(&[("Action", "AttachRolePolicy"), role, ("PolicyArn", &logs)]).await.status, 200);
    assert!(describe().await.message().contains("because no identity-based policy allows"), "it allows other things");
    let tables =
        policy("tables", serde_json::json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"})).await;
    wire.iam(&[("Action", "AttachRolePolicy"), role, ("PolicyArn", &tables)]).await;
    assert_eq!(describe().await.status, 200, "the attached policy allows it");
    let bound = policy("bound", serde_json::json!({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})).await;
    let put = [("Action", "PutRolePermissionsBoundary"), role, ("PermissionsBoundary", bound.as_str())];
    assert_eq!(wire.iam(&put).await.status, 200);
    assert!(describe().await.message().contains("because no permissions boundary allows the dynamodb:DescribeTable"));
    let got = wire.iam(&[("Action", "GetRole"), role]).await;
    assert_eq!(got.element("PermissionsBoundaryArn"), Some(bound.as_str()));
    assert_eq!(
        wire.iam(&[("Action", "DeletePolicy"), ("PolicyArn", &bound)]).await.error(),
        error(409, "DeleteConflict")
    );
    let release = [("Action", "DeleteRolePermissionsBoundary"), role];
    assert_eq!(wire.iam(&release).await.status, 200);
    assert_eq!(wire.iam(&release).await.error(), error(404, "NoSuchEntity"));
    assert_eq!(describe().await.status, 200);
}

/// A region of another partition gives ARNs of that partition, and knows AWS's own policies by it.
#[tokio::test]
async fn arns_have_the_partition_of_the_region() {
    let wire = Wire::start().await;
    let region = "cn-north-1";
    let iam = async |parameters: &[(&str, &str)]| {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        wire.call(("iam", region), "POST", "/", &[], form.as_bytes()).await.unwrap()
    };
    let trust = crate::wire::TRUST;
    let role = "arn:aws-cn:iam::000000000000:role/r";
    let created = iam(&[("Action", "CreateRole"), ("RoleName", "r"), ("AssumeRolePolicyDocument", trust)]).await;
    assert_eq!(created.element("Arn"), Some(role));
    let logs = "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let attached = iam(&[("Action", "AttachRolePolicy"), ("RoleName", "r"), ("PolicyArn", logs)]).await;
    assert_eq!(attached.status, 200, "{attached:?}");

    let body = crate::wire::function("f", role).to_string();
    let made = wire.call(("lambda", region), "POST", "/2015-03-31/functions", &[], body.as_bytes()).await.unwrap();
    assert_eq!(made.json()["FunctionArn"], "arn:aws-cn:lambda:cn-north-1:000000000000:function:f");
    let grant = json!({"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "111111111111"}).to_string();
    let path = "/2015-03-31/functions/f/policy";
    let granted = wire.call(("lambda", region), "POST", path, &[], grant.as_bytes()).await.unwrap();
    assert!(granted.body.contains("arn:aws-cn:iam::111111111111:root"), "{granted:?}");

    let table = json!({
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let arn = "arn:aws-cn:dynamodb:cn-north-1:000000000000:table/orders";
    let created = wire.json_in(region, "dynamodb", "CreateTable", table).await.ok();
    assert_eq!(created["TableDescription"]["TableArn"], arn);
    let by_arn = wire.json_in(region, "dynamodb", "Scan", json!({"TableName": arn})).await;
    assert_eq!(by_arn.ok()["Count"], 0);
}

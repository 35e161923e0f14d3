//! Callers that may not do everything.

use crate::wire::{Wire, error, request};
use serde_json::{Value, json};

fn policy(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

#[tokio::test]
async fn a_caller_is_restricted_and_released() {
    let wire = Wire::start().await;
    wire.role("r").await;
    wire.own("PUT", "/_deployer/callers/test", policy("iam:GetRole", "arn:aws:iam::000000000000:role/r")).await;
    let callers = wire.own("GET", "/_deployer/callers", Value::Null).await;
    assert_eq!(callers["test"]["Statement"][0]["Action"], "iam:GetRole");

    assert_eq!(wire.iam(&[("Action", "GetRole"), ("RoleName", "r")]).await.status, 200);
    let other = wire.iam(&[("Action", "GetRole"), ("RoleName", "other")]).await;
    assert_eq!((other.status, other.element("Code")), (403, Some("AccessDenied")), "not even whether it is there");
    let delete = wire.iam(&[("Action", "DeleteRole"), ("RoleName", "r")]).await;
    assert_eq!(
        delete.element("Message"),
        Some(
            "User: arn:aws:iam::000000000000:user/test is not authorized to perform: iam:DeleteRole on resource: arn:aws:iam::000000000000:role/r because no identity-based policy allows the iam:DeleteRole action"
        )
    );
    let function = wire.lambda("GET", "/2015-03-31/functions/f", Value::Null).await;
    assert_eq!(function.error(), error(403, "AccessDeniedException"));
    let table = wire.dynamodb("DescribeTable", json!({"TableName": "t"})).await;
    assert_eq!(table.error(), error(400, "AccessDeniedException"));
    // Who one is may be asked by everybody, and the answer is of the caller.
    let identity = wire.query("sts", &[("Action", "GetCallerIdentity")]).await;
    assert_eq!(identity.element("Arn"), Some("arn:aws:iam::000000000000:user/test"));

    let calls = wire.own("GET", "/_deployer/calls", Value::Null).await;
    let judged: Vec<_> = calls.as_array().unwrap().iter().map(|call| call["authorization"].clone()).collect();
    assert_eq!(judged[0], Value::Null, "before it was restricted nothing was asked");
    let role = "arn:aws:iam::000000000000:role/r";
    assert_eq!(
        judged[1],
        json!([{"action": "iam:GetRole", "resource": role, "allowed": true, "statement": "statement 1"}])
    );
    assert_eq!(judged[3], json!([{"action": "iam:DeleteRole", "resource": role, "allowed": false}]));

    wire.own("DELETE", "/_deployer/callers/test", Value::Null).await;
    assert_eq!(wire.iam(&[("Action", "DeleteRole"), ("RoleName", "r")]).await.status, 200);
}

#[tokio::test]
async fn what_is_no_policy_restricts_nobody() {
    let wire = Wire::start().await;
    let local = [("x-deployer-local", "1")];
    let good = policy("*", "*").to_string();
    for (method, path, body, said) in [
        ("PUT", "test", "", "Json"),
        ("PUT", "test", "[]", "Json"),
        ("PUT", "test", r#"{"Statement": []}"#, "Statement"),
        ("PUT", "test", &policy("*", "table").to_string(), "ARN"),
        ("PUT", "", &good, "access key id"),
        ("PUT", "function/eu-west-1/f", &good, "access key id"),
        ("DELETE", "test", "", "not restricted"),
        ("POST", "test", &good, "PUT a policy"),
    ] {
        let path = format!("/_deployer/callers/{path}");
        let reply = wire.send(request(method, &path, "localhost", &local, body.as_bytes())).await.unwrap();
        assert_eq!(reply.status, 400, "{method} {path} {body}");
        assert!(reply.body.contains(said), "{method} {path} {body}: {reply:?}");
    }
    let open = wire.send(request("PUT", "/_deployer/callers/test", "localhost", &[], good.as_bytes())).await.unwrap();
    assert_eq!(open.status, 403, "a page in a browser restricts nobody");
    assert_eq!(wire.own("GET", "/_deployer/callers", Value::Null).await, json!({}));
}

//! The front door: who gets in, and who is told what is not there.

use crate::wire::{Wire, error, request};
use deployer_local::{Faults, Options, StartError, start};
use serde_json::{Value, json};

#[tokio::test]
async fn other_hosts_are_refused() {
    let wire = Wire::start().await;
    for (host, status) in [("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost", 200), ("[::1]:1", 200)]
    {
        let health = request("GET", "/_deployer/health", host, &[("x-deployer-local", "1")], b"");
        assert_eq!(wire.send(health).await.unwrap().status, status, "{host}");
    }
    let without_header = request("GET", "/_deployer/health", "localhost", &[], b"");
    assert_eq!(wire.send(without_header).await.unwrap().status, 403);
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let dir = tempfile::tempdir().unwrap();
    let listen = "0.0.0.0:0".parse().unwrap();
    let options = Options { dir: dir.path().to_owned(), listen, faults: Faults::default() };
    assert!(matches!(start(options).await, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn what_is_not_modelled_says_so() {
    let wire = Wire::start().await;
    let unsigned = wire.send(request("GET", "/", "localhost", &[], b"")).await.unwrap();
    assert_eq!(unsigned.error(), error(403, "MissingAuthenticationTokenException"));
    for (reply, named) in [
        (wire.rest("s3", "GET", "/", Value::Null).await, "service s3"),
        (wire.lambda("GET", "/2018-10-31/layers", Value::Null).await, "/2018-10-31/layers"),
        (wire.lambda("GET", "/2015-03-31/functions?FunctionVersion=ALL", Value::Null).await, "FunctionVersion"),
        (wire.gateway("POST", "/restapis", json!({"name": "x", "cloneFrom": "y"})).await, "cloneFrom"),
        (wire.dynamodb("ExportTableToPointInTime", json!({})).await, "ExportTableToPointInTime"),
        (wire.query("sts", &[("Action", "GetSessionToken")]).await, "GetSessionToken"),
        (wire.iam(&[("Action", "GetRole"), ("RoleName", "r"), ("Boundary", "b")]).await, "Boundary"),
    ] {
        assert_eq!(reply.error(), error(501, "NotImplementedException"), "{named}");
        assert!(reply.message().contains(named), "{reply:?}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let wire = Wire::start().await;
    let identity = wire.query("sts", &[("Action", "GetCallerIdentity")]).await;
    assert_eq!(identity.element("Account"), Some("000000000000"));
    assert_eq!(identity.element("RequestId"), identity.headers.get("x-amzn-requestid").map(String::as_str));
    let missing = wire.lambda("GET", "/2015-03-31/functions/none", Value::Null).await;
    assert_eq!(missing.error(), error(404, "ResourceNotFoundException"));
    assert_eq!(missing.headers["x-amzn-requestid"].len(), 36);
}

#[tokio::test]
async fn malformed_input_is_an_error_and_nothing_worse() {
    let wire = Wire::start().await;
    let deep = "[".repeat(100_000);
    let target = [("X-Amz-Target", "Service.GetResources")];
    for body in ["{", "[]", "\"x\"", "\u{0}", deep.as_str()] {
        let reply = wire.call(("tagging", "eu-west-1"), "POST", "/", &target, body.as_bytes()).await.unwrap();
        assert_eq!(reply.error(), error(400, "SerializationException"), "{}", &body[..1]);
    }
    let wrong_type = wire.gateway("POST", "/restapis", json!({"name": 5})).await;
    assert_eq!(wrong_type.error(), error(400, "SerializationException"));
    let not_utf8 = wire.gateway("GET", "/restapis/%ff", Value::Null).await;
    assert_eq!(not_utf8.error(), error(400, "BadRequestException"));
    assert!(wire.send(b"nonsense\r\n\r\n".to_vec()).await.is_some_and(|reply| reply.status == 400));
}

#[tokio::test]
async fn the_call_log_tells_reads_from_writes() {
    let wire = Wire::start().await;
    wire.role("r").await;
    wire.iam(&[("Action", "GetRole"), ("RoleName", "none")]).await;
    let calls = wire.own("GET", "/_deployer/calls", Value::Null).await;
    let seen: Vec<_> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| format!("{} {} {} {}", call["service"], call["operation"], call["write"], call["error"]))
        .collect();
    assert_eq!(seen, [r#""iam" "CreateRole" true null"#, r#""iam" "GetRole" false "NoSuchEntity""#]);
    wire.own("DELETE", "/_deployer/calls", Value::Null).await;
    assert_eq!(wire.own("GET", "/_deployer/calls", Value::Null).await, json!([]));
}

#[tokio::test]
async fn a_client_can_ask_it_to_stop() {
    let wire = Wire::start().await;
    wire.own("POST", "/_deployer/shutdown", Value::Null).await;
    wire.cloud.stop_requested().await;
    wire.cloud.shutdown().await;
}

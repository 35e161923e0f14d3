//! The bad days, one by one.

use crate::wire::{TRUST, Wire, error, function, request, zip};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::Faults;
use deployer_local::faults::{CallPattern, FaultEffect, PlannedFault};
use serde_json::{Value, json};

fn planned(operation: &str, nth: u64, effect: FaultEffect) -> Faults {
    let planned =
        PlannedFault { operation: CallPattern(operation.to_owned()), writes_only: false, nth, times: 1, effect };
    Faults { planned: vec![planned], ..Faults::default() }
}

const API: &[u8] = br#"{"name":"x"}"#;

async fn apis(wire: &Wire) -> usize {
    wire.gateway("GET", "/restapis", Value::Null).await.ok()["item"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_lost_answer_leaves_the_change() {
    let wire = Wire::with(planned("apigateway:CreateRestApi", 2, FaultEffect::CutAfter)).await;
    let create = async || wire.call(("apigateway", "eu-west-1"), "POST", "/restapis", &[], API).await;
    assert_eq!(create().await.map(|reply| reply.status), Some(201));
    assert!(create().await.is_none(), "the second answer is lost");
    assert_eq!(apis(&wire).await, 2);
    let calls = wire.own("GET", "/_deployer/calls", Value::Null).await;
    assert_eq!(calls[1]["error"], "Cut");
}

#[tokio::test]
async fn a_connection_cut_before_leaves_nothing() {
    let wire = Wire::with(planned("apigateway:CreateRestApi", 1, FaultEffect::CutBefore)).await;
    let reply = wire.call(("apigateway", "eu-west-1"), "POST", "/restapis", &[], API).await;
    assert!(reply.is_none());
    assert_eq!(apis(&wire).await, 0);
}

#[tokio::test]
async fn published_rates_throttle_and_say_when_to_come_back() {
    let wire = Wire::with(Faults { published_rates: Some(1.0), ..Faults::default() }).await;
    let input = || json!({"name": "x"});
    wire.gateway("POST", "/restapis", input()).await.ok();
    let refused = wire.gateway("POST", "/restapis", input()).await;
    assert_eq!(refused.error(), error(429, "TooManyRequestsException"));
    assert_eq!(refused.headers["retry-after"], "3");
    assert_eq!(apis(&wire).await, 1);
}

#[tokio::test]
async fn faults_can_be_changed_while_it_runs() {
    let wire = Wire::start().await;
    let refuse = json!({"refuse": {"status": 409, "code": "ConflictException", "message": "m"}});
    let faults = json!({"planned": [{"operation": "apigateway:*", "nth": 1, "effect": refuse}]});
    wire.own("PUT", "/_deployer/faults", faults).await;
    let refused = wire.gateway("GET", "/restapis", Value::Null).await;
    assert_eq!((refused.error(), refused.message()), (error(409, "ConflictException"), "m".to_owned()));
    assert_eq!(apis(&wire).await, 0);
    wire.own("PUT", "/_deployer/faults", json!({})).await;
    assert_eq!(wire.own("GET", "/_deployer/faults", Value::Null).await["planned"], json!([]));
}

#[tokio::test]
async fn a_new_role_and_a_new_function_take_their_time() {
    let faults = Faults {
        role_propagation_ms: 10_000,
        function_pending_ms: 5_000,
        function_updating_ms: 5_000,
        ..Faults::default()
    };
    let wire = Wire::with(faults).await;
    let role = wire.role("r").await;
    let functions = "/2015-03-31/functions";
    let early = wire.lambda("POST", functions, function("f", &role)).await;
    assert_eq!(early.error(), error(400, "InvalidParameterValueException"));
    assert_eq!(early.message(), "The role defined for the function cannot be assumed by Lambda.");
    wire.advance(10);
    let created = wire.lambda("POST", functions, function("f", &role)).await.ok();
    assert_eq!((&created["State"], &created["StateReasonCode"]), (&json!("Pending"), &json!("Creating")));
    let configuration = format!("{functions}/f/configuration");
    let conflict = error(409, "ResourceConflictException");
    assert_eq!(wire.lambda("PUT", &configuration, json!({"Timeout": 5})).await.error(), conflict);
    assert_eq!(wire.lambda("POST", &format!("{functions}/f/invocations"), json!({})).await.error(), conflict);
    assert_eq!(wire.lambda("DELETE", &format!("{functions}/f"), Value::Null).await.error(), conflict);
    let grant = json!({"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"});
    wire.lambda("POST", &format!("{functions}/f/policy"), grant).await.ok();
    wire.advance(5);
    let updated = wire.lambda("PUT", &configuration, json!({"Timeout": 5})).await.ok();
    assert_eq!((&updated["State"], &updated["LastUpdateStatus"]), (&json!("Active"), &json!("InProgress")));
    let code = json!({"ZipFile": STANDARD.encode(zip("#!/bin/sh\n"))});
    let busy = wire.lambda("PUT", &format!("{functions}/f/code"), code.clone()).await;
    assert_eq!(busy.error(), conflict);
    assert!(
        busy.message()
            .ends_with("An update is in progress for resource: arn:aws:lambda:eu-west-1:000000000000:function:f")
    );
    wire.advance(5);
    wire.lambda("PUT", &format!("{functions}/f/code"), code).await.ok();
}

#[tokio::test]
async fn tables_pass_through_their_stages() {
    let faults = Faults {
        table_creating_ms: 5_000,
        table_updating_ms: 5_000,
        table_deleting_ms: 5_000,
        recovery_unavailable_ms: 5_000,
        ttl_cooldown_ms: 60_000,
        ..Faults::default()
    };
    let wire = Wire::with(faults).await;
    let create = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let named = json!({"TableName": "orders"});
    let status = async || wire.dynamodb("DescribeTable", named.clone()).await.ok()["Table"]["TableStatus"].clone();
    let in_use = error(400, "ResourceInUseException");
    let put = json!({"TableName": "orders", "Item": {"id": {"S": "1"}}});
    wire.dynamodb("CreateTable", create.clone()).await.ok();
    assert_eq!(status().await, "CREATING");
    assert_eq!(wire.dynamodb("DeleteTable", named.clone()).await.error(), in_use);
    assert_eq!(wire.dynamodb("PutItem", put.clone()).await.error(), error(400, "ResourceNotFoundException"));
    wire.advance(5);
    wire.dynamodb("PutItem", put.clone()).await.ok();
    let recovery =
        json!({"TableName": "orders", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    let early = wire.dynamodb("UpdateContinuousBackups", recovery.clone()).await;
    assert_eq!(early.error(), error(400, "ContinuousBackupsUnavailableException"));
    wire.advance(5);
    wire.dynamodb("UpdateContinuousBackups", recovery).await.ok();
    let ttl = |enabled: bool| json!({"TableName": "orders", "TimeToLiveSpecification": {"AttributeName": "e", "Enabled": enabled}});
    wire.dynamodb("UpdateTimeToLive", ttl(true)).await.ok();
    assert_eq!(wire.dynamodb("UpdateTimeToLive", ttl(false)).await.error(), error(400, "ValidationException"));
    let class = json!({"TableName": "orders", "TableClass": "STANDARD_INFREQUENT_ACCESS"});
    wire.dynamodb("UpdateTable", class.clone()).await.ok();
    assert_eq!(status().await, "UPDATING");
    assert_eq!(wire.dynamodb("UpdateTable", class).await.error(), in_use);
    wire.dynamodb("DeleteTable", named.clone()).await.ok();
    assert_eq!(status().await, "DELETING");
    assert_eq!(wire.dynamodb("DeleteTable", named.clone()).await.error(), in_use);
    assert_eq!(wire.dynamodb("CreateTable", create.clone()).await.error(), in_use);
    wire.advance(5);
    let gone = wire.dynamodb("DescribeTable", named.clone()).await;
    assert_eq!(gone.error(), error(400, "ResourceNotFoundException"));
    wire.dynamodb("CreateTable", create).await.ok();
}

#[tokio::test]
async fn concurrent_permissions_are_lost() {
    let wire = Wire::start().await;
    wire.function("f").await;
    wire.own("PUT", "/_deployer/faults", json!({"add_permission_ms": 60_000})).await;
    let grant =
        |sid: &str| json!({"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"});
    let policy = "/2015-03-31/functions/f/policy";
    let others = wire.cloud.clock().sleepers();
    let both_have_read = async {
        for _ in 0..2_000 {
            if wire.cloud.clock().sleepers() >= others + 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        wire.advance(60);
    };
    let (one, two, ()) = tokio::join!(
        wire.lambda("POST", policy, grant("one")),
        wire.lambda("POST", policy, grant("two")),
        both_have_read
    );
    assert_eq!((one.status, two.status), (201, 201));
    let found = wire.lambda("GET", policy, Value::Null).await.ok();
    assert_eq!(found["Policy"].as_str().unwrap().matches("Sid").count(), 1);
}

#[tokio::test]
async fn the_tagging_api_remembers_the_dead() {
    let wire = Wire::with(Faults { stale_tags_ms: 60_000, ..Faults::default() }).await;
    let api = wire.gateway("POST", "/restapis", json!({"name": "x", "tags": {"a": "b"}})).await.ok();
    let path = format!("/restapis/{}", api["id"].as_str().unwrap());
    assert_eq!(wire.gateway("DELETE", &path, Value::Null).await.status, 202);
    let shown = async || {
        let found = wire.json("tagging", "GetResources", json!({})).await.ok();
        found["ResourceTagMappingList"].as_array().unwrap().len()
    };
    assert_eq!(shown().await, 1);
    wire.advance(60);
    assert_eq!(shown().await, 0);
}

#[tokio::test]
async fn servers_fail_as_their_service_fails() {
    let wire = Wire::with(Faults { server_error_chance: 1.0, ..Faults::default() }).await;
    let parameters = [("Action", "CreateRole"), ("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)];
    let reply = wire.iam(&parameters).await;
    assert!([500, 503].contains(&reply.status), "{reply:?}");
    wire.own("PUT", "/_deployer/faults", json!({})).await;
    assert_eq!(wire.iam(&[("Action", "GetRole"), ("RoleName", "r")]).await.error(), error(404, "NoSuchEntity"));
}

#[tokio::test]
async fn a_new_stage_flaps() {
    let wire = Wire::with(Faults { stage_flapping_ms: 60_000, ..Faults::default() }).await;
    let api = wire.gateway("POST", "/restapis", json!({"name": "x"})).await.ok();
    let id = api["id"].as_str().unwrap();
    let mock = json!({
        "type": "mock",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200"}},
    });
    let get = json!({"responses": {"200": {}}, "x-amazon-apigateway-integration": mock});
    let document = json!({
        "openapi": "3.0.1",
        "info": {"title": "x"},
        "paths": {"/ping": {"get": get}},
    });
    wire.gateway("PUT", &format!("/restapis/{id}?mode=overwrite"), document).await.ok();
    let deploy = json!({"stageName": "prod"});
    wire.gateway("POST", &format!("/restapis/{id}/deployments"), deploy).await.ok();
    let path = format!("/_aws/execute-api/{id}/prod/ping");
    let ping = async || wire.send(request("GET", &path, "localhost", &[], b"")).await.unwrap().status;
    assert_eq!([ping().await, ping().await, ping().await], [200, 403, 200]);
    wire.advance(60);
    assert_eq!([ping().await, ping().await], [200, 200]);
    let by_name = request("GET", "/prod/ping", &format!("{id}.execute-api.localhost"), &[], b"");
    assert_eq!(wire.send(by_name).await.unwrap().status, 200);
}

#[tokio::test]
async fn no_duration_is_too_long() {
    let wire = Wire::start().await;
    let ms = ["role_propagation", "function_pending", "table_creating", "recovery_unavailable", "stale_tags"];
    let faults: serde_json::Map<_, _> = ms.iter().map(|name| (format!("{name}_ms"), json!(u64::MAX))).collect();
    wire.own("PUT", "/_deployer/faults", faults.into()).await;
    let role = wire.role("r").await;
    let early = wire.lambda("POST", "/2015-03-31/functions", function("f", &role)).await;
    assert_eq!(early.error(), error(400, "InvalidParameterValueException"));
    let create = json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    wire.dynamodb("CreateTable", create).await.ok();
    let delete = wire.dynamodb("DeleteTable", json!({"TableName": "orders"})).await;
    assert_eq!(delete.error(), error(400, "ResourceInUseException"));
}

#[tokio::test]
async fn faults_name_every_service_that_is_served() {
    let mut faults = Faults::default();
    for spec in ["throttle:secretsmanager:GetSecretValue", "only=ssm:*", "server-error=100%"] {
        faults.apply(spec).unwrap();
    }
    let wire = Wire::with(faults).await;
    let secret = json!({"SecretId": "s"});
    let throttled = wire.json("secretsmanager", "GetSecretValue", secret.clone()).await;
    assert_eq!(throttled.error(), error(400, "ThrottlingException"));
    let missing = wire.json("secretsmanager", "GetSecretValue", secret).await;
    assert_eq!(missing.error(), error(400, "ResourceNotFoundException"));
    let broken = wire.json("ssm", "GetParameter", json!({"Name": "p"})).await;
    assert!(broken.status >= 500, "{broken:?}");
}

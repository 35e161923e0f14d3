//! What a description does not manage stays as it is, whatever a run changes beside it.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use deployer::aws::AwsClients;
use serde_json::{Value, json};
use tests::Sandbox;
use tests::sandbox::SHOP;

fn patch(op: Op, path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(op).path(path).value(value).build()
}

async fn api_id(aws: &AwsClients) -> String {
    let apis = aws.apigateway.get_rest_apis().send().await.expect("GetRestApis");
    apis.items().first().and_then(|api| api.id()).expect("there is an API").to_owned()
}

/// An import takes away a resource policy that it does not say, and `/*/*` is more than the limits.
#[test]
fn an_apis_policy_and_its_stages_settings() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let cloud = sandbox.cloud();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}
    }]});
    cloud.sdk(async |aws| {
        let id = api_id(aws).await;
        let update = aws.apigateway.update_rest_api().rest_api_id(&id);
        let update = update.patch_operations(patch(Op::Replace, "/policy", &policy.to_string()));
        update.send().await.expect("UpdateRestApi");
        let update = aws.apigateway.update_stage().rest_api_id(&id).stage_name("dev");
        let update = update.patch_operations(patch(Op::Replace, "/*/*/metrics/enabled", "true"));
        update.send().await.expect("UpdateStage");
    });
    let seen = || {
        cloud.sdk(async |aws| {
            let id = api_id(aws).await;
            let api = aws.apigateway.get_rest_api().rest_api_id(&id).send().await.expect("GetRestApi");
            let policy = api.policy().map(|told| told.replace("\\\"", "\""));
            let stage = aws.apigateway.get_stage().rest_api_id(&id).stage_name("dev").send().await.expect("GetStage");
            let settings = stage.method_settings().and_then(|all| all.get("*/*")).expect("they are there");
            let policy: Value = serde_json::from_str(&policy.expect("it is there")).expect("a policy is JSON");
            (policy, settings.metrics_enabled(), settings.throttling_burst_limit())
        })
    };
    sandbox.is_converged();
    sandbox.edit("\"GET /orders\" = \"api\"", "\"GET /orders\" = \"api\"\n\"GET /orders/{id}\" = \"api\"");
    sandbox.converges(&["update rest_api.api", "update grant.api"]);
    let (there, metrics, _) = seen();
    assert_eq!((there, metrics), (policy.clone(), true));
    // Limits come and go beside them.
    sandbox.edit("[api.routes]", "[api.throttle]\nrate = 10\nburst = 20\n\n[api.routes]");
    sandbox.converges(&["update rest_api.api"]);
    assert_eq!(seen(), (policy.clone(), true, 20));
    sandbox.edit("[api.throttle]\nrate = 10\nburst = 20\n", "");
    sandbox.is_converged();
    assert_eq!(seen(), (policy, true, 20), "what is not described is not managed");
}

/// Between two looks a table may go: that is no failure.
#[test]
fn a_table_that_goes_between_two_reads() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    for (operation, code) in [
        ("dynamodb:DescribeTimeToLive", "ResourceNotFoundException"),
        ("dynamodb:DescribeContinuousBackups", "TableNotFoundException"),
    ] {
        let effect = json!({"refuse": {"status": 400, "code": code, "message": "gone"}});
        sandbox.cloud().faults(json!({"planned": [{"operation": operation, "nth": 1, "times": 1, "effect": effect}]}));
        let plan = sandbox.local(&["plan", "--output", "json"]).ok();
        assert_eq!(plan.steps(), ["create table.orders"], "{plan}");
    }
}

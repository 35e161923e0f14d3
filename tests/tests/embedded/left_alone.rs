//! What a description does not manage stays as it is, whatever a run changes beside it.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use aws_sdk_dynamodb::types::{PointInTimeRecoverySpecification, StreamSpecification, StreamViewType};
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

/// A protection that somebody switched on and nobody described is no difference. What is written is the owner's word.
#[test]
fn protections_that_are_not_described() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.cloud().sdk(async |aws| {
        let table = "shop-dev-orders";
        let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage);
        let update = aws.dynamodb.update_table().table_name(table).deletion_protection_enabled(true);
        update.stream_specification(stream.build().expect("complete")).send().await.expect("UpdateTable");
        let backups = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
        let update = aws.dynamodb.update_continuous_backups().table_name(table);
        let update = update.point_in_time_recovery_specification(backups.expect("complete"));
        update.send().await.expect("UpdateContinuousBackups");
        let retain = aws.logs.put_retention_policy().log_group_name("/aws/lambda/shop-dev-api").retention_in_days(365);
        retain.send().await.expect("PutRetentionPolicy");
    });
    let unmanaged = || {
        let plan = sandbox.plan().json();
        let settings = plan["unmanaged"].as_array().cloned().unwrap_or_default();
        settings.iter().map(|setting| format!("{} {} = {}", setting["id"], setting["key"], setting["value"])).collect()
    };
    let all = [
        r#""table.orders" "protected" = true"#,
        r#""table.orders" "point_in_time_recovery" = true"#,
        r#""table.orders" "stream" = "NEW_IMAGE""#,
        r#""log_group.api" "log_retention_days" = 365"#,
    ];
    let check = |expected: &[&str]| {
        let mut found: Vec<String> = unmanaged();
        let mut expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    };
    sandbox.is_converged();
    check(&all);
    insta::assert_snapshot!("unmanaged_plan", sandbox.local(&["plan"]).ok().transcript());
    insta::assert_snapshot!("unmanaged_status", sandbox.local(&["status"]).ok().transcript());

    // A change beside them leaves them.
    sandbox.edit("[function.api]", "tags = { team = \"a\" }\n\n[function.api]");
    sandbox.converges(&["update table.orders"]);
    check(&all);

    sandbox.edit("tags = {", "protected = false\nstream = false\ntags = {");
    sandbox.edit("[function.api]", "[function.api]\nlog_retention_days = 30");
    sandbox.converges(&["update table.orders", "update log_group.api"]);
    check(&all[1..2]);
}

/// Without a word of its owner an API that asks who calls is not opened to anybody.
#[test]
fn the_guard_of_an_api() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit("[api.routes]", "[api]\nauth = \"iam\"\n\n[api.routes]");
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    sandbox.edit("auth = \"iam\"\n", "");
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("guard_is_refused", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);

    let one = sandbox.local(&["up", "--yes", "--accept", "rest_api.api.routes.GET /orders"]).exits(1);
    assert!(one.stderr.contains("POST /orders for") && !one.stderr.contains("GET /orders for"), "{one}");
    assert_eq!(cloud.writes(), [""; 0]);
    let both = ["--accept", "rest_api.api.routes.GET /orders", "--accept", "rest_api.api.routes.POST /orders"];
    sandbox.local(&[&["up", "--yes"][..], &both].concat()).ok();
    sandbox.is_converged();

    sandbox.edit("[api]\n", "[api]\nauth = \"iam\"\n");
    sandbox.up();
    sandbox.edit("auth = \"iam\"\n", "auth = \"none\"\n");
    sandbox.converges(&["update rest_api.api"]);
}

/// Lambda makes log groups that keep their events for ever: adopting one deletes none of them unasked.
#[test]
fn events_that_are_kept_for_ever() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    let retention = || {
        cloud.sdk(async |aws| {
            let groups = aws.logs.describe_log_groups().send().await.expect("DescribeLogGroups");
            groups.log_groups()[0].retention_in_days()
        })
    };
    cloud.sdk(async |aws| {
        let create = aws.logs.create_log_group().log_group_name("/aws/lambda/shop-dev-api");
        create.send().await.expect("CreateLogGroup");
    });
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes", "--adopt"]).exits(1);
    assert!(up.stderr.contains("`log_retention_days = 0` in `[function.api]`"), "{up}");
    assert!(up.stderr.contains("--accept 'log_group.api.retention_days'"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.edit("[function.api]", "[function.api]\nlog_retention_days = 0");
    sandbox.local(&["up", "--yes", "--adopt"]).ok();
    assert_eq!(retention(), None);
    sandbox.edit("log_retention_days = 0", "log_retention_days = 7");
    sandbox.converges(&["update log_group.api"]);
    assert_eq!(retention(), Some(7));
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

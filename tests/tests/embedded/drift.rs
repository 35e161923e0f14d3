//! What somebody else changed: `status` names the fields, `up` puts them back, and nothing else.

use aws_sdk_apigateway::types::{GatewayResponseType, Op, PatchOperation};
use aws_sdk_dynamodb::types::{BillingMode, ProvisionedThroughput, Tag as TableTag, TimeToLiveSpecification};
use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_lambda::types::Environment;
use deployer::aws::AwsClients;
use serde_json::Value;
use tests::Sandbox;
use tests::sandbox::SHOP;

/// The shop with every setting that the tests meddle with.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit(
        "[function.api]\n",
        "ttl_attribute = \"gone_at\"\npoint_in_time_recovery = true\nprotected = false\n\n[function.api]\nreserved_concurrency = 5\n",
    );
    sandbox.edit("[api.routes]", "[api.throttle]\nrate = 10\nburst = 20\n\n[api.routes]");
    sandbox.up();
    sandbox
}

/// `meddle` must be seen in exactly these fields (`table.orders billing_mode`) or resources (`missing table.orders`), and
/// repaired.
#[track_caller]
fn repairs(sandbox: &Sandbox, seen: &[&str], meddle: impl AsyncFnOnce(&AwsClients)) {
    sandbox.cloud().sdk(meddle);
    let status = sandbox.local(&["status", "--output", "json", "--detailed-exitcode"]).exits(2);
    assert_eq!(differences(&status.json()), seen, "{status}");
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    let up = sandbox.up();
    assert!(!cloud.writes().is_empty(), "{up}");
    sandbox.is_converged();
}

fn differences(status: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for resource in status["resources"].as_array().into_iter().flatten() {
        let text = |member: &str| resource[member].as_str().unwrap_or_default();
        match text("condition") {
            "in_sync" => {}
            "drifted" => {
                let changes = resource["changes"].as_array().into_iter().flatten();
                out.extend(
                    changes.map(|change| format!("{} {}", text("id"), change["path"].as_str().unwrap_or_default())),
                );
            }
            condition => out.push(format!("{condition} {}", text("id"))),
        }
    }
    out
}

const TABLE: &str = "shop-dev-orders";
const FUNCTION: &str = "shop-dev-api";
const GROUP: &str = "/aws/lambda/shop-dev-api";

#[test]
fn of_a_table() {
    let sandbox = shop();
    let arn = "arn:aws:dynamodb:ap-south-1:000000000000:table/shop-dev-orders";
    let fields = ["table.orders billing_mode", "table.orders read_capacity", "table.orders write_capacity"];
    repairs(&sandbox, &fields, async |aws| {
        let throughput = ProvisionedThroughput::builder().read_capacity_units(1).write_capacity_units(1).build();
        let throughput = throughput.expect("both are given");
        let update = aws.dynamodb.update_table().table_name(TABLE).billing_mode(BillingMode::Provisioned);
        update.provisioned_throughput(throughput).send().await.expect("UpdateTable");
    });
    repairs(&sandbox, &["table.orders deletion_protection"], async |aws| {
        aws.dynamodb
            .update_table()
            .table_name(TABLE)
            .deletion_protection_enabled(true)
            .send()
            .await
            .expect("UpdateTable");
    });
    repairs(&sandbox, &["table.orders ttl_attribute"], async |aws| {
        let off =
            TimeToLiveSpecification::builder().enabled(false).attribute_name("gone_at").build().expect("complete");
        let update = aws.dynamodb.update_time_to_live().table_name(TABLE);
        update.time_to_live_specification(off).send().await.expect("UpdateTimeToLive");
    });
    repairs(&sandbox, &["table.orders point_in_time_recovery"], async |aws| {
        let off = aws_sdk_dynamodb::types::PointInTimeRecoverySpecification::builder();
        let off = off.point_in_time_recovery_enabled(false).build().expect("complete");
        let update = aws.dynamodb.update_continuous_backups().table_name(TABLE);
        update.point_in_time_recovery_specification(off).send().await.expect("UpdateContinuousBackups");
    });
    repairs(&sandbox, &["table.orders tags.deployer:id", "table.orders tags.stray"], async |aws| {
        let tag = |key: &str, value: &str| TableTag::builder().key(key).value(value).build().expect("complete");
        let tags = aws.dynamodb.tag_resource().resource_arn(arn);
        tags.tags(tag("stray", "1")).tags(tag("deployer:id", "table.other")).send().await.expect("TagResource");
    });
    repairs(&sandbox, &["missing table.orders"], async |aws| {
        aws.dynamodb.delete_table().table_name(TABLE).send().await.expect("DeleteTable");
    });
}

#[test]
fn of_a_log_group() {
    let sandbox = shop();
    repairs(&sandbox, &["log_group.api retention_days"], async |aws| {
        aws.logs
            .put_retention_policy()
            .log_group_name(GROUP)
            .retention_in_days(1)
            .send()
            .await
            .expect("PutRetentionPolicy");
    });
    repairs(&sandbox, &["log_group.api retention_days"], async |aws| {
        aws.logs.delete_retention_policy().log_group_name(GROUP).send().await.expect("DeleteRetentionPolicy");
    });
    repairs(&sandbox, &["missing log_group.api"], async |aws| {
        aws.logs.delete_log_group().log_group_name(GROUP).send().await.expect("DeleteLogGroup");
    });
}

#[test]
fn of_a_role() {
    let sandbox = shop();
    repairs(&sandbox, &["role.api policies.deployer"], async |aws| {
        let delete = aws.iam.delete_role_policy().role_name(FUNCTION).policy_name("deployer");
        delete.send().await.expect("DeleteRolePolicy");
    });
    repairs(&sandbox, &["role.api policies.backdoor"], async |aws| {
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let put = aws.iam.put_role_policy().role_name(FUNCTION).policy_name("backdoor").policy_document(all);
        put.send().await.expect("PutRolePolicy");
    });
    repairs(&sandbox, &["role.api trust.Statement"], async |aws| {
        let anybody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
        let update = aws.iam.update_assume_role_policy().role_name(FUNCTION).policy_document(anybody);
        update.send().await.expect("UpdateAssumeRolePolicy");
    });
    repairs(&sandbox, &["role.api tags.stray"], async |aws| {
        let tag = RoleTag::builder().key("stray").value("1").build().expect("complete");
        aws.iam.tag_role().role_name(FUNCTION).tags(tag).send().await.expect("TagRole");
    });
}

#[test]
fn of_a_function() {
    let sandbox = shop();
    repairs(&sandbox, &["function.api memory", "function.api timeout"], async |aws| {
        let update = aws.lambda.update_function_configuration().function_name(FUNCTION).memory_size(512).timeout(99);
        update.send().await.expect("UpdateFunctionConfiguration");
    });
    let fields = ["function.api environment.STRAY", "function.api environment.TABLE_NAME"];
    repairs(&sandbox, &fields, async |aws| {
        let other = Environment::builder().variables("STRAY", "1").build();
        let update = aws.lambda.update_function_configuration().function_name(FUNCTION).environment(other);
        update.send().await.expect("UpdateFunctionConfiguration");
    });
    repairs(&sandbox, &["function.api reserved_concurrency"], async |aws| {
        let delete = aws.lambda.delete_function_concurrency().function_name(FUNCTION);
        delete.send().await.expect("DeleteFunctionConcurrency");
    });
    repairs(&sandbox, &["function.api reserved_concurrency"], async |aws| {
        let put = aws.lambda.put_function_concurrency().function_name(FUNCTION).reserved_concurrent_executions(0);
        put.send().await.expect("PutFunctionConcurrency");
    });
    let other = Sandbox::new(SHOP);
    tests::function_code::write(&other.path("code"), "somebody else's");
    other.run(&["build", "--zip", "dist"]).ok();
    let zip = std::fs::read(other.path("dist/api.zip")).expect("the zip was written");
    repairs(&sandbox, &["function.api code_sha256"], async |aws| {
        let update = aws.lambda.update_function_code().function_name(FUNCTION);
        update.zip_file(aws_sdk_lambda::primitives::Blob::new(zip)).send().await.expect("UpdateFunctionCode");
    });
    repairs(&sandbox, &["missing function.api", "missing grant.api"], async |aws| {
        aws.lambda.delete_function().function_name(FUNCTION).send().await.expect("DeleteFunction");
    });
}

async fn api_id(aws: &AwsClients) -> String {
    let apis = aws.apigateway.get_rest_apis().send().await.expect("GetRestApis");
    let api = apis.items().iter().find(|api| api.name() == Some(FUNCTION));
    api.and_then(|api| api.id()).expect("the shop has an API").to_owned()
}

fn replace(path: &str, value: &str) -> PatchOperation {
    PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
}

#[test]
fn of_an_api() {
    let sandbox = shop();
    repairs(&sandbox, &["rest_api.api routes.GET /orders"], async |aws| {
        let api = api_id(aws).await;
        let resources = aws.apigateway.get_resources().rest_api_id(&api).send().await.expect("GetResources");
        let orders = resources.items().iter().find(|resource| resource.path() == Some("/orders"));
        let orders = orders.and_then(|resource| resource.id()).expect("the path is there");
        let delete = aws.apigateway.delete_method().rest_api_id(&api).resource_id(orders).http_method("GET");
        delete.send().await.expect("DeleteMethod");
    });
    repairs(&sandbox, &["rest_api.api throttle.rate"], async |aws| {
        let update = aws.apigateway.update_stage().rest_api_id(api_id(aws).await).stage_name("dev");
        update.patch_operations(replace("/*/*/throttling/rateLimit", "1")).send().await.expect("UpdateStage");
    });
    repairs(&sandbox, &["rest_api.api gateway_responses.THROTTLED"], async |aws| {
        let delete = aws.apigateway.delete_gateway_response().rest_api_id(api_id(aws).await);
        delete.response_type(GatewayResponseType::Throttled).send().await.expect("DeleteGatewayResponse");
    });
    repairs(&sandbox, &["rest_api.api description"], async |aws| {
        let update = aws.apigateway.update_rest_api().rest_api_id(api_id(aws).await);
        update.patch_operations(replace("/description", "mine")).send().await.expect("UpdateRestApi");
    });
    repairs(&sandbox, &["rest_api.api deployed"], async |aws| {
        let api = api_id(aws).await;
        let create = aws.apigateway.create_deployment().rest_api_id(&api).stage_name("dev").description("by hand");
        create.send().await.expect("CreateDeployment");
    });
    repairs(&sandbox, &["rest_api.api deployed", "rest_api.api throttle"], async |aws| {
        let delete = aws.apigateway.delete_stage().rest_api_id(api_id(aws).await).stage_name("dev");
        delete.send().await.expect("DeleteStage");
    });
}

#[test]
fn of_a_grant() {
    let sandbox = shop();
    let sid = sandbox.cloud().sdk(async |aws| {
        let policy = aws.lambda.get_policy().function_name(FUNCTION).send().await.expect("GetPolicy");
        let policy: Value = serde_json::from_str(policy.policy().unwrap_or_default()).expect("a policy is JSON");
        policy["Statement"][0]["Sid"].as_str().expect("a statement has an id").to_owned()
    });
    repairs(&sandbox, &["missing grant.api"], async |aws| {
        let remove = aws.lambda.remove_permission().function_name(FUNCTION).statement_id(&sid);
        remove.send().await.expect("RemovePermission");
    });
    // Somebody else's statement is theirs.
    let cloud = sandbox.cloud();
    cloud.sdk(async |aws| {
        let add = aws.lambda.add_permission().function_name(FUNCTION).statement_id("theirs");
        add.action("lambda:InvokeFunction").principal("s3.amazonaws.com").send().await.expect("AddPermission");
    });
    sandbox.is_converged();
    sandbox.up();
    let policy =
        cloud.sdk(async |aws| aws.lambda.get_policy().function_name(FUNCTION).send().await.expect("GetPolicy"));
    assert!(policy.policy().is_some_and(|policy| policy.contains("theirs")), "{policy:?}");
}

/// For people: which fields, live and described.
#[test]
fn shown_by_status() {
    let sandbox = shop();
    sandbox.cloud().sdk(async |aws| {
        let update = aws.lambda.update_function_configuration().function_name(FUNCTION).memory_size(512);
        let other =
            Environment::builder().variables("TABLE_NAME", "other").variables("API_TOKEN", "very secret").build();
        update.environment(other).send().await.expect("UpdateFunctionConfiguration");
        aws.logs.delete_log_group().log_group_name(GROUP).send().await.expect("DeleteLogGroup");
    });
    let status = sandbox.local(&["status"]).ok();
    assert!(!status.to_string().contains("very secret"), "{status}");
    insta::assert_snapshot!("status_drifted", status.transcript());
    sandbox.local(&["status", "--detailed-exitcode"]).exits(2);
    sandbox.local(&["plan", "--detailed-exitcode"]).exits(2);
}

/// Tags that others manage are left alone when the description says so.
#[test]
fn of_ignored_tags() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit("region = \"ap-south-1\"", "region = \"ap-south-1\"\nignore_tags = [\"cost:*\"]");
    sandbox.up();
    sandbox.cloud().sdk(async |aws| {
        let tag = RoleTag::builder().key("cost:centre").value("1").build().expect("complete");
        aws.iam.tag_role().role_name(FUNCTION).tags(tag).send().await.expect("TagRole");
    });
    sandbox.is_converged();
}

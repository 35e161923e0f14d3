//! Moving over from Terraform: nothing is lost, nothing is there twice.

use aws_sdk_apigateway::types::{EndpointConfiguration, EndpointType, IntegrationType};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_eventbridge::types::Target;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use deployer::aws::AwsClients;
use serde_json::Value;
use tests::{Cloud, Sandbox, http, shipped, terraform};

const ACCOUNT: &str = "000000000000";

async fn make_table(aws: &AwsClients) {
    let key = |name: &str| {
        KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().expect("complete")
    };
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("complete")
    };
    let index = GlobalSecondaryIndex::builder().index_name("by-customer").key_schema(key("customer_name"));
    let index =
        index.projection(Projection::builder().projection_type(ProjectionType::All).build()).build().expect("complete");
    let create = aws
        .dynamodb
        .create_table()
        .table_name("Orders")
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("order_id"));
    let create = create.attribute_definitions(attribute("order_id")).attribute_definitions(attribute("customer_name"));
    create.global_secondary_indexes(index).send().await.expect("CreateTable");
    for order in terraform::orders() {
        let mut put = aws.dynamodb.put_item().table_name("Orders");
        for (name, value) in order.as_object().expect("an order is an object") {
            let value = value
                .as_str()
                .map_or_else(|| AttributeValue::N(value.to_string()), |text| AttributeValue::S(text.to_owned()));
            put = put.item(name, value);
        }
        put.send().await.expect("PutItem");
    }
}

async fn make_functions(aws: &AwsClients, zip: &[u8]) {
    aws.iam
        .create_role()
        .role_name(terraform::ROLE)
        .assume_role_policy_document(terraform::TRUST)
        .send()
        .await
        .expect("CreateRole");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}"#;
    aws.iam
        .put_role_policy()
        .role_name(terraform::ROLE)
        .policy_name("access")
        .policy_document(policy)
        .send()
        .await
        .expect("PutRolePolicy");
    for (name, statement, principal) in [
        (terraform::HANDLER, "AllowAPIGatewayInvoke", "apigateway.amazonaws.com"),
        (terraform::EXPIRER, "AllowRule", "events.amazonaws.com"),
    ] {
        let create = aws
            .lambda
            .create_function()
            .function_name(name)
            .runtime(Runtime::Python312)
            .handler("lambda_function.lambda_handler");
        let code = FunctionCode::builder().zip_file(Blob::new(zip)).build();
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{}", terraform::ROLE);
        create.role(role).code(code).send().await.expect("CreateFunction");
        let add =
            aws.lambda.add_permission().function_name(name).statement_id(statement).action("lambda:InvokeFunction");
        add.principal(principal).send().await.expect("AddPermission");
    }
    let group = format!("/aws/lambda/{}", terraform::HANDLER);
    aws.logs.create_log_group().log_group_name(&group).send().await.expect("CreateLogGroup");
    let retain = aws.logs.put_retention_policy().log_group_name(&group).retention_in_days(terraform::RETENTION_DAYS);
    retain.send().await.expect("PutRetentionPolicy");
    aws.events.put_rule().name(terraform::RULE).schedule_expression("rate(1 hour)").send().await.expect("PutRule");
    let arn = format!("arn:aws:lambda:ap-south-1:{ACCOUNT}:function:{}", terraform::EXPIRER);
    let target = Target::builder().id("expirer").arn(arn).build().expect("complete");
    aws.events.put_targets().rule(terraform::RULE).targets(target).send().await.expect("PutTargets");
}

/// As Terraform does: path by path, method by method. Gives its id.
async fn make_api(aws: &AwsClients) -> String {
    let gateway = &aws.apigateway;
    let regional = EndpointConfiguration::builder().types(EndpointType::Regional).build();
    let api = gateway
        .create_rest_api()
        .name(terraform::API)
        .endpoint_configuration(regional)
        .send()
        .await
        .expect("CreateRestApi");
    let id = api.id().expect("an API has an id").to_owned();
    let mut parent = api.root_resource_id().expect("an API has a root").to_owned();
    let uri = format!(
        "arn:aws:apigateway:ap-south-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-south-1:{ACCOUNT}:function:{}/invocations",
        terraform::HANDLER
    );
    for (segment, methods) in terraform::PATHS {
        let create = gateway.create_resource().rest_api_id(&id).parent_id(&parent).path_part(segment);
        parent = create.send().await.expect("CreateResource").id().expect("a resource has an id").to_owned();
        for method in methods {
            let put = gateway
                .put_method()
                .rest_api_id(&id)
                .resource_id(&parent)
                .http_method(*method)
                .authorization_type("NONE");
            put.send().await.expect("PutMethod");
            let put = gateway.put_integration().rest_api_id(&id).resource_id(&parent).http_method(*method);
            let put = put.r#type(IntegrationType::AwsProxy).integration_http_method("POST").uri(&uri);
            put.send().await.expect("PutIntegration");
        }
    }
    let deployment = gateway.create_deployment().rest_api_id(&id).send().await.expect("CreateDeployment");
    let stage = gateway.create_stage().rest_api_id(&id).stage_name("prod");
    stage.deployment_id(deployment.id().expect("a deployment has an id")).send().await.expect("CreateStage");
    id
}

/// The former system and its state; the id of its API.
fn former_system() -> (Sandbox, Cloud, String) {
    let sandbox = Sandbox::empty();
    sandbox.write("config/orders.toml", &shipped::unthrottled());
    let cloud = sandbox.start_cloud();
    let zip = std::fs::read(tests::function_code::expiry()).expect("the zip was made");
    let id = cloud.sdk(async |aws| {
        make_table(aws).await;
        make_functions(aws, &zip).await;
        make_api(aws).await
    });
    sandbox.write("infra/terraform.tfstate", &terraform::state(ACCOUNT, Some(&id)));
    cloud.forget_calls();
    (sandbox, cloud, id)
}

fn with_code<'a>(args: &[&'a str], code: &'a [String]) -> Vec<&'a str> {
    args.iter().copied().chain(code.iter().map(String::as_str)).collect()
}

#[test]
fn the_former_system_is_taken_over() {
    let (sandbox, cloud, api) = former_system();
    let code = shipped::artifacts();
    let state = std::fs::read(sandbox.path("infra/terraform.tfstate")).expect("the state is there");

    // Looking changes nothing and contacts nothing.
    let look = sandbox.local(&["import-terraform", "infra"]).ok();
    insta::assert_snapshot!("former_system", look.transcript());
    let json = sandbox.local(&["import-terraform", "infra", "--output", "json"]).ok();
    for outcome in [&look, &json] {
        assert!(!outcome.to_string().contains(terraform::SECRET), "{outcome}");
    }
    assert!(json.json()["settings"].as_array().is_some_and(|settings| !settings.is_empty()), "{json}");
    assert_eq!(cloud.calls(), [""; 0]);

    // Not before the description agrees.
    let early = sandbox.local(&with_code(&["import-terraform", "infra", "--adopt", "--yes"], &code)).exits(1);
    assert!(early.stderr.contains("it lacks "), "{early}");
    assert_eq!(cloud.writes(), [""; 0]);

    let before = std::fs::read_to_string(sandbox.path("config/orders.toml")).expect("the description is there");
    sandbox.local(&["import-terraform", "infra", "--write"]).ok();
    let after = std::fs::read_to_string(sandbox.path("config/orders.toml")).expect("the description is there");
    assert!(before.lines().all(|line| after.lines().any(|other| other == line)), "{after}");
    assert!(after.contains("function.api.name = \"order-handler\""), "{after}");
    assert_eq!(cloud.writes(), [""; 0]);

    let adopted =
        sandbox.local(&with_code(&["import-terraform", "infra", "--adopt", "--yes", "--output", "json"], &code)).ok();
    assert_eq!(adopted.json_lines()[0]["event"], "imported", "{adopted}");
    let finished = adopted.finished();
    assert_eq!(finished["outputs"]["rest_api.api.id"], api.as_str(), "{adopted}");
    assert!(!adopted.to_string().contains(terraform::SECRET), "{adopted}");
    for resource in
        ["table.orders", "function.api", "function.expiry", "rest_api.api", "schedule.expiry", "log_group.api"]
    {
        assert!(adopted.steps().contains(&format!("update {resource}")), "{resource}\n{adopted}");
    }
    assert_eq!(std::fs::read(sandbox.path("infra/terraform.tfstate")).expect("it is there"), state, "it is only read");

    // One of each.
    let mut expected = vec![
        "api order-api",
        "function order-expirer",
        "function order-handler",
        "log group /aws/lambda/order-expirer",
        "log group /aws/lambda/order-handler",
        "role order-expirer",
        "role order-handler",
        "role order-lambda-role",
        "rule order-expiry",
        "table Orders",
    ];
    expected.sort_unstable();
    assert_eq!(cloud.census(), expected);

    // Every order is there, at the address that callers know, and can go on.
    let endpoint = finished["outputs"]["endpoint"].as_str().expect("the API has an endpoint").to_owned();
    assert!(endpoint.contains(&api) && endpoint.ends_with("/prod"), "{endpoint}");
    for order in terraform::orders() {
        let url = format!("{endpoint}/orders/{}", order["order_id"].as_str().unwrap_or_default());
        let served = http::get(&url).is(200).json();
        for (member, value) in order.as_object().expect("an order is an object") {
            assert_eq!(&served["order"][member], value, "{member}");
        }
    }
    let pending = terraform::orders()[0]["order_id"].as_str().unwrap_or_default().to_owned();
    http::send_json("PUT", &format!("{endpoint}/orders/{pending}"), &serde_json::json!({"status": "PROCESSING"}))
        .is(200);
    let listed = http::get(&format!("{endpoint}/orders?status=PROCESSING")).is(200).json();
    assert!(
        listed["orders"].as_array().is_some_and(|all| all.iter().any(|order| order["order_id"] == pending.as_str())),
        "{listed}"
    );
    http::send_json("POST", &format!("{endpoint}/orders"), &serde_json::json!({"item": "Desk", "quantity": 1})).is(200);

    // The index that only the former system had is still there.
    let table =
        cloud.sdk(async |aws| aws.dynamodb.describe_table().table_name("Orders").send().await.expect("DescribeTable"));
    let mut indexes: Vec<_> = table
        .table()
        .into_iter()
        .flat_map(|table| table.global_secondary_indexes())
        .filter_map(|i| i.index_name())
        .collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["by-customer", "status-index"]);

    // Nothing is left to do, also for a second import.
    let plan = sandbox.local(&with_code(&["plan", "--output", "json"], &code)).ok();
    assert_eq!(plan.steps(), [""; 0], "{plan}");
    cloud.forget_calls();
    let again = sandbox.local(&with_code(&["import-terraform", "infra", "--adopt", "--yes"], &code)).ok();
    assert!(again.stderr.contains("everything is adopted already"), "{again}");
    assert!(again.stderr.contains("aws iam delete-role --role-name order-lambda-role"), "{again}");
    assert_eq!(cloud.writes(), [""; 0]);
}

/// Once Terraform has let go, its state has nothing to adopt: the copy that was made before has, and is named.
#[test]
fn what_terraform_has_let_go_of_is_adopted_from_the_copy() {
    let (sandbox, _cloud, _) = former_system();
    let code = shipped::artifacts();
    sandbox.local(&["import-terraform", "infra", "--write"]).ok();
    let state = std::fs::read_to_string(sandbox.path("infra/terraform.tfstate")).expect("the state is there");
    let empty = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 9, "resources": []}"#;
    sandbox.write("infra/terraform.tfstate", empty);
    let adopt = |path: &str| sandbox.local(&with_code(&["import-terraform", path, "--adopt", "--yes"], &code));
    let nothing = adopt("infra").exits(1);
    assert!(nothing.stderr.contains("there is nothing to adopt") && !nothing.stderr.contains("help:"), "{nothing}");
    for earlier in ["terraform.tfstate.1795736695.backup", "before-adoption.tfstate"] {
        sandbox.write(&format!("infra/{earlier}"), &state);
        let named = adopt("infra").exits(1);
        let command = format!("`deployer import-terraform infra/{earlier} --adopt --local`");
        assert!(named.stderr.contains(&command), "{command}\n{named}");
    }
    let adopted = adopt("infra/before-adoption.tfstate").ok();
    assert!(!adopted.stderr.contains("still has what is adopted"), "{adopted}");
}

/// Wrong account, wrong region, what is gone, and another API of the same name: refused before anything is changed.
#[test]
fn what_is_not_the_same_is_refused() {
    let (sandbox, cloud, api) = former_system();
    let code = shipped::artifacts();
    sandbox.local(&["import-terraform", "infra", "--write"]).ok();
    let refused = |words: &str| {
        let outcome = sandbox.local(&with_code(&["import-terraform", "infra", "--adopt", "--yes"], &code)).exits(1);
        assert!(outcome.stderr.contains(words), "{words:?}\n{outcome}");
        assert_eq!(cloud.writes(), [""; 0]);
    };
    let state = |text: String| sandbox.write("infra/terraform.tfstate", &text);
    state(terraform::state("123456789012", Some(&api)));
    refused("is in account 123456789012");
    state(terraform::state(ACCOUNT, Some(&api)).replace("ap-south-1", "eu-west-1"));
    refused("is in region eu-west-1");
    state(terraform::state(ACCOUNT, Some("zzzzzzzzzz")));
    refused("has not");
    state(terraform::state(ACCOUNT, Some(&api)));
    let twin: Value = cloud.sdk(async |aws| {
        let made = aws.apigateway.create_rest_api().name(terraform::API).send().await.expect("CreateRestApi");
        Value::from(made.id().unwrap_or_default())
    });
    cloud.forget_calls();
    // By name alone nobody can tell the two apart; the state can.
    let up = sandbox.local(&with_code(&["up", "--adopt", "--yes"], &code)).exits(1);
    assert!(up.stderr.contains("namesakes"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
    let adopted =
        sandbox.local(&with_code(&["import-terraform", "infra", "--adopt", "--yes", "--output", "json"], &code)).ok();
    assert_eq!(adopted.finished()["outputs"]["rest_api.api.id"], api.as_str());
    assert!(twin != api.as_str() && cloud.census().iter().filter(|line| *line == "api order-api").count() == 2);
}

/// Whatever cannot be proposed, the list comes first; what is written is whole at once.
#[test]
fn a_list_comes_before_a_reason() {
    let sandbox = Sandbox::empty();
    let table = |attributes: &str| {
        format!(
            "resource \"aws_dynamodb_table\" \"orders\" {{\n  hash_key = \"order_id\"\n  {attributes}\n  attribute {{\n    name = \"order_id\"\n    type = \"S\"\n  }}\n}}\n"
        )
    };
    for (attributes, why) in [
        ("name = upper(var.x)\n  billing_mode = \"PAY_PER_REQUEST\"", "names of the tables, functions and queues"),
        ("name = \"or ders\"\n  billing_mode = \"PAY_PER_REQUEST\"", "no description can be proposed"),
    ] {
        sandbox.write("infra/main.tf", &table(attributes));
        for args in [&["import-terraform", "infra"][..], &["import-terraform", "infra", "--write"]] {
            let human = sandbox.local(args).exits(1);
            assert!(
                human.to_string().contains("aws_dynamodb_table.orders") && human.to_string().contains(why),
                "{human}"
            );
        }
        let json = sandbox.local(&["import-terraform", "infra", "--output", "json"]).exits(1);
        assert_eq!(json.json()["resources"].as_array().map(Vec::len), Some(1), "{json}");
        assert!(json.json()["refusals"].to_string().contains(why), "{json}");
        assert!(!sandbox.path("deployer.toml").exists());
    }
    sandbox.write("infra/main.tf", include_str!("../../../deployer/src/import/fixtures/complete/main.tf"));
    sandbox.local(&["import-terraform", "infra", "--write"]).ok();
    let again = sandbox.local(&["import-terraform", "infra", "--output", "json"]).ok();
    assert_eq!(again.json()["settings"], serde_json::json!([]), "{again}");
    sandbox.local(&["validate"]).ok();
}

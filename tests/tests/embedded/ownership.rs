//! What is not the stack's is left alone, unless it is nobody's and `--adopt` is given.

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use deployer::aws::AwsClients;
use tests::Sandbox;
use tests::sandbox::SHOP;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn make_table(aws: &AwsClients) {
    let key = KeySchemaElement::builder().attribute_name("order_id").key_type(KeyType::Hash).build().expect("complete");
    let attribute = AttributeDefinition::builder().attribute_name("order_id").attribute_type(ScalarAttributeType::S);
    let create = aws.dynamodb.create_table().table_name("shop-dev-orders").billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key).attribute_definitions(attribute.build().expect("complete"));
    create.send().await.expect("CreateTable");
}

async fn make_role(aws: &AwsClients, path: &str) {
    let create = aws.iam.create_role().role_name("shop-dev-api").path(path).assume_role_policy_document(TRUST);
    create.send().await.expect("CreateRole");
}

async fn make_function(aws: &AwsClients, zip: Vec<u8>) {
    make_role(aws, "/deployer/shop/dev/").await;
    let create = aws.lambda.create_function().function_name("shop-dev-api").runtime(Runtime::Providedal2023);
    let create = create.handler("bootstrap").role("arn:aws:iam::000000000000:role/deployer/shop/dev/shop-dev-api");
    let code = FunctionCode::builder().zip_file(Blob::new(zip)).build();
    create.code(code).memory_size(1024).send().await.expect("CreateFunction");
}

async fn make_log_group(aws: &AwsClients) {
    aws.logs.create_log_group().log_group_name("/aws/lambda/shop-dev-api").send().await.expect("CreateLogGroup");
}

/// Nothing is changed while one thing is foreign; with `--adopt` it becomes the stack's and what it should be.
#[track_caller]
fn refused_then_adopted(resources: &[&str], make: impl AsyncFnOnce(&AwsClients, Vec<u8>)) -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    sandbox.run(&["build", "--zip", "dist", "--local"]).ok();
    let zip = std::fs::read(sandbox.path("dist/api.zip")).expect("the zip was written");
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| make(aws, zip).await);
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes", "--output", "json"]).exits(1);
    for resource in resources {
        let refused = format!("{resource} ");
        let errors = up.finished()["errors"].as_array().cloned().unwrap_or_default();
        let kinds =
            errors.iter().filter(|error| error["message"].as_str().is_some_and(|text| text.starts_with(&refused)));
        assert_eq!(kinds.map(|error| error["kind"].clone()).collect::<Vec<_>>(), ["ownership"], "{resource}\n{up}");
    }
    assert!(up.stdout.contains("--adopt"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    assert_eq!(status["tally"]["foreign"], resources.len(), "{status}");

    let adopted = sandbox.local(&["up", "--yes", "--adopt", "--output", "json"]).ok();
    for resource in resources {
        assert!(adopted.steps().contains(&format!("update {resource}")), "{adopted}");
    }
    sandbox.is_converged();
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
    sandbox
}

#[test]
fn a_table() {
    refused_then_adopted(&["table.orders"], async |aws, _| make_table(aws).await);
}

#[test]
fn a_role() {
    refused_then_adopted(&["role.api"], async |aws, _| make_role(aws, "/deployer/shop/dev/").await);
}

#[test]
fn a_function_and_its_role() {
    refused_then_adopted(&["role.api", "function.api"], async |aws, zip| make_function(aws, zip).await);
}

#[test]
fn a_log_group() {
    refused_then_adopted(&["log_group.api"], async |aws, _| {
        make_log_group(aws).await;
        let retain = aws.logs.put_retention_policy().log_group_name("/aws/lambda/shop-dev-api").retention_in_days(7);
        retain.send().await.expect("PutRetentionPolicy");
    });
}

/// IAM cannot move a role to another path, so that it can be adopted only where it is as it should be.
#[test]
fn a_role_elsewhere_is_refused() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| make_role(aws, "/").await);
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes", "--adopt"]).exits(1);
    assert!(up.stderr.contains("path"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
}

/// What people read.
#[test]
fn explained() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    cloud.sdk(make_table);
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    insta::assert_snapshot!("foreign_table", up.transcript());
    let status = sandbox.local(&["status"]).ok();
    insta::assert_snapshot!("foreign_table_status", status.transcript());
}

/// Two stages are two stacks; another stack's resources cannot be adopted, and `down` leaves them.
#[test]
fn another_stack_keeps_what_it_has() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit("partition_key", "name = \"Orders\"\npartition_key");
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    sandbox.edit("region = ", "default_stage = \"test\"\nregion = ");
    let up = sandbox.local(&["up", "--yes", "--adopt"]).exits(1);
    insta::assert_snapshot!("another_stage", up.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
    let before = cloud.census();
    sandbox.local(&["down", "--yes", "--output", "json"]).ok();
    let cloud = sandbox.start_cloud();
    assert_eq!(cloud.census(), before);
    sandbox.edit("default_stage = \"test\"\n", "");
    sandbox.is_converged();
}

/// The stack says which account it belongs to.
#[test]
fn another_account() {
    let sandbox = Sandbox::new(SHOP).with("AWS_ACCESS_KEY_ID", "key").with("AWS_SECRET_ACCESS_KEY", "secret");
    sandbox.edit("region = \"ap-south-1\"", "region = \"ap-south-1\"\naccount = \"123456789012\"");
    let cloud = sandbox.start_cloud();
    for command in [&["up", "--yes"][..], &["down", "--yes"], &["plan"], &["status"]] {
        cloud.forget_calls();
        let args = [command, &["--endpoint-url", &cloud.endpoint]].concat();
        let refused = sandbox.run(&args).exits(1);
        assert!(refused.stderr.contains("123456789012") && refused.stderr.contains("000000000000"), "{refused}");
        assert_eq!(cloud.writes(), [""; 0], "{refused}");
    }
    sandbox.edit("123456789012", "000000000000");
    sandbox.run(&["up", "--yes", "--endpoint-url", &cloud.endpoint]).ok();
    assert_eq!(cloud.census().len(), 5);
}

//! `deployer down`.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::Sandbox;
use tests::redact::sort_steps;
use tests::sandbox::SHOP;

fn with_an_order() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.cloud().sdk(async |aws| {
        let put = aws.dynamodb.put_item().table_name("shop-dev-orders");
        put.item("order_id", AttributeValue::S("1".to_owned())).send().await.expect("PutItem");
    });
    sandbox
}

#[test]
fn leaves_nothing() {
    let sandbox = Sandbox::new(SHOP).with("AWS_ACCESS_KEY_ID", "test").with("AWS_SECRET_ACCESS_KEY", "test");
    sandbox.up();
    let down = sandbox.local(&["down", "--yes"]).ok();
    insta::assert_snapshot!("down_human", sort_steps(&down.transcript()));
    assert!(tests::Cloud::of(&sandbox.path(".deployer")).is_none(), "the cloud is stopped");
    let cloud = sandbox.start_cloud();
    assert_eq!(cloud.census(), [""; 0]);
    cloud.forget_calls();
    // With `--local` the cloud would be stopped, and its calls with it.
    sandbox.run(&["down", "--yes", "--endpoint-url", &cloud.endpoint]).ok();
    assert_eq!(cloud.writes(), [""; 0]);
    let again = sandbox.run(&["down", "--yes", "--local"]).ok();
    insta::assert_snapshot!("down_again_human", again.transcript());
    sandbox.up();
    sandbox.is_converged();
}

#[test]
fn where_nothing_ever_was() {
    let sandbox = Sandbox::new(SHOP);
    let down = sandbox.local(&["down", "--yes"]).ok();
    assert!(!sandbox.path(".deployer").exists(), "{down}");
}

#[test]
fn keeps_a_table_with_items() {
    let sandbox = with_an_order();
    let down = sandbox.local(&["down", "--yes"]).ok();
    insta::assert_snapshot!("down_keeps_items", sort_steps(&down.transcript()));
    let cloud = sandbox.start_cloud();
    assert_eq!(cloud.census(), ["table shop-dev-orders"]);
    cloud.sdk(async |aws| {
        let scan = aws.dynamodb.scan().table_name("shop-dev-orders").send().await.expect("Scan");
        assert_eq!(scan.count(), 1);
    });
    // What is kept is taken up again.
    let up = sandbox.up();
    assert!(!up.steps().iter().any(|step| step.ends_with("table.orders")), "{up}");
    sandbox.is_converged();
}

#[test]
fn deletes_data_after_a_backup() {
    let sandbox = with_an_order();
    let before = sandbox.cloud().census();
    let down = sandbox.local(&["down", "--yes", "--delete-data", "Orders"]).exits(1);
    assert!(down.stderr.contains("Did you mean `orders`? It has: orders (shop-dev-orders)."), "{down}");
    assert_eq!(sandbox.cloud().census(), before, "another table was named: nothing is touched");
    // The id means the table as its name does.
    let down = sandbox.local(&["down", "--yes", "--delete-data", "table.orders"]).ok();
    insta::assert_snapshot!("down_deletes_data", sort_steps(&down.transcript()));
    let cloud = sandbox.start_cloud();
    assert_eq!(cloud.census(), [""; 0]);
    assert_eq!(cloud.sdk(tests::census::backups), ["shop-dev-orders"]);
}

#[test]
fn a_dry_run_deletes_nothing() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    let dry = sandbox.local(&["down", "--dry-run"]).ok();
    insta::assert_snapshot!("down_dry_run", dry.transcript());
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.local(&["down"]).exits(1);
    assert_eq!(cloud.writes(), [""; 0]);
}

/// What was made by hand beside the stack is nobody's business.
#[test]
fn leaves_what_is_not_ours() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.cloud().sdk(async |aws| {
        aws.logs.create_log_group().log_group_name("/mine").send().await.expect("CreateLogGroup");
        aws.apigateway.create_rest_api().name("shop-dev-api").send().await.expect("CreateRestApi");
    });
    sandbox.is_converged();
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), ["api shop-dev-api", "log group /mine"]);
}

/// A stack that somebody took half apart.
#[test]
fn of_what_is_half_gone() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.cloud().sdk(async |aws| {
        aws.lambda.delete_function().function_name("shop-dev-api").send().await.expect("DeleteFunction");
        aws.dynamodb.delete_table().table_name("shop-dev-orders").send().await.expect("DeleteTable");
    });
    let down = sandbox.local(&["down", "--yes", "--output", "json"]).ok();
    assert_eq!(down.steps(), ["delete log_group.api", "delete role.api", "delete rest_api.api"], "{down}");
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// The description may have changed since: what it made and does not describe any more goes too.
#[test]
fn of_orphans_too() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.describe("name = \"shop\"\nregion = \"ap-south-1\"\n\n[table.other]\npartition_key = \"id\"\n");
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

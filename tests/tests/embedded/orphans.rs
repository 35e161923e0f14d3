//! What an earlier description made and this one does not have.

use aws_sdk_dynamodb::types::AttributeValue;
use deployer::aws::AwsClients;
use tests::Sandbox;
use tests::sandbox::SHOP;

async fn put(aws: &AwsClients, table: &str) {
    let put = aws.dynamodb.put_item().table_name(table).item("order_id", AttributeValue::S("1".to_owned()));
    put.send().await.expect("PutItem");
}

#[test]
fn a_function() {
    let sandbox = Sandbox::new(&format!("{SHOP}\n[function.report]\nartifact = \"code\"\n"));
    sandbox.up();
    sandbox.describe(SHOP);
    let status = sandbox.local(&["status", "--output", "json", "--detailed-exitcode"]).exits(2).json();
    assert_eq!(status["tally"]["orphaned"], 3, "{status}");
    let plan = sandbox.local(&["plan"]).ok();
    insta::assert_snapshot!("orphans_plan", plan.transcript());
    sandbox.converges(&["delete log_group.report", "delete role.report", "delete function.report"]);
    assert_eq!(sandbox.cloud().census().len(), 5);
}

/// A function under another id is another function: the new one works before the old one goes.
#[test]
fn a_renamed_function() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let renamed = SHOP.replace("[function.api", "[function.web").replace("= \"api\"", "= \"web\"");
    sandbox.describe(&renamed);
    let up = sandbox.up();
    let position = |event: &str, id: &str| {
        let found = up.json_lines().iter().position(|line| line["event"] == event && line["id"] == id);
        found.unwrap_or_else(|| panic!("{event} {id}\n{up}"))
    };
    assert!(position("done", "function.web") < position("started", "function.api"), "{up}");
    assert!(position("done", "rest_api.api") < position("started", "function.api"), "{up}");
    sandbox.is_converged();
    assert!(!sandbox.cloud().census().iter().any(|found| found.contains("shop-dev-api") && !found.starts_with("api ")));
}

#[test]
fn an_empty_table() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.edit("partition_key", "name = \"Orders\"\npartition_key");
    sandbox.up();
    sandbox.is_converged();
    let census = sandbox.cloud().census();
    assert!(
        census.contains(&"table Orders".to_owned()) && !census.contains(&"table shop-dev-orders".to_owned()),
        "{census:?}"
    );
}

#[test]
fn a_table_with_items() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    let cloud = sandbox.cloud();
    cloud.sdk(async |aws| put(aws, "shop-dev-orders").await);
    sandbox.edit("partition_key", "name = \"Orders\"\npartition_key");
    let up = sandbox.up();
    assert!(up.steps().contains(&"retain table.orders".to_owned()), "{up}");
    assert!(cloud.census().contains(&"table shop-dev-orders".to_owned()));
    // It stays kept, and that is no change.
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0]);
    let another = sandbox.local(&["up", "--yes", "--delete-data", "Orders"]).ok();
    assert!(cloud.census().contains(&"table shop-dev-orders".to_owned()), "{another}");
    sandbox.local(&["up", "--yes", "--delete-data", "shop-dev-orders"]).ok();
    let census = cloud.census();
    assert!(
        census.contains(&"table Orders".to_owned()) && !census.contains(&"table shop-dev-orders".to_owned()),
        "{census:?}"
    );
    assert_eq!(cloud.sdk(tests::census::backups).len(), 1);
}

#[test]
fn an_api() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.edit("\n[api.routes]\n\"GET /orders\" = \"api\"\n\"POST /orders\" = \"api\"\n", "");
    sandbox.up();
    sandbox.is_converged();
    let cloud = sandbox.cloud();
    assert!(!cloud.census().iter().any(|found| found.starts_with("api ")));
    let policy = cloud.sdk(async |aws| aws.lambda.get_policy().function_name("shop-dev-api").send().await);
    assert!(policy.is_err(), "nobody may call it any more: {policy:?}");
    sandbox.describe(SHOP);
    sandbox.converges(&["create rest_api.api", "create grant.api"]);
}

#[test]
fn everything_but_the_name() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.describe("name = \"shop\"\nregion = \"ap-south-1\"\n\n[table.other]\npartition_key = \"id\"\n");
    sandbox.up();
    assert_eq!(sandbox.cloud().census(), ["table shop-dev-other"]);
}

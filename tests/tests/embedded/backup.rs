//! `deployer backup create` and `list`, `deployer restore --from`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::time::Duration;
use tests::redact::sort_steps;
use tests::sandbox::SHOP;
use tests::{Cloud, Sandbox};

const TABLE: &str = "shop-dev-orders";

/// A shop with an order, whose table has what AWS does not restore.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    sandbox.edit("partition_key", "ttl_attribute = \"gone_at\"\npoint_in_time_recovery = true\npartition_key");
    sandbox.up();
    put(&sandbox.cloud(), TABLE, "1");
    sandbox
}

fn put(cloud: &Cloud, table: &str, id: &str) {
    cloud.sdk(async |aws| {
        let put = aws.dynamodb.put_item().table_name(table);
        put.item("order_id", AttributeValue::S(id.to_owned())).send().await.expect("PutItem");
    });
}

fn ids(cloud: &Cloud, table: &str) -> Vec<String> {
    let mut ids = cloud.sdk(async |aws| {
        let scan = aws.dynamodb.scan().table_name(table).send().await.expect("Scan");
        scan.items().iter().filter_map(|item| Some(item["order_id"].as_s().ok()?.clone())).collect::<Vec<_>>()
    });
    ids.sort();
    ids
}

#[test]
fn are_made_listed_and_shown() {
    let sandbox = shop();
    let none = sandbox.local(&["backup", "list"]).ok();
    assert!(none.stdout.is_empty() && none.stderr.contains("no backup of table"), "{none}");
    assert_eq!(sandbox.local(&["backup", "list", "--output", "json"]).ok().json(), json!([]));

    let made = sandbox.local(&["backup", "create", "--output", "json"]).ok().json();
    assert_eq!(
        (&made[0]["table"], &made[0]["items"], &made[0]["status"]),
        (&json!(TABLE), &json!(1), &json!("AVAILABLE"))
    );
    insta::assert_snapshot!("backup_create", sandbox.local(&["backup", "create", "orders"]).ok().transcript());
    // By its name, which is how a table is found that is gone; not twice when it is named twice.
    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    for args in [&["backup", "list"][..], &["backup", "list", "orders", TABLE], &["backup", "list", TABLE]] {
        let list = sandbox.local(&[args, &["--output", "json"]].concat()).ok().json();
        let list = list.as_array().expect("a list").clone();
        // Two that were asked for, one before the deletion, and what AWS keeps because of point-in-time recovery.
        let kinds: Vec<_> = list.iter().map(|backup| backup["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "USER").count(), 3, "{args:?}: {list:?}");
        assert_eq!(kinds.len(), 4, "{args:?}: {list:?}");
        assert!(list.contains(&without_items(&made[0])), "{args:?}: {list:?}");
    }
}

fn without_items(backup: &Value) -> Value {
    let mut backup = backup.clone();
    backup.as_object_mut().expect("an object").remove("items");
    backup
}

#[test]
fn of_a_table_that_is_not_there() {
    let sandbox = shop();
    for (args, said) in [
        (&["backup", "create", "order"][..], "the stack has no table `order`"),
        (&["backup", "export", "order"], "It has: orders (shop-dev-orders)."),
        (&["restore", "order", "--from", "latest"], "the stack has no table `order`"),
        (&["restore", "orders", "--from", "latest"], "there is no complete backup of table shop-dev-orders"),
        (
            &[
                "restore",
                "orders",
                "--from",
                "arn:aws:dynamodb:ap-south-1:000000000000:table/x/backup/01489602797149-73d8d5bc",
            ],
            "there is no backup arn:",
        ),
    ] {
        let run = sandbox.local(args).exits(1);
        assert!(run.stderr.contains(said), "{said}\n{run}");
    }
    sandbox.cloud().sdk(async |aws| aws.dynamodb.delete_table().table_name(TABLE).send().await.expect("DeleteTable"));
    let gone = sandbox.local(&["backup", "create"]).exits(1);
    assert!(gone.stderr.contains("table shop-dev-orders does not exist"), "{gone}");
}

/// A table that is gone comes back with its items and everything that is described, and `up` has nothing to do for it.
#[test]
fn bring_a_table_back() {
    let sandbox = shop();
    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    let cloud = sandbox.start_cloud();
    let restored = sandbox.local(&["restore", "orders", "--from", "latest"]).ok();
    insta::assert_snapshot!("restore", sort_steps(&restored.transcript()));
    assert_eq!(ids(&cloud, TABLE), ["1"]);
    let up = sandbox.up();
    assert!(!up.steps().iter().any(|step| step.ends_with("table.orders")), "{up}");
    sandbox.is_converged();
    // The same again would not be the same: it was used since.
    put(&cloud, TABLE, "2");
    let again = sandbox.local(&["restore", "orders", "--from", "latest"]).exits(1);
    assert!(again.stderr.contains("was made from this backup"), "{again}");
    assert_eq!(ids(&cloud, TABLE), ["1", "2"]);
}

#[test]
fn are_restored_beside_a_table_that_is_there() {
    let sandbox = shop();
    let cloud = sandbox.cloud();
    sandbox.local(&["backup", "create"]).ok();
    put(&cloud, TABLE, "2");
    let refused = sandbox.local(&["restore", "orders", "--from", "latest"]).exits(1);
    insta::assert_snapshot!("restore_refused", refused.transcript());
    let beside = ["restore", "orders", "--from", "latest", "--to", "Copy", "--output", "json"];
    let restored = sandbox.local(&beside).ok();
    assert_eq!(restored.finished()["outputs"]["table.orders.name"], "Copy", "{restored}");
    assert_eq!((ids(&cloud, "Copy"), ids(&cloud, TABLE)), (vec!["1".to_owned()], vec!["1".to_owned(), "2".to_owned()]));
    // The copy can be exported by its name, and it is the stack's to delete, never because it is in the way.
    assert_eq!(sandbox.local(&["backup", "export", "Copy"]).ok().stdout.lines().count(), 1);
    sandbox.up();
    assert_eq!(ids(&cloud, "Copy"), ["1"]);
    // It takes the other's place when it gets its name in the description.
    sandbox.edit("ttl_attribute", "name = \"Copy\"\nttl_attribute");
    let up = sandbox.up();
    assert!(!up.steps().iter().any(|step| step == "create table.orders" || step == "update table.orders"), "{up}");
    assert_eq!((ids(&cloud, "Copy").len(), ids(&cloud, TABLE).len()), (1, 2));
}

#[test]
fn with_other_keys_are_refused() {
    let sandbox = shop();
    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    sandbox.edit("partition_key = \"order_id\"", "partition_key = \"id\"");
    let refused = sandbox.local(&["restore", "orders", "--from", "latest"]).exits(1);
    assert!(refused.stderr.contains("keys of the backup") && refused.stderr.contains("order_id"), "{refused}");
    assert_eq!(sandbox.cloud().census(), [""; 0]);
}

/// A restore takes AWS minutes: one that was cut short, or whose answer was lost, is gone on with and not taken for somebody else's.
#[test]
fn are_restored_by_the_next_run_when_this_one_is_cut_short() {
    let sandbox = shop();
    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    let cloud = sandbox.start_cloud();
    cloud.faults(json!({"table_creating_ms": 60_000}));
    let mut restore = sandbox.spawn(&["restore", "orders", "--from", "latest", "--local"]);
    restore.until("the items of the backup");
    restore.signal(rustix::process::Signal::KILL);
    restore.finish();
    cloud.advance(Duration::from_secs(60));
    cloud.faults(json!({}));
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    assert_eq!(status["resources"][0]["condition"], "foreign", "it has no tags yet: {status}");
    sandbox.local(&["restore", "orders", "--from", "latest"]).ok();
    assert_eq!(ids(&cloud, TABLE), ["1"]);
    sandbox.up();
    sandbox.is_converged();

    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    let cloud = sandbox.start_cloud();
    let operation = "dynamodb:RestoreTableFromBackup";
    cloud.faults(json!({"planned": [{"operation": operation, "nth": 1, "effect": "cut_after"}]}));
    sandbox.local(&["restore", "orders", "--from", "latest"]).ok();
    assert_eq!(ids(&cloud, TABLE), ["1"]);
}

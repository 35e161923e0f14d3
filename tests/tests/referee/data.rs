//! Tables that hold items.

use crate::world::{SHIPPED, World};
use serde_json::json;

fn put_order(world: &World) {
    world.account.call("dynamodb", "put_item", json!({"TableName": "Orders", "Item": {"order_id": {"S": "1"}}}));
}

#[test]
fn down_keeps_the_items_unless_their_table_is_named() {
    let world = World::up(SHIPPED);
    put_order(&world);
    let down = world.run(&["down"]).ok();
    assert!(down.stderr.contains("--delete-data Orders"), "{}", *down);
    let left = world.inspect();
    assert_eq!(left["tables"]["Orders"]["items"], 1);
    for gone in ["roles", "functions", "apis", "log_groups"] {
        assert_eq!(left[gone], json!({}), "{gone}");
    }
    // It is still the stack's: `up` takes it as it is.
    world.run(&["up"]).ok();
    assert_eq!(world.inspect()["tables"]["Orders"]["items"], 1);

    world.run(&["down", "--delete-data", "Others"]).fails("no table or queue of this stack");
    assert_eq!(world.inspect()["tables"]["Orders"]["items"], 1);
    world.run(&["down", "--delete-data", "Orders"]).ok();
    let left = world.inspect();
    assert_eq!(left["tables"], json!({}));
    assert_eq!(left["backups"], json!(["Orders"]));
}

#[test]
fn a_table_that_is_described_no_more_goes_only_without_items() {
    let other = "\n[table.notes]\nname = \"Notes\"\npartition_key = \"id\"\n";
    let world = World::up(&format!("{SHIPPED}{other}"));
    world.account.call("dynamodb", "put_item", json!({"TableName": "Notes", "Item": {"id": {"S": "1"}}}));
    world.project.describe(SHIPPED);
    let up = world.run(&["up"]).ok();
    assert!(up.stderr.contains("--delete-data Notes"), "{}", *up);
    assert_eq!(world.inspect()["tables"]["Notes"]["items"], 1);
    assert_eq!(world.status(), ["table.notes orphaned"]);

    world.account.call("dynamodb", "delete_item", json!({"TableName": "Notes", "Key": {"id": {"S": "1"}}}));
    world.run(&["up"]).ok();
    assert!(world.inspect()["tables"]["Notes"].is_null());
    assert_eq!(world.inspect()["backups"], json!([]));
}

#[test]
fn a_protected_table_stays_whatever_is_named() {
    let world = World::new(SHIPPED);
    world.project.edit("[table.orders]\n", "[table.orders]\ndeletion_protection = true\n");
    world.run(&["up"]).ok();
    world.run(&["down", "--delete-data", "Orders"]).fails("it is protected");
    world.run(&["down"]).ok();
    assert_eq!(world.inspect()["tables"]["Orders"]["deletion_protection"], true);
}

/// What boto3 put there comes back, from a backup and from a file.
#[test]
fn a_table_comes_back_with_its_items() {
    let world = World::up(SHIPPED);
    let item = json!({"order_id": {"S": "1"}, "price": {"N": "12345678901234567890.12345"}, "list": {"L": [{"NULL": true}, {"M": {}}]}});
    world.account.call("dynamodb", "put_item", json!({"TableName": "Orders", "Item": item}));
    let made = world.run(&["backup", "create", "--output", "json"]).ok().json();
    assert_eq!(made[0]["table"], "Orders");
    let export = world.run(&["backup", "export", "orders"]).ok();
    let exported: serde_json::Value = serde_json::from_str(&export.stdout).expect("one line");
    assert_eq!(exported, json!({"Item": item}));
    world.project.write("orders.jsonl", &export.stdout);

    world.run(&["restore", "orders", "--from", "latest"]).fails("a new table only");
    world.run(&["down", "--delete-data", "Orders"]).ok();
    world.run(&["restore", "orders", "--from", "latest"]).ok();
    let get =
        || world.account.call("dynamodb", "get_item", json!({"TableName": "Orders", "Key": {"order_id": {"S": "1"}}}));
    assert_eq!(get()["Item"], item);
    world.run(&["up"]).ok();
    world.plans_nothing();

    world.account.call("dynamodb", "delete_item", json!({"TableName": "Orders", "Key": {"order_id": {"S": "1"}}}));
    world.run(&["restore", "orders", "--import", "orders.jsonl"]).ok();
    assert_eq!(get()["Item"], item);
    let list = world.run(&["backup", "list", "--output", "json"]).ok().json();
    assert!(list.as_array().is_some_and(|list| list.len() >= 2), "{list}");
}

#[test]
fn a_change_of_keys_is_refused_before_anything_is_written() {
    let world = World::up(SHIPPED);
    put_order(&world);
    world.project.edit("partition_key = \"order_id\"", "partition_key = \"id\"");
    let up = world.run(&["up"]).fails("cannot be changed");
    assert_eq!(up.calls.writes(), [""; 0]);
    assert_eq!(world.inspect()["tables"]["Orders"]["items"], 1);
}

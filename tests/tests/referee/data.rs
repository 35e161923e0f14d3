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

    world.run(&["down", "--delete-data", "Others"]).ok();
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
    world.run(&["down", "--delete-data", "Orders"]).ok();
    assert_eq!(world.inspect()["tables"]["Orders"]["deletion_protection"], true);
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

//! What is not taken away without a word for it: protected tables, items, production.

use aws_sdk_dynamodb::types::AttributeValue;
use tests::redact::sort_steps;
use tests::sandbox::SHOP;
use tests::terminal::talk;
use tests::{Cloud, Sandbox};

const TABLE: &str = "shop-dev-orders";

fn put(cloud: &Cloud, table: &str) {
    cloud.sdk(async |aws| {
        let put = aws.dynamodb.put_item().table_name(table);
        put.item("order_id", AttributeValue::S("1".to_owned())).send().await.expect("PutItem");
    });
}

#[test]
fn a_protected_table_stays_whatever_is_asked_for() {
    for key in ["protected", "deletion_protection"] {
        let sandbox = Sandbox::new(SHOP);
        sandbox.edit("partition_key", &format!("{key} = true\npartition_key"));
        sandbox.up();
        let before = sandbox.cloud().census();
        let named = sandbox.local(&["down", "--yes", "--delete-data", TABLE]).exits(1);
        assert!(named.stderr.contains("`protected = false`"), "{named}");
        assert_eq!(sandbox.cloud().census(), before, "it was named: nothing is touched");
        let down = sandbox.local(&["down", "--yes"]).ok();
        assert!(down.stderr.contains("it is protected"), "{down}");
        assert_eq!(sandbox.start_cloud().census(), [format!("table {TABLE}")]);
    }
}

/// The mark is AWS's and not the description's: it outlives the block.
#[test]
fn a_protected_table_stays_when_its_block_is_removed() {
    let notes = "\n[table.notes]\npartition_key = \"id\"\nprotected = true\n";
    let sandbox = Sandbox::new(&format!("{SHOP}{notes}"));
    sandbox.up();
    sandbox.describe(SHOP);
    let up = sandbox.local(&["up", "--yes"]).ok();
    insta::assert_snapshot!("protected_orphan", sort_steps(&up.transcript()));
    let named = sandbox.local(&["up", "--yes", "--delete-data", "shop-dev-notes"]).exits(1);
    assert!(named.stderr.contains("describe it again as [table.notes]"), "{named}");
    assert!(sandbox.cloud().census().contains(&"table shop-dev-notes".to_owned()));
    // The way that the message says.
    sandbox.describe(&format!("{SHOP}{}", notes.replace("true", "false")));
    sandbox.up();
    sandbox.describe(SHOP);
    sandbox.converges(&["delete table.notes"]);
}

#[test]
fn items_stay_unless_the_name_of_their_table_is_typed() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    put(&sandbox.cloud(), TABLE);
    // Enter keeps them; no is no.
    let kept = talk(&sandbox, &["down", "--local"], &[("anything else keeps it:", ""), ("[y/N]", "n")]);
    assert_eq!(kept.code, Some(1), "{kept}");
    assert_eq!(sandbox.cloud().census().len(), 5, "{kept}");
    let kept = talk(&sandbox, &["down", "--local"], &[("anything else keeps it:", "y"), ("[y/N]", "y")]);
    assert_eq!(kept.code, Some(0), "{kept}");
    assert_eq!(sandbox.start_cloud().census(), [format!("table {TABLE}")]);
    // `--yes` asks nothing, and keeps them.
    let quiet = talk(&sandbox, &["down", "--local", "--yes"], &[]);
    assert_eq!(quiet.code, Some(0), "{quiet}");
    assert_eq!(sandbox.start_cloud().census(), [format!("table {TABLE}")]);
    let gone = talk(&sandbox, &["down", "--local"], &[("anything else keeps it:", TABLE), ("[y/N]", "y")]);
    assert_eq!(gone.code, Some(0), "{gone}");
    let cloud = sandbox.start_cloud();
    assert_eq!(cloud.census(), [""; 0], "{gone}");
    assert_eq!(cloud.sdk(tests::census::backups), [TABLE]);
}

#[test]
fn items_of_a_table_that_is_described_no_more() {
    let sandbox = Sandbox::new(&format!("{SHOP}\n[table.notes]\npartition_key = \"order_id\"\n"));
    sandbox.up();
    put(&sandbox.cloud(), "shop-dev-notes");
    sandbox.describe(SHOP);
    let kept = talk(&sandbox, &["up", "--local"], &[("anything else keeps it:", "notes")]);
    assert_eq!(kept.code, Some(0), "{kept}");
    assert!(sandbox.cloud().census().contains(&"table shop-dev-notes".to_owned()), "{kept}");
    let gone = talk(&sandbox, &["up", "--local"], &[("anything else keeps it:", "shop-dev-notes"), ("[y/N]", "y")]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(!sandbox.cloud().census().contains(&"table shop-dev-notes".to_owned()), "{gone}");
    sandbox.is_converged();
}

/// A production shop in the embedded cloud, which is reached as if it were AWS.
fn production() -> (Sandbox, String) {
    let sandbox = Sandbox::new(&format!("{SHOP}\n[stage.live]\nproduction = true\n"))
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test");
    let endpoint = sandbox.start_cloud().endpoint;
    sandbox.run(&["up", "--yes", "--endpoint-url", &endpoint]).ok();
    (sandbox, endpoint)
}

#[test]
fn production_is_named_before_something_is_taken_away() {
    let (sandbox, endpoint) = production();
    let cloud = sandbox.cloud();
    let before = cloud.census();
    let at = |args: &[&str]| sandbox.run(&[args, &["--endpoint-url", &endpoint]].concat());
    // What creates and changes is not asked about.
    sandbox.edit("artifact = \"code\"", "artifact = \"code\"\nmemory = 256");
    at(&["up", "--yes"]).ok();
    cloud.forget_calls();
    let refused = at(&["down", "--yes"]).exits(1);
    insta::assert_snapshot!("production_unnamed", refused.transcript());
    let other = at(&["down", "--yes", "--confirm-stage", "dev"]).exits(1);
    assert!(other.stderr.contains("--confirm-stage says `dev`, but the stage is `live`"), "{other}");
    at(&["down", "--dry-run"]).ok();
    // An index is thrown away with a change of its keys; a table with its block.
    sandbox.edit("[function.api]", "[table.orders.index.by-kind]\npartition_key = \"kind\"\n\n[function.api]");
    at(&["up", "--yes"]).ok();
    sandbox.edit("partition_key = \"kind\"", "partition_key = \"sort\"");
    cloud.forget_calls();
    let index = at(&["up", "--yes"]).exits(1);
    assert!(index.stderr.contains("--confirm-stage live"), "{index}");
    assert_eq!(cloud.writes(), [""; 0]);
    assert_eq!(cloud.census(), before);
    at(&["up", "--yes", "--confirm-stage", "live"]).ok();
    at(&["down", "--yes", "--confirm-stage", "live"]).ok();
    assert_eq!(cloud.census(), [""; 0]);
    // On this machine there is no production.
    sandbox.local(&["up", "--yes"]).ok();
    sandbox.local(&["down", "--yes"]).ok();
}

#[test]
fn production_is_named_by_typing_it() {
    let (sandbox, endpoint) = production();
    let down = ["down", "--endpoint-url", &endpoint];
    for (args, typed) in [(&down[..], "y"), (&down, ""), (&[&down[..], &["--yes"]].concat(), "dev")] {
        let kept = talk(&sandbox, args, &[("Type live to go on:", typed)]);
        assert_eq!(kept.code, Some(1), "{kept}");
        assert_eq!(sandbox.cloud().census().len(), 5, "{kept}");
    }
    // One question is enough.
    let gone = talk(&sandbox, &down, &[("Type live to go on:", "live")]);
    assert_eq!(gone.code, Some(0), "{gone}");
    assert!(!gone.stdout.contains("[y/N]"), "{gone}");
    assert_eq!(sandbox.cloud().census(), [""; 0]);
}

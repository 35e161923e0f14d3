//! `deployer backup export` and `deployer restore --import`.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::process::Stdio;
use tests::{Cloud, Sandbox};

const STACK: &str = r#"name = "shop"
region = "ap-south-1"

[table.things]
partition_key = "id"
sort_key = { name = "at", type = "N" }
index.by-kind = { partition_key = { name = "kind", type = "B" } }
"#;
const TABLE: &str = "shop-dev-things";

type Item = HashMap<String, AttributeValue>;

fn put(cloud: &Cloud, items: impl IntoIterator<Item = Item>) {
    cloud.sdk(async |aws| {
        for item in items {
            aws.dynamodb.put_item().table_name(TABLE).set_item(Some(item)).send().await.expect("PutItem");
        }
    });
}

fn thing(number: usize) -> Item {
    let at = AttributeValue::N((number % 7).to_string());
    Item::from([("id".to_owned(), AttributeValue::S(format!("{number:06}"))), ("at".to_owned(), at)])
}

fn line(number: usize) -> String {
    format!("{{\"Item\":{{\"at\":{{\"N\":\"{}\"}},\"id\":{{\"S\":\"{number:06}\"}}}}}}\n", number % 7)
}

fn up(items: usize) -> Sandbox {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    put(&sandbox.cloud(), (0..items).map(thing));
    sandbox
}

/// The lines of an export, sorted, with the values of sets sorted too: neither has an order in DynamoDB.
fn sorted(export: &str) -> Vec<String> {
    fn sort(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if let ("SS" | "NS" | "BS", Some(set)) = (name.as_str(), member.as_array_mut()) {
                        set.sort_by_key(Value::to_string);
                    }
                    sort(member);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(sort),
            _ => {}
        }
    }
    let mut lines: Vec<_> = export
        .lines()
        .map(|line| {
            let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            sort(&mut value);
            value.to_string()
        })
        .collect();
    lines.sort();
    lines
}

fn number() -> impl Strategy<Value = String> {
    // DynamoDB keeps 38 digits and its own form of a number: what comes out of it is compared with what comes out of it.
    prop_oneof![
        (-(10_i128.pow(37))..10_i128.pow(37)).prop_map(|number| number.to_string()),
        (any::<i32>(), -60..60).prop_map(|(digits, exponent)| format!("{digits}e{exponent}")),
        Just("-0.000000000000000000000000000000000001".to_owned()),
    ]
}

fn attribute() -> impl Strategy<Value = AttributeValue> {
    let blob = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Blob::new);
    let text = || prop_oneof![Just(String::new()), "\\PC{0,20}", Just("\u{0}\n\r\t\"\\ 🎈".to_owned())];
    let distinct = |values: Vec<String>| {
        let values: std::collections::BTreeSet<_> = values.into_iter().collect();
        values.into_iter().collect::<Vec<_>>()
    };
    let leaf = prop_oneof![
        text().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        blob().prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        prop::collection::vec("[a-z]{1,5}", 1..5).prop_map(move |values| AttributeValue::Ss(distinct(values))),
        prop::collection::hash_set(any::<i64>(), 1..5)
            .prop_map(|values| AttributeValue::Ns(values.iter().map(i64::to_string).collect())),
        prop::collection::hash_set(prop::collection::vec(any::<u8>(), 1..9), 1..5)
            .prop_map(|values| AttributeValue::Bs(values.into_iter().map(Blob::new).collect())),
    ];
    leaf.prop_recursive(5, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            prop::collection::hash_map("\\PC{1,12}", inner, 0..4).prop_map(AttributeValue::M),
        ]
    })
}

/// All types, nested; then the table goes, comes back empty, and has the same items again.
#[test]
fn come_back_as_they_were() {
    let sandbox = up(0);
    let mut random = TestRunner::deterministic();
    let attributes = prop::collection::hash_map("[b-h]{1,8}", attribute(), 0..6);
    let items = (0..120).map(|number| {
        let mut item = attributes.new_tree(&mut random).expect("a strategy that gives something").current();
        item.extend(thing(number));
        item
    });
    put(&sandbox.cloud(), items.collect::<Vec<_>>());
    let export = sandbox.local(&["backup", "export", "things", "--to", "things.jsonl", "--output", "json"]).ok();
    assert_eq!((&export.json()["items"], &export.json()["table"]), (&json!(120), &json!(TABLE)), "{export}");
    let before = fs::read_to_string(sandbox.path("things.jsonl")).expect("the export is there");
    assert_eq!(before.lines().count(), 120);

    sandbox.local(&["down", "--yes", "--delete-data", TABLE]).ok();
    sandbox.up();
    let import = sandbox.local(&["restore", "things", "--import", "things.jsonl", "--output", "json"]).ok();
    assert_eq!(import.json()["items"], 120, "{import}");
    let after = sandbox.local(&["backup", "export", "things"]).ok();
    assert_eq!(sorted(&after.stdout), sorted(&before));
    // Through a pipe, over what is there: nothing changes.
    sandbox.run_with_input(&["restore", "things", "--import", "-", "--overwrite", "--local"], &before).ok();
    let again = sandbox.local(&["backup", "export", "things"]).ok();
    assert_eq!(sorted(&again.stdout), sorted(&before));
}

/// More than one page of a scan.
fn thirty_large() -> impl Iterator<Item = Item> {
    (0..30).map(|number| {
        let mut item = thing(number);
        item.insert("blob".to_owned(), AttributeValue::B(Blob::new(vec![7; 100_000])));
        item
    })
}

#[test]
fn of_more_than_a_page() {
    let sandbox = up(0);
    put(&sandbox.cloud(), thirty_large());
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    let export = sandbox.local(&["backup", "export", "things", "--to", "-"]).ok();
    assert_eq!(export.stdout.lines().count(), 30);
    assert!(cloud.calls().iter().filter(|call| *call == "dynamodb:Scan").count() > 2, "{:?}", cloud.calls());
    sandbox.run_with_input(&["restore", "things", "--import", "-", "--overwrite", "--local"], &export.stdout).ok();
}

fn large(bytes: usize) -> String {
    format!("{{\"Item\":{{\"id\":{{\"S\":\"1\"}},\"at\":{{\"N\":\"1\"}},\"n\":{{\"S\":\"{}\"}}}}}}", "x".repeat(bytes))
}

#[test]
fn are_checked_before_the_first_is_written() {
    let sandbox = up(0);
    let cloud = sandbox.cloud();
    let good: String = (0..60).map(line).collect();
    for (bad, said) in [
        ("{\"Item\":{\"id\":{\"S\":\"1\"}}}", "bad.jsonl:61: the item has no \"at\", a key of the table"),
        ("{\"id\":{\"S\":\"1\"}}", "bad.jsonl:61: unknown field `id`"),
        ("{\"Item\":{\"id\":{\"S\":\"1\"},\"at\":{\"N\":\"x\"}}}", "bad.jsonl:61: \"x\" is not a number"),
        (
            "{\"Item\":{\"id\":{\"S\":\"1\"},\"at\":{\"N\":\"1\"},\"kind\":{\"S\":\"1\"}}}",
            "bad.jsonl:61: \"kind\" is a key of the type B",
        ),
        ("{\"Item\"", "bad.jsonl:61: EOF while parsing"),
        (
            "{\"Item\":{\"id\":{\"S\":\"1\"},\"at\":{\"N\":\"1\"},\"n\":{\"N\":\"1e999\"}}}",
            "bad.jsonl:61: \"1e999\" is out of range",
        ),
        (
            "{\"Item\":{\"id\":{\"S\":\"1\"},\"at\":{\"N\":\"1\"},\"n\":{\"SS\":[\"a\",\"a\"]}}}",
            "bad.jsonl:61: value 2 of a set is there twice",
        ),
        (&large(409_600), "bad.jsonl:61: the item has 409"),
    ] {
        sandbox.write("bad.jsonl", &format!("{good}{bad}"));
        cloud.forget_calls();
        let import = sandbox.local(&["restore", "things", "--import", "bad.jsonl"]).exits(1);
        assert!(import.stderr.contains(said) && import.stderr.contains("Nothing was written"), "{said}\n{import}");
        assert_eq!(cloud.writes(), [""; 0], "{bad}");
    }
    // Of a pipe that cannot be known: what came before is written, and it is said how much.
    let import = sandbox.run_with_input(
        &["restore", "things", "--import", "-", "--local", "--output", "json"],
        &format!("{good}{{\"Item\":{{}}}}\n"),
    );
    let errors = import.exits(1).json();
    assert_eq!(errors["errors"][0]["message"], "stdin:61: the item has no \"at\", a key of the table");
    assert!(errors["errors"][0]["facts"]["written"].as_str().is_some_and(|written| written.starts_with("60 items")));
    let refused = sandbox.run_with_input(&["restore", "things", "--import", "-", "--local"], &good).exits(1);
    assert!(refused.stderr.contains("holds items") && refused.stderr.contains("--overwrite"), "{refused}");
    let missing = sandbox.local(&["restore", "things", "--import", "none.jsonl", "--overwrite"]).exits(1);
    assert!(missing.stderr.contains("none.jsonl cannot be read"), "{missing}");
}

#[test]
fn are_written_through_throttles_and_lost_answers() {
    let sandbox = up(0);
    let cloud = sandbox.cloud();
    let all: String = (0..100).map(line).collect();
    sandbox.write("all.jsonl", &all);
    let operation = "dynamodb:BatchWriteItem";
    cloud.faults(json!({"planned": [
        {"operation": operation, "nth": 1, "effect": "throttle"},
        {"operation": operation, "nth": 3, "effect": "server_error"},
        {"operation": operation, "nth": 5, "effect": "cut_after"},
    ]}));
    let import = sandbox.local(&["restore", "things", "--import", "all.jsonl"]).ok();
    assert!(import.stderr.contains("imported 100 items"), "{import}");
    cloud.faults(json!({}));
    assert_eq!(sorted(&sandbox.local(&["backup", "export", "things"]).ok().stdout), sorted(&all));
}

/// A key that comes twice would be refused by DynamoDB within one batch: the later line wins.
#[test]
fn with_the_same_key() {
    let sandbox = up(0);
    let with =
        |colour: &str| line(1).replace("{\"Item\":{", &format!("{{\"Item\":{{\"colour\":{{\"S\":\"{colour}\"}},"));
    let twice = format!("{}{}{}{}", with("red"), line(2), with("blue"), line(3));
    sandbox.run_with_input(&["restore", "things", "--import", "-", "--local"], &twice).ok();
    let export = sandbox.local(&["backup", "export", "things"]).ok().stdout;
    assert_eq!(export.lines().count(), 3, "{export}");
    assert!(export.contains("blue") && !export.contains("red"), "{export}");
}

/// Whoever keeps what came out must not take it for all there is.
#[test]
fn nobody_reads_any_more() {
    let sandbox = up(0);
    put(&sandbox.cloud(), thirty_large());
    let mut command = sandbox.command(&["backup", "export", "things", "--local"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("deployer starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("nobody reads the items any more"), "{said}");
}

/// A file is there when it is complete, or it is what it was.
#[test]
fn are_exported_completely_or_not_at_all() {
    let sandbox = up(3);
    sandbox.write("out/things.jsonl", "yesterday's\n");
    let names = || {
        let entries = fs::read_dir(sandbox.path("out")).expect("the directory is there");
        entries.flatten().map(|entry| entry.file_name()).collect::<Vec<_>>()
    };
    let export = ["backup", "export", "things", "--to", "out/things.jsonl"];
    let denied = json!({"refuse": {"status": 400, "code": "AccessDeniedException", "message": "no"}});
    sandbox.cloud().faults(json!({"planned": [{"operation": "dynamodb:Scan", "nth": 1, "effect": denied}]}));
    let failed = sandbox.local(&export).exits(1);
    assert!(failed.stderr.contains("out/things.jsonl was not written"), "{failed}");
    sandbox.cloud().faults(json!({}));
    assert_eq!(fs::read_to_string(sandbox.path("out/things.jsonl")).ok().as_deref(), Some("yesterday's\n"));
    assert_eq!(names().len(), 1, "{:?}", names());
    sandbox.local(&export).ok();
    assert_eq!(fs::read_to_string(sandbox.path("out/things.jsonl")).unwrap_or_default().lines().count(), 3);
    assert_eq!(names().len(), 1, "{:?}", names());
    for path in ["out", "none/things.jsonl"] {
        let failed = sandbox.local(&["backup", "export", "things", "--to", path]).exits(1);
        assert!(failed.stderr.contains(&format!("{path} cannot be written")), "{failed}");
    }
    // What is no file is not replaced by one.
    sandbox.local(&["backup", "export", "things", "--to", "/dev/null"]).ok();
    assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
}

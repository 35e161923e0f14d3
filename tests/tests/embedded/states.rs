//! Seeds, snapshots and resets of the embedded cloud, and the picture of a stack.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use tests::Sandbox;
use tests::sandbox::SHOP;

const STACK: &str = r#"name = "shop"
region = "ap-south-1"
default_stage = "dev"

[table.things]
partition_key = "id"
seed = "things.jsonl"

[table.notes]
partition_key = "id"
sort_key = { name = "at", type = "N" }

[stage.dev]
[stage.other]
"#;

fn seeded() -> Sandbox {
    let sandbox = Sandbox::new(STACK);
    let lines: String = (0..60).map(|n| format!("{{\"Item\":{{\"id\":{{\"S\":\"{n}\"}}}}}}\n")).collect();
    sandbox.write("things.jsonl", &lines);
    sandbox
}

fn items(sandbox: &Sandbox, table: &str, stage: &str) -> Vec<String> {
    let export = sandbox.local(&["backup", "export", table, "--stage", stage]).ok();
    let mut lines: Vec<_> = export.stdout.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn put(sandbox: &Sandbox, table: &str, stage: &str, item: &str) {
    let line = format!("{{\"Item\":{item}}}\n");
    let input = ["--local", "restore", table, "--stage", stage, "--overwrite", "--import", "-"];
    sandbox.run_with_input(&input, &line).ok();
}

const NOTE: &str = r#"{"at":{"N":"1"},"id":{"S":"mine"}}"#;

/// A stage's snapshot comes back as it was, and neither it nor a reset touches another stage.
#[test]
fn a_stage_is_kept_brought_back_and_reset() {
    let sandbox = seeded();
    let up = sandbox.up();
    assert!(up.stdout.contains("table shop-dev-things begins with 60 items"), "{up}");
    sandbox.local(&["up", "--yes", "--stage", "other"]).ok();
    put(&sandbox, "notes", "dev", NOTE);
    put(&sandbox, "notes", "other", NOTE);
    let (things, notes) = (items(&sandbox, "things", "dev"), items(&sandbox, "notes", "dev"));
    assert_eq!((things.len(), notes.len()), (60, 1));

    let saved = sandbox.run(&["local", "snapshot", "save", "first", "--output", "json"]).ok().json();
    assert_eq!((&saved["tables"]["shop-dev-things"], &saved["tables"]["shop-dev-notes"]), (&60.into(), &1.into()));
    let twice = sandbox.run(&["local", "snapshot", "save", "first"]).exits(1);
    assert!(twice.stderr.contains("there is a snapshot first already"), "{twice}");
    assert_eq!(sandbox.run(&["local", "snapshot", "list"]).ok().stdout, "first\n");
    assert_eq!(sandbox.run(&["local", "snapshot", "list", "--stage", "other"]).ok().stdout, "");
    let file = sandbox.path(".deployer/snapshots/shop/dev/first/things.jsonl");
    let private = fs::metadata(sandbox.path(".deployer")).expect("it is there").permissions().mode() & 0o077;
    assert_eq!((private, fs::read_to_string(&file).expect("it is kept").lines().count()), (0, 60));

    put(&sandbox, "things", "dev", r#"{"id":{"S":"new"}}"#);
    put(&sandbox, "things", "dev", r#"{"id":{"S":"1"},"changed":{"BOOL":true}}"#);
    put(&sandbox, "notes", "dev", r#"{"id":{"S":"mine"},"at":{"N":"2"}}"#);
    // Without a terminal nobody can be asked.
    let unasked = sandbox.run(&["local", "snapshot", "load", "first"]).exits(1);
    assert!(unasked.stderr.contains("there is no terminal to ask"), "{unasked}");
    assert_eq!(items(&sandbox, "things", "dev").len(), 61);
    sandbox.run(&["local", "snapshot", "load", "first", "--yes"]).ok();
    assert_eq!((items(&sandbox, "things", "dev"), items(&sandbox, "notes", "dev")), (things.clone(), notes.clone()));

    put(&sandbox, "things", "dev", r#"{"id":{"S":"new"}}"#);
    sandbox.run(&["local", "reset"]).exits(1);
    let reset = sandbox.run(&["local", "reset", "--yes"]).ok();
    assert!(reset.stderr.contains("table shop-dev-things: 61 items deleted, 60 items put in"), "{reset}");
    assert_eq!((items(&sandbox, "things", "dev"), items(&sandbox, "notes", "dev").len()), (things.clone(), 0));
    assert_eq!((items(&sandbox, "things", "other"), items(&sandbox, "notes", "other")), (things, notes));
    sandbox.is_converged();
}

/// What is wrong with a file is told before anything is changed.
#[test]
fn a_mistake_in_a_file_changes_nothing() {
    let sandbox = seeded();
    sandbox.write("things.jsonl", "{\"Item\":{\"id\":{\"S\":\"1\"}}}\n{\"Item\":{\"name\":{\"S\":\"1\"}}}\n");
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("things.jsonl:2: the item has no \"id\", a key of the table"), "{up}");
    assert!(up.stderr.contains("`seed` of [table.things]"), "{up}");
    assert_eq!(sandbox.cloud().writes(), [""; 0]);
    std::fs::remove_file(sandbox.path("things.jsonl")).expect("it is there");
    for command in [&["validate"][..], &["plan"], &["up", "--dry-run"], &["up", "--yes"]] {
        let missing = sandbox.local(command).exits(1).to_string();
        assert!(missing.contains("things.jsonl cannot be read: No such file"), "{missing}");
        assert!(missing.contains("`seed` of [table.things] (") && missing.contains("deployer.toml:7)"), "{missing}");
    }
    assert_eq!(sandbox.cloud().writes(), [""; 0]);
    sandbox.write("things.jsonl", "");
    sandbox.up();
    put(&sandbox, "things", "dev", r#"{"id":{"S":"mine"}}"#);
    sandbox.run(&["local", "snapshot", "save", "good"]).ok();
    sandbox.write(".deployer/snapshots/shop/dev/good/things.jsonl", "nonsense\n");
    let load = sandbox.run(&["local", "snapshot", "load", "good", "--yes"]).exits(1);
    assert!(load.stderr.contains("Nothing was changed."), "{load}");
    let unknown = sandbox.run(&["local", "snapshot", "load", "god", "--yes"]).exits(1);
    assert!(unknown.stderr.contains("Did you mean good?"), "{unknown}");
    sandbox.write("things.jsonl", "nonsense\n");
    sandbox.run(&["local", "reset", "--yes"]).exits(1);
    assert_eq!(items(&sandbox, "things", "dev"), [r#"{"Item":{"id":{"S":"mine"}}}"#]);
}

#[test]
fn a_stack_is_drawn_in_five_forms() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.edit("artifact = \"code\"", "artifact = \"code\"\nmemory = 512");
    for form in ["human", "json", "mermaid", "dot"] {
        let graph = sandbox.local(&["graph", "--output", form]).ok();
        insta::assert_snapshot!(format!("graph_{form}"), graph.stdout);
    }
    let image = sandbox.local(&["graph", "--output", "svg"]).ok().stdout;
    assert!(image.starts_with("<svg ") && image.contains("shop-dev-api (drifted)"), "{image}");
    assert_eq!(image.matches("<rect").count(), 1 + image.matches("shop-dev-").count(), "{image}");
    sandbox.local(&["status", "--output", "dot"]).exits(1);
}

//! `deployer up`.

use serde_json::Value;
use tests::redact::{redact, sort_steps};
use tests::sandbox::SHOP;
use tests::{ProgramOutput, Sandbox};

/// Everything that the stack [`SHOP`] makes.
const ALL: [&str; 5] = [
    "api shop-dev-api",
    "function shop-dev-api",
    "log group /aws/lambda/shop-dev-api",
    "role shop-dev-api",
    "table shop-dev-orders",
];

#[test]
fn for_people() {
    let sandbox = Sandbox::new(SHOP);
    let up = sandbox.local(&["up", "--yes"]).ok();
    insta::assert_snapshot!("up_human", sort_steps(&up.transcript()));
    let again = sandbox.local(&["up", "--yes"]).ok();
    insta::assert_snapshot!("up_again_human", sort_steps(&again.transcript()));
}

#[test]
fn for_machines() {
    let sandbox = Sandbox::new(SHOP);
    insta::assert_snapshot!("up_json", events(&sandbox.up()));
    insta::assert_snapshot!("up_again_json", events(&sandbox.up()));
}

/// In every partition ARNs are what the deployer computes, so that nothing differs afterwards.
#[test]
fn in_other_partitions() {
    for region in ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
        let sandbox = Sandbox::new(&SHOP.replace("ap-south-1", region));
        sandbox.up();
        sandbox.is_converged();
    }
}

/// The lines of a run, without those that only time decides about, and what runs side by side sorted.
fn events(run: &ProgramOutput) -> String {
    assert_eq!(run.stderr, "", "a run for machines says nothing on stderr");
    let shown = |line: &Value| !matches!(line["event"].as_str(), Some("waiting" | "building"));
    let timeless = |mut line: Value| {
        line.as_object_mut().map(|members| members.remove("waits"));
        line
    };
    let lines: Vec<_> = run.json_lines().into_iter().filter(shown).map(timeless).collect();
    let is_step = |line: &Value| matches!(line["event"].as_str(), Some("started" | "done"));
    let (mut steps, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_step);
    steps.sort_by_key(ToString::to_string);
    let (last, first) = others.split_last().expect("the line `finished`");
    let lines: Vec<_> = first.iter().chain(&steps).chain([last]).map(ToString::to_string).collect();
    redact(&lines.join("\n"))
}

#[test]
fn twice_is_once() {
    let sandbox = Sandbox::new(SHOP);
    let first = sandbox.up().finished();
    assert_eq!(first["summary"]["created"], 6);
    let cloud = sandbox.cloud();
    assert_eq!(cloud.census(), ALL);
    cloud.forget_calls();
    let second = sandbox.converges(&[]).finished();
    assert_eq!(cloud.writes(), [""; 0]);
    assert_eq!(second["summary"]["unchanged"], 6);
    assert_eq!(second["outputs"], first["outputs"], "what a stack gives out does not depend on who made it");
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new(SHOP);
    let dry = sandbox.local(&["up", "--dry-run"]).ok();
    assert!(dry.stderr.contains("6 to create"), "{dry}");
    assert_eq!(sandbox.cloud().writes(), [""; 0]);
}

#[test]
fn without_a_terminal_it_wants_to_be_told() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    let up = sandbox.local(&["up"]).exits(1);
    assert!(up.stderr.contains("--yes"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
    let server = Sandbox::new(SHOP).with("CI", "true");
    server.local(&["up"]).ok();
    assert_eq!(server.cloud().census(), ALL);
}

#[test]
fn two_at_once_make_one_stack() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    // The second begins while the first waits, and both wait at the same time.
    cloud.faults(serde_json::json!({"table_creating_ms": 60_000}));
    let args = ["up", "--yes", "--local", "--output", "json"];
    let mut first = sandbox.spawn(&args);
    let waits: &[&str] = &["waiting", "table.orders", "ACTIVE"];
    first.until_all(&[waits]);
    let mut second = sandbox.spawn(&args);
    second.until_all(&[waits]);
    cloud.advance(std::time::Duration::from_secs(60));
    first.finish().ok();
    second.finish().ok();
    assert_eq!(cloud.census(), ALL);
    assert_eq!(cloud.writes().iter().filter(|call| *call == "dynamodb:CreateTable").count(), 1);
    sandbox.is_converged();
}

/// A run that met AWS's bad days ends as one that did not.
#[test]
fn faults_change_nothing_about_the_end() {
    let sandbox = Sandbox::new(SHOP);
    let mut cloud = sandbox.start_cloud();
    let mut met = Vec::new();
    for seed in 1..=3 {
        cloud.faults(serde_json::json!({
            "seed": seed, "server_error_chance": 0.1, "cut_before_chance": 0.05, "cut_after_chance": 0.1,
            "role_propagation_ms": 300, "function_pending_ms": 200, "table_creating_ms": 200,
        }));
        sandbox.up();
        met.extend(cloud.errors());
        cloud.faults(serde_json::json!({}));
        sandbox.is_converged();
        assert_eq!(cloud.census(), ALL);
        cloud.faults(
            serde_json::json!({"seed": seed, "cut_after_chance": 0.1, "table_deleting_ms": 200, "stale_tags_ms": 300}),
        );
        sandbox.local(&["down", "--yes"]).ok();
        cloud = sandbox.start_cloud();
        assert_eq!(cloud.census(), [""; 0]);
    }
    for (kind, codes) in [("cut", &["Cut"][..]), ("broken", tests::cloud::SERVER_ERRORS)] {
        assert!(met.iter().any(|code| codes.contains(&code.as_str())), "no call was {kind}: {met:?}");
    }
}

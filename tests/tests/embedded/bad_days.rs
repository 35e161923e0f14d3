//! AWS as it is on a bad day, or just as it is: slow, throttling, forgetful. Everything gets there, and what it waited for is said.

use serde_json::Value;
use tests::{Outcome, Sandbox, shipped};

/// What a run waited for, as `table.orders the table to become ACTIVE`.
fn waited(run: &Outcome) -> Vec<String> {
    let finished = run.finished();
    let waits = finished["waits"].as_array().unwrap_or_else(|| panic!("no waits\n{run}"));
    let long = waits.iter().filter(|wait| wait["took_ms"].as_u64().is_some_and(|ms| ms > 0));
    long.map(|wait| {
        let ids: Vec<_> = wait["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("{} {}", ids.join(" "), wait["reason"].as_str().unwrap_or_default())
    })
    .collect()
}

#[track_caller]
fn names(run: &Outcome, waits: &[String], ids: &str, words: &str) {
    let found = waits.iter().any(|wait| wait.starts_with(ids) && wait.contains(words));
    assert!(found, "{ids} waited for {words:?}: {waits:#?}\n{run}");
}

/// The life of the shipped stack where everything is as on AWS, but for three things: a change of the table takes ten seconds instead of
/// thirty, one of a function six instead of two, so that a slow machine sees it, and chances are twenty times AWS's, so that some are met.
#[test]
fn a_life_at_realistic_values() {
    let sandbox = Sandbox::empty();
    sandbox.write("config/orders.toml", shipped::DESCRIPTION);
    let faults = [
        "realistic",
        "seed=7",
        "server-error=2%",
        "cut-before=2%",
        "cut-after=2%",
        "function-updating=6s",
        "table-updating=10s",
    ];
    let faults: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let start = [&["local", "start"], &faults[..]].concat();
    sandbox.run(&start).ok();
    // Small, so that uploading it is no part of the times.
    tests::code::write(&sandbox.path("code"), "first");
    let code = sandbox.path("code").display().to_string();
    let artifacts = ["api", "expiry"].map(|function| ["--artifact".to_owned(), format!("{function}={code}")]).concat();
    let run = |command: &[&str]| {
        let artifacts = artifacts.iter().map(String::as_str).filter(|_| command[0] != "down");
        let args: Vec<_> = command.iter().copied().chain(artifacts).chain(["--yes", "--output", "json"]).collect();
        sandbox.local(&args).ok()
    };

    let up = run(&["up"]);
    assert_eq!(up.finished()["summary"]["created"], 11, "{up}");
    let waits = waited(&up);
    names(&up, &waits, "function.", "the new role to become known to Lambda");
    names(&up, &waits, "table.orders", "ACTIVE");
    names(&up, &waits, "table.orders", "UpdateContinuousBackups");

    let path = "config/orders.toml";
    let stack = shipped::edited(&[
        ("memory = 256", "memory = 512"),
        ("billing_mode = \"PAY_PER_REQUEST\"", "billing_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 1"),
        ("\"GET /orders\" = \"api\"", "\"GET /orders\" = \"api\"\n\"GET /health\" = \"api\""),
    ]);
    sandbox.write(path, &stack);
    let change = run(&["up"]);
    let waits = waited(&change);
    names(&change, &waits, "function.api", "an update of the function to finish");
    names(&change, &waits, "table.orders", "UPDATING");
    let again = run(&["up"]);
    assert_eq!(again.steps(), [""; 0], "{again}");

    let down = run(&["down"]);
    names(&down, &waited(&down), "table.orders", "the deletion to finish");
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// People are told as well, the longest first.
#[test]
fn people_are_told_where_the_time_went() {
    let sandbox = Sandbox::new(tests::sandbox::SHOP);
    sandbox.run(&["local", "start", "--fault", "role-delay=6s", "--fault", "table-creating=3s"]).ok();
    let up = sandbox.local(&["up", "--yes"]).ok();
    let told: Vec<_> = up.stderr.lines().skip_while(|line| *line != "Waited:").collect();
    assert!(told.len() == 3, "{up}");
    assert!(told[1].ends_with("function.api for the new role to become known to Lambda"), "{up}");
    assert!(told[2].ends_with("table.orders for the table to become ACTIVE (it is CREATING)"), "{up}");
}

#[test]
fn faults_are_set_shown_and_taken_back() {
    let sandbox = Sandbox::new(tests::sandbox::SHOP);
    let faults = |args: &[&str]| {
        let outcome = sandbox.run(&[args, &["--output", "json"]].concat()).ok();
        outcome.json()["faults"].clone()
    };
    assert_eq!(faults(&["local", "status"]), serde_json::json!([]));
    let set = &["local", "start", "--fault", "seed=7", "--fault", "role-delay=8s", "--fault", "cut-after:writes#3"];
    let wanted = serde_json::json!(["seed=7", "role-delay=8s", "cut-after:writes#3"]);
    assert_eq!(faults(set), wanted);
    assert_eq!(faults(&["local", "start"]), wanted, "a start without faults changes none");
    assert_eq!(faults(&["local", "status"]), wanted);
    let people = sandbox.run(&["local", "status"]).ok();
    assert!(people.stdout.contains("\n  role-delay=8s\n"), "{people}");
    assert_eq!(faults(&["local", "start", "--fault", "throttle=published"]), serde_json::json!(["throttle=published"]));
    assert_eq!(faults(&["local", "start", "--fault", "none"]), serde_json::json!([]));
    let wrong = sandbox.run(&["local", "start", "--fault", "role-delay=soon"]).exits(1);
    assert!(wrong.stderr.contains("write a number and a unit"), "{wrong}");
    sandbox.run(&["local", "start", "--fault", "realistic"]).ok();
    sandbox.run(&["local", "stop"]).ok();
    assert_eq!(faults(&["local", "start"]), serde_json::json!([]), "they end with the process");
}

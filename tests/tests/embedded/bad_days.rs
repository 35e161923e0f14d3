//! AWS as it is on a bad day, or just as it is: slow, throttling, forgetful. Everything gets there, and what it waited for is said.

use serde_json::Value;
use std::time::Duration;
use tests::cloud::SERVER_ERRORS;
use tests::{ProgramOutput, RunningProgram, Sandbox, shipped};

/// What a run waited for, as `table.orders the table to become ACTIVE`.
fn waited(run: &ProgramOutput) -> Vec<String> {
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
fn names(run: &ProgramOutput, waits: &[String], ids: &str, words: &str) {
    let found = waits.iter().any(|wait| wait.starts_with(ids) && wait.contains(words));
    assert!(found, "{ids} waited for {words:?}: {waits:#?}\n{run}");
}

const MINUTE: Duration = Duration::from_secs(60);

/// The life of the shipped stack where everything is as on AWS, but for two things: what takes time takes it on the cloud's clock, which
/// is moved once a run has said that it waits; and chances are twenty times AWS's, so that some are met.
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
        "role-delay=1m",
        "function-updating=1m",
        "table-creating=1m",
        "table-updating=1m",
        "table-deleting=1m",
        "recovery-delay=1h",
    ];
    let faults: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let start = [&["local", "start"], &faults[..]].concat();
    sandbox.run(&start).ok();
    let cloud = sandbox.cloud();
    // Small, so that uploading it is no part of the times.
    tests::function_code::write(&sandbox.path("code"), "first");
    let code = sandbox.path("code").display().to_string();
    let artifacts = ["api", "expiry"].map(|function| ["--artifact".to_owned(), format!("{function}={code}")]).concat();
    let begin = |command: &str| {
        let artifacts = artifacts.iter().map(String::as_str).filter(|_| command != "down");
        let args: Vec<_> =
            [command, "--local"].into_iter().chain(artifacts).chain(["--yes", "--output", "json"]).collect();
        sandbox.spawn(&args)
    };
    // What waits longer than it must, because an answer was lost, waits on the clock as well.
    let end = |run: RunningProgram| {
        let see = |line: &str| {
            if line.contains("\"waiting\"") {
                cloud.advance(MINUTE);
            }
        };
        run.finish_with(see).ok()
    };

    let mut up = begin("up");
    up.until_all(&[&["waiting", "function.", "the new role"], &["waiting", "table.orders", "ACTIVE"]]);
    cloud.advance(MINUTE);
    up.until_all(&[&["waiting", "table.orders", "UpdateContinuousBackups"]]);
    cloud.advance(60 * MINUTE);
    let up = end(up);
    let mut met = cloud.errors();
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
    let mut change = begin("up");
    change.until_all(&[
        &["waiting", "function.api", "an update of the function to finish"],
        &["waiting", "table.orders", "UPDATING"],
    ]);
    cloud.advance(MINUTE);
    let change = end(change);
    let waits = waited(&change);
    names(&change, &waits, "function.api", "an update of the function to finish");
    names(&change, &waits, "table.orders", "UPDATING");
    let again = begin("up").finish().ok();
    assert_eq!(again.steps(), [""; 0], "{again}");
    met.extend(cloud.errors());
    let by_chance = |code: &String| code == "Cut" || SERVER_ERRORS.contains(&code.as_str());
    assert!(met.iter().any(by_chance), "nothing went wrong by chance: {met:?}");

    let mut down = begin("down");
    down.until_all(&[&["waiting", "table.orders", "the deletion to finish"]]);
    cloud.advance(MINUTE);
    let down = end(down);
    names(&down, &waited(&down), "table.orders", "the deletion to finish");
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// People are told as well, the longest first.
#[test]
fn people_are_told_where_the_time_went() {
    let sandbox = Sandbox::new(tests::sandbox::SHOP);
    sandbox.run(&["local", "start", "--fault", "role-delay=2m", "--fault", "table-creating=1m"]).ok();
    let mut up = sandbox.spawn(&["up", "--yes", "--local"]);
    up.until_all(&[&["function.api", "for the new role"], &["table.orders", "for the table to become ACTIVE"]]);
    // A wait is told of when it was a second and more.
    std::thread::sleep(Duration::from_millis(1_100));
    sandbox.cloud().advance(MINUTE);
    up.until("created   table.orders");
    std::thread::sleep(Duration::from_millis(1_100));
    sandbox.cloud().advance(MINUTE);
    let up = up.finish().ok();
    let told: Vec<_> = up.stderr.lines().skip_while(|line| *line != "Waited:").collect();
    assert!(told.len() == 4 && told[3].starts_with("Done in "), "the verdict is last\n{up}");
    assert!(told[1].ends_with("function.api for the new role to become known to Lambda"), "{up}");
    assert!(told[2].ends_with("table.orders for the table to become ACTIVE (it is CREATING)"), "{up}");
}

/// What AWS allows so often a day is told in its words, and is not tried again and again.
#[test]
fn a_limit_that_lasts_a_day_ends_the_run() {
    let stack = |mode: &str| tests::sandbox::SHOP.replace("\"order_id\"\n", &format!("\"order_id\"\n{mode}"));
    let sandbox = Sandbox::new(&stack("billing_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 1\n"));
    sandbox.up();
    let said = "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s)";
    let fault = format!("refuse:UpdateTable#1x1000=400/LimitExceededException/{said}");
    sandbox.run(&["local", "start", "--fault", &fault]).ok();
    sandbox.describe(&stack("billing_mode = \"PAY_PER_REQUEST\"\n"));
    sandbox.cloud().forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains(said) && up.stderr.contains("AWS allows this change so often a day"), "{up}");
    let writes = sandbox.cloud().writes();
    assert_eq!(writes, ["dynamodb:UpdateTable"], "it is sent once\n{up}");
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

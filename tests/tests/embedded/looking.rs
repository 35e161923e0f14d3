//! The commands that only look, and those that contact nothing.

use serde_json::{Value, json};
use tests::sandbox::SHOP;
use tests::{Sandbox, http, shipped};

#[test]
fn plan_in_three_forms() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    sandbox.edit(
        "partition_key = \"order_id\"",
        "partition_key = \"order_id\"\nbilling_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 1",
    );
    sandbox.edit("\"GET /orders\" = \"api\"", "\"GET /orders\" = \"report\"");
    sandbox.edit("[api.routes]", "[function.report]\nartifact = \"code\"\n\n[api.routes]");
    let cloud = sandbox.cloud();
    cloud.forget_calls();
    for format in ["human", "json", "markdown"] {
        let plan = sandbox.local(&["plan", "--output", format]).ok();
        insta::assert_snapshot!(format!("plan_{format}"), plan.transcript());
    }
    sandbox.local(&["plan", "--detailed-exitcode"]).exits(2);
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.up();
    sandbox.local(&["plan", "--detailed-exitcode"]).ok();
    insta::assert_snapshot!("plan_empty", sandbox.local(&["plan"]).ok().transcript());
    insta::assert_snapshot!("plan_empty_markdown", sandbox.local(&["plan", "--output", "markdown"]).ok().transcript());
}

#[test]
fn status_in_two_forms() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.start_cloud();
    insta::assert_snapshot!("status_nothing", sandbox.local(&["status"]).ok().transcript());
    sandbox.local(&["status", "--detailed-exitcode"]).exits(2);
    sandbox.up();
    insta::assert_snapshot!("status", sandbox.local(&["status", "--detailed-exitcode"]).ok().transcript());
    insta::assert_snapshot!("status_json", sandbox.local(&["status", "--output", "json"]).ok().transcript());
}

/// The figures are of the gateway and of the function, and without them the rest is told all the same.
#[test]
fn status_tells_what_came_of_the_last_hour() {
    let (sandbox, endpoint) = shipped::up_as(shipped::DESCRIPTION);
    for _ in 0..4 {
        http::get(&format!("{endpoint}/orders")).is(200);
    }
    http::get(&format!("{endpoint}/orders/none")).is(404);
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    let health = &status["health"];
    assert_eq!(health["unread"], Value::Null, "{health}");
    assert!(health["deployed_at"].is_string(), "{health}");
    let of = |id: &str| {
        let all = health["traffic"].as_array().expect("a list");
        all.iter().find(|it| it["id"] == id).unwrap_or_else(|| panic!("no {id}: {health}"))
    };
    let (api, function, idle) = (of("rest_api.api"), of("function.api"), of("function.expiry"));
    assert_eq!([&api["requests"], &api["errors"], &api["client_errors"]].map(Value::clone), [5, 0, 1].map(Value::from));
    assert_eq!(
        [&function["requests"], &function["errors"], &function["throttles"]].map(Value::clone),
        [5, 0, 0].map(Value::from)
    );
    assert!(function["p50_ms"].as_f64() <= function["p99_ms"].as_f64() && function["p99_ms"].is_f64(), "{function}");
    assert_eq!((&idle["requests"], &idle["p99_ms"]), (&Value::from(0), &Value::Null));

    let refuse = json!({"refuse": {"status": 403, "code": "AccessDenied", "message": "User: x is not authorized"}});
    let denied = json!({"planned": [{"operation": "monitoring:GetMetricData", "nth": 1, "effect": refuse}]});
    sandbox.cloud().faults(denied.clone());
    let status = sandbox.local(&["status"]).ok();
    assert!(status.stderr.contains("of the last hour are not shown: AWS denied the call"), "{status}");
    assert!(status.stderr.contains("lacks the permission `cloudwatch:GetMetricData`"), "{status}");
    assert!(status.stdout.contains("Last deployed "), "{status}");
    sandbox.cloud().faults(denied);
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    assert_eq!(status["health"]["unread"]["kind"], "aws", "{status}");
    assert_eq!(status["health"]["traffic"], json!([]), "{status}");
}

/// The same requests, step by step, in three forms and again and again.
#[test]
fn metrics_draw_what_came_of_the_last_hours() {
    let (sandbox, endpoint) = shipped::up_as(shipped::DESCRIPTION);
    for _ in 0..3 {
        http::get(&format!("{endpoint}/orders")).is(200);
    }
    http::send("POST", &format!("{endpoint}/orders"), &[], r#"{"item": "Laptop", "quantity": 2}"#).is(200);
    let json = sandbox.local(&["metrics", "--since", "3h", "--output", "json"]).ok().json();
    assert_eq!(json["step_s"], 180, "{json}");
    let of = |id: &str, name: &str| -> Vec<Option<f64>> {
        let resource = json["resources"].as_array().and_then(|all| all.iter().find(|it| it["id"] == id));
        let figures = resource.unwrap_or_else(|| panic!("no {id}: {json}"))["figures"].as_array().expect("a list");
        let figure =
            figures.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name} of {id}: {json}"));
        serde_json::from_value(figure["values"].clone()).expect("numbers")
    };
    for (id, name, total) in [
        ("rest_api.api", "requests", 4.0),
        ("function.api", "requests", 4.0),
        ("function.api", "errors", 0.0),
        ("function.expiry", "requests", 0.0),
    ] {
        let values = of(id, name);
        assert_eq!((values.len(), values.iter().flatten().sum::<f64>()), (60, total), "{id} {name}: {json}");
    }
    assert!(of("table.orders", "write_units").iter().flatten().any(|units| *units >= 1.0), "{json}");
    // What was not measured is no zero.
    assert!(of("function.expiry", "p99_ms").iter().all(Option::is_none), "{json}");
    assert!(of("function.api", "p99_ms").iter().flatten().any(|ms| *ms > 0.0), "{json}");
    let text = sandbox.local(&["metrics"]).ok().stdout;
    assert!(text.contains("1 min a step") && text.contains("  4, "), "{text}");
    let image = sandbox.local(&["metrics", "--output", "svg"]).ok().stdout;
    assert!(
        image.starts_with("<svg ") && image.contains("function.expiry") && image.contains("none measured"),
        "{image}"
    );
    let mut watching = sandbox.spawn(&["--local", "metrics", "--watch", "--output", "json"]);
    watching.until("\"step_s\":60");
    watching.signal(rustix::process::Signal::INT);
    watching.finish().ok();
}

#[test]
fn outputs_in_three_forms() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.up();
    insta::assert_snapshot!("outputs", sandbox.local(&["outputs"]).ok().transcript());
    insta::assert_snapshot!("outputs_json", sandbox.local(&["outputs", "--output", "json"]).ok().transcript());
    assert_eq!(sandbox.local(&["outputs", "table.orders.name"]).ok().stdout, "shop-dev-orders\n");
    let json = sandbox.local(&["outputs", "table.orders.name", "--output", "json"]).ok();
    assert_eq!(json.json(), "shop-dev-orders");
    let endpoint = sandbox.local(&["outputs", "endpoint"]).ok();
    assert!(endpoint.stdout.starts_with(&sandbox.cloud().endpoint), "{endpoint}");
    insta::assert_snapshot!("outputs_unknown", sandbox.local(&["outputs", "endpint"]).exits(1).transcript());
}

#[test]
fn outputs_of_nothing() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.start_cloud();
    let outputs = sandbox.local(&["outputs", "--output", "json"]).ok();
    assert_eq!(outputs.json().get("endpoint"), None, "{outputs}");
}

#[test]
fn completions_for_every_shell() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(&["completions", shell]).ok();
        // What can follow is asked of the program, by this variable.
        assert!(script.stdout.contains("DEPLOYER_COMPLETE") && script.stdout.contains("deployer"), "{shell}: {script}");
    }
    sandbox.run(&["completions", "tcsh"]).exits(1);
}

#[test]
fn the_command_line() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["--help"]).ok();
    sandbox.run(&["--version"]).ok();
    let said = [
        &["upp"][..],
        &["up", "--nonsense"],
        &["up", "--local", "--endpoint-url", "http://127.0.0.1:1"],
        &["up", "--output", "markdown"],
        &["up", "--endpoint-url", "localhost"],
        &["invoke"],
        &["logs", "--since", "yesterday"],
    ]
    .map(|args| {
        let outcome = sandbox.run(args).exits(1);
        assert_eq!(outcome.stdout, "", "{outcome}");
        outcome.transcript()
    });
    insta::assert_snapshot!("command_line", said.join("\n\n"));
    let bare = sandbox.run(&[]).exits(1);
    assert_eq!(bare.stdout, "", "{bare}");
    assert!(bare.stderr.contains("Usage: deployer [OPTIONS] <COMMAND>"), "{bare}");
}

#[test]
fn build_writes_the_zips() {
    let sandbox = Sandbox::new(&format!("{SHOP}\n[function.report]\nartifact = \"code\"\n"));
    let built = sandbox.run(&["build", "--zip", "dist", "--output", "json"]).ok().json();
    let built = built.as_array().cloned().unwrap_or_default();
    assert_eq!(built.len(), 2);
    assert_eq!(built[0]["code_sha256"], built[1]["code_sha256"], "equal code gives equal zips");
    let (one, two) = (std::fs::read(sandbox.path("dist/api.zip")), std::fs::read(sandbox.path("dist/report.zip")));
    assert_eq!(one.expect("it was written"), two.expect("it was written"));
    sandbox.run(&["build", "report", "--zip", "other"]).ok();
    assert!(!sandbox.path("other/api.zip").exists());
    let unknown = sandbox.run(&["build", "nothing"]).exits(1);
    assert!(unknown.stderr.contains("api, report"), "{unknown}");
    assert!(!sandbox.path(".deployer/process.json").exists(), "nothing is started for it");
}

/// A program that cannot run there is found before anything is changed.
#[test]
fn build_refuses_what_cannot_run() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("code/bootstrap", "not a program");
    insta::assert_snapshot!("build_refused", sandbox.run(&["build"]).exits(1).transcript());
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert_eq!(sandbox.start_cloud().census(), [""; 0], "{up}");
    sandbox.edit("artifact = \"code\"", "artifact = \"nowhere\"");
    insta::assert_snapshot!("build_missing", sandbox.run(&["build"]).exits(1).transcript());
}

/// A ready zip from elsewhere takes the place of what the description says.
#[test]
fn an_artifact_of_the_command_line() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.run(&["build", "--zip", "dist"]).ok();
    std::fs::remove_dir_all(sandbox.path("code")).expect("our own directory");
    sandbox.local(&["up", "--yes"]).exits(1);
    sandbox.local(&["up", "--yes", "--artifact", "api=dist/api.zip"]).ok();
    let plan = sandbox.local(&["plan", "--artifact", "api=dist/api.zip", "--detailed-exitcode"]).ok();
    assert!(plan.stdout.contains("No changes"), "{plan}");
    let unknown = sandbox.local(&["up", "--yes", "--artifact", "apj=dist/api.zip"]).exits(1);
    assert!(unknown.stderr.contains("apj"), "{unknown}");
}

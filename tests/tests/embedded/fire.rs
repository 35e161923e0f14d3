//! Schedules by hand: `schedule fire`, and the clock of the embedded cloud.

use serde_json::{Value, json};
use tests::Sandbox;

const STACK: &str = r#"name = "shop"
region = "ap-south-1"

[function.job]
artifact = "code"

[function.report]
artifact = "code"

[schedule.tick]
function = "job"
expression = "rate(1 hour)"
"#;
const RULE: &str = "shop-dev-tick";

/// By hand: what is said, and what goes wrong.
#[test]
fn fired_by_hand() {
    let sandbox = Sandbox::new(STACK);
    let stopped = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(stopped.stderr.contains("the embedded cloud is not running"), "{stopped}");
    let cloud = sandbox.start_cloud();
    let early = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(early.stderr.contains("deployer up"), "{early}");
    sandbox.up();
    let unknown = sandbox.local(&["schedule", "fire", "tock"]).exits(1);
    assert!(unknown.stderr.contains("the stack has no schedule `tock`") && unknown.stderr.contains("It has: tick ("));

    let fired = sandbox.local(&["schedule", "fire", "tick"]).ok();
    insta::assert_snapshot!(fired.transcript(), @r"
    $ deployer schedule fire tick --local
    --- stdout
    shop-dev-tick fired; event time [TIME]
      invoked shop-dev-job (request [UUID])
    --- exit 0
    ");
    let json = sandbox.local(&["schedule", "fire", "tick", "--output", "json"]).ok().json();
    assert_eq!((&json["rule"], &json["deliveries"][0]["function"]), (&json!(RULE), &json!("shop-dev-job")), "{json}");

    // The way that is taken on AWS, which works here too.
    let far = Sandbox::new(STACK).with("AWS_ACCESS_KEY_ID", "test").with("AWS_SECRET_ACCESS_KEY", "test");
    cloud.forget_calls();
    let fired = far.run(&["schedule", "fire", "tick", "--endpoint-url", &cloud.endpoint]).ok();
    assert_eq!(cloud.writes(), ["lambda:Invoke"], "{fired}");
    assert!(fired.stdout.contains("invoked shop-dev-job (request "), "{fired}");

    // Without the grant EventBridge is not let in, and the rule does nothing.
    cloud.sdk(async |aws| {
        let policy = aws.lambda.get_policy().function_name("shop-dev-job").send().await.expect("GetPolicy");
        let policy: Value = serde_json::from_str(policy.policy().unwrap_or_default()).expect("a policy is JSON");
        let sid = policy["Statement"][0]["Sid"].as_str().expect("a statement has an id");
        let remove = aws.lambda.remove_permission().function_name("shop-dev-job").statement_id(sid);
        remove.send().await.expect("RemovePermission");
    });
    let shut_out = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(shut_out.stdout.contains("shop-dev-job was not reached: "), "{shut_out}");
    cloud.sdk(async |aws| {
        aws.events.remove_targets().rule(RULE).ids("function").send().await.expect("RemoveTargets");
    });
    let aimless = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(aimless.stderr.contains("has no target"), "{aimless}");
}

/// The cloud's clock.
#[test]
fn the_clock() {
    let sandbox = Sandbox::new(STACK);
    let stopped = sandbox.run(&["local", "clock"]).exits(1);
    assert!(stopped.stderr.contains("deployer local start"), "{stopped}");
    sandbox.start_cloud();
    let now = sandbox.run(&["local", "clock"]).ok();
    assert!(now.stdout.ends_with("Z\n"), "{now}");
    let ahead = |args: &[&str]| sandbox.run(&[args, &["--output", "json"]].concat()).ok().json()["ahead_ms"].clone();
    assert_eq!(ahead(&["local", "clock", "now"]), 0);
    assert_eq!(ahead(&["local", "clock", "+90s"]), 90_000);
    assert_eq!(ahead(&["local", "clock", "+1m"]), 150_000);
    assert_eq!(ahead(&["local", "clock"]), 150_000);
    let back = sandbox.run(&["local", "clock", "-1h"]).exits(1);
    assert!(back.stderr.contains("the clock goes forward only"), "{back}");
    for far in ["+36501d", "+18446744073709551615s"] {
        let refused = sandbox.run(&["local", "clock", far]).exits(1);
        assert!(refused.stderr.contains("100 years"), "{refused}");
    }
    // It stays moved.
    sandbox.run(&["local", "stop"]).ok();
    sandbox.start_cloud();
    assert_eq!(ahead(&["local", "clock"]), 150_000);
}

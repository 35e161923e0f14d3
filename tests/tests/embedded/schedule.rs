//! Schedules: the rule and its target as described, fired by the clock or by hand; orders that nobody works on expire.
use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use deployer::aws::Clients;
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};
use tests::{Sandbox, http, shipped};

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
const JOB: &str = "arn:aws:lambda:ap-south-1:000000000000:function:shop-dev-job";

/// What a function does happens in the background: waits for it, as a person would.
#[track_caller]
fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !look() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn place(endpoint: &str, item: &str) -> String {
    let placed = http::send_json("POST", &format!("{endpoint}/orders"), &json!({"item": item, "quantity": 1})).is(200);
    placed.json()["order_id"].as_str().expect("an order has an id").to_owned()
}

#[track_caller]
fn order(endpoint: &str, id: &str) -> Value {
    http::get(&format!("{endpoint}/orders/{id}")).is(200).json()["order"].clone()
}

/// The whole way: an order, 61 hours, the schedule fires by itself, the order is EXPIRED.
#[test]
fn orders_expire() {
    let (sandbox, endpoint) = shipped::up();
    let (forgotten, begun) = (place(&endpoint, "Laptop"), place(&endpoint, "Desk"));
    http::send_json("PUT", &format!("{endpoint}/orders/{begun}"), &json!({"status": "PROCESSING"})).is(200);
    // Nothing is old enough yet, whoever runs it.
    sandbox.local(&["invoke", "expiry"]).ok();
    sandbox.local(&["local", "clock", "+59h"]).ok();
    assert_eq!(order(&endpoint, &forgotten)["status"], "PENDING");

    let clock = sandbox.run(&["local", "clock", "+2h"]).ok();
    assert!(clock.stdout.ends_with("Z  (2d 13h ahead of this machine)\n"), "{clock}");
    eventually("the order expires", || order(&endpoint, &forgotten)["status"] == "EXPIRED");
    let expired = order(&endpoint, &forgotten);
    assert_eq!(expired["version"], 2, "{expired}");
    let (created, at) = (expired["created_at"].as_str(), expired["expired_at"].as_str());
    assert!(created.zip(at).is_some_and(|(created, at)| created < at), "{expired}");
    assert_eq!(order(&endpoint, &begun)["status"], "PROCESSING", "only what is PENDING expires");

    // Expired is final.
    let refused = http::send_json("PUT", &format!("{endpoint}/orders/{forgotten}"), &json!({"status": "PROCESSING"}));
    assert_eq!(refused.is(409).json()["current"], "EXPIRED");

    // And by hand: an order of now is 61 hours younger than the cloud's clock, because functions see the machine's time.
    let another = place(&endpoint, "Lamp");
    let fired = sandbox.local(&["schedule", "fire", "expiry"]).ok();
    assert!(fired.stdout.contains("orders-prod-expiry runs (request "), "{fired}");
    eventually("the other order expires", || order(&endpoint, &another)["status"] == "EXPIRED");
    let listed = http::get(&format!("{endpoint}/orders?status=EXPIRED")).is(200).json();
    assert_eq!(listed["count"], 2, "{listed}");
}

/// Neither function may do more than it needs; the table is never scanned.
#[test]
fn functions_have_what_they_need() {
    let (sandbox, _) = shipped::up();
    let table = "arn:aws:dynamodb:ap-south-1:000000000000:table/Orders";
    let statements = |role: &str| {
        let policy = sandbox.cloud().sdk(async |aws| {
            let policy = aws.iam.get_role_policy().role_name(role).policy_name("deployer").send().await;
            policy.expect("GetRolePolicy").policy_document().to_owned()
        });
        let policy = percent_encoding::percent_decode_str(&policy).decode_utf8().expect("UTF-8");
        let policy: Value = serde_json::from_str(&policy).expect("JSON");
        let statements = policy["Statement"].as_array().expect("statements").iter();
        let about_table = statements.filter(|it| it["Action"].to_string().contains("dynamodb:"));
        let mut out: Vec<_> = about_table.map(|it| (it["Action"].clone(), it["Resource"].clone())).collect();
        out.sort_by_key(|(_, resource)| resource.to_string());
        out
    };
    let (api, expiry) = (statements("orders-prod-api"), statements("orders-prod-expiry"));
    let query = (json!(["dynamodb:Query"]), json!([format!("{table}/index/status-index")]));
    let items = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
    assert_eq!(api, [(json!(items), json!([table])), query.clone()]);
    assert_eq!(expiry, [(json!(["dynamodb:UpdateItem"]), json!([table])), query]);
}

#[test]
fn made_and_removed() {
    let sandbox = Sandbox::new(STACK);
    let up = sandbox.up();
    assert!(up.steps().contains(&"create schedule.tick".to_owned()), "{up}");
    sandbox.is_converged();
    let cloud = sandbox.cloud();
    assert!(cloud.census().contains(&format!("rule {RULE}")), "{:?}", cloud.census());
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// One changed value is one difference, there and back.
#[test]
fn changed_in_the_description() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let cloud = sandbox.cloud();
    for (line, changes, writes) in [
        ("expression = \"cron(0 12 * * ? *)\"", &["schedule.tick expression"][..], &["events:PutRule"][..]),
        ("expression = \"rate(1 hour)\"\nenabled = false", &["schedule.tick enabled"], &["events:PutRule"]),
        ("expression = \"rate(1 hour)\"\ndescription = \"x\"", &["schedule.tick description"], &["events:PutRule"]),
        (
            "expression = \"rate(1 hour)\"\ninput = '{\"all\": true}'",
            &["schedule.tick targets.function.input"],
            &["events:PutTargets"],
        ),
        ("expression = \"rate(1 hour)\"\ntags = { a = \"1\" }", &["schedule.tick tags.a"], &["events:TagResource"]),
    ] {
        sandbox.edit("expression = \"rate(1 hour)\"", line);
        cloud.forget_calls();
        let up = sandbox.up();
        assert_eq!(up.changes(), changes, "{line}\n{up}");
        assert_eq!(cloud.writes(), writes, "{line}\n{up}");
        sandbox.is_converged();
        sandbox.describe(STACK);
        let up = sandbox.up();
        assert_eq!(up.changes(), changes, "back from {line}\n{up}");
        sandbox.is_converged();
    }
}

/// Another function: its grant is made, the other's goes.
#[test]
fn another_function() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    sandbox.edit("function = \"job\"", "function = \"report\"");
    sandbox.converges(&["update schedule.tick", "delete grant.job", "create grant.report"]);
}

/// Somebody else's changes are seen and repaired.
#[test]
fn drift_is_repaired() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let repairs = |seen: &[&str], status: Value| {
        assert_eq!(differences(&status), seen, "{status}");
        sandbox.up();
        sandbox.is_converged();
    };
    let status = || sandbox.local(&["status", "--output", "json"]).ok().json();
    let cloud = sandbox.cloud();
    cloud.sdk(async |aws| disable(aws).await);
    repairs(&["schedule.tick enabled"], status());
    cloud.sdk(async |aws| {
        let other = Target::builder().id("function").arn(JOB.replace("job", "report")).build().expect("complete");
        aws.events.put_targets().rule(RULE).targets(other).send().await.expect("PutTargets");
    });
    repairs(&["schedule.tick targets.function.function"], status());
    cloud.sdk(async |aws| {
        let stray = Target::builder().id("stray").arn(JOB).input("{}").build().expect("complete");
        aws.events.put_targets().rule(RULE).targets(stray).send().await.expect("PutTargets");
    });
    repairs(&["schedule.tick targets.stray"], status());
    cloud.sdk(async |aws| {
        aws.events.remove_targets().rule(RULE).ids("function").send().await.expect("RemoveTargets");
    });
    repairs(&["schedule.tick targets.function"], status());
    cloud.sdk(async |aws| {
        aws.events.remove_targets().rule(RULE).ids("function").send().await.expect("RemoveTargets");
        aws.events.delete_rule().name(RULE).send().await.expect("DeleteRule");
    });
    repairs(&["missing schedule.tick"], status());
}

async fn disable(aws: &Clients) {
    aws.events.disable_rule().name(RULE).send().await.expect("DisableRule");
}

fn differences(status: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for resource in status["resources"].as_array().into_iter().flatten() {
        let id = resource["id"].as_str().unwrap_or_default();
        match resource["condition"].as_str().unwrap_or_default() {
            "in_sync" => {}
            "drifted" => out.extend(
                resource["changes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|change| format!("{id} {}", change["path"].as_str().unwrap_or_default())),
            ),
            condition => out.push(format!("{condition} {id}")),
        }
    }
    out
}

/// A schedule that left the description goes, with what let it in.
#[test]
fn an_orphan_is_removed() {
    let sandbox = Sandbox::new(STACK);
    sandbox.up();
    let section = STACK.find("[schedule.tick]").expect("it is there");
    sandbox.describe(&STACK[..section]);
    let up = sandbox.up();
    let mut steps = up.steps();
    steps.sort();
    assert_eq!(steps, ["delete grant.job", "delete schedule.tick"], "{up}");
    assert!(!sandbox.cloud().census().iter().any(|it| it.starts_with("rule ")));
    sandbox.is_converged();
}

async fn make_rule(aws: &Clients, tag: Option<(&str, &str)>) {
    let put = aws.events.put_rule().name(RULE).schedule_expression("rate(1 day)").state(RuleState::Enabled);
    let tags = tag.map(|(key, value)| vec![Tag::builder().key(key).value(value).build().expect("complete")]);
    put.set_tags(tags).send().await.expect("PutRule");
}

/// A rule of that name that is nobody's is refused, and taken over when that is asked for; another stack's never.
#[test]
fn a_foreign_rule() {
    let sandbox = Sandbox::new(STACK);
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| make_rule(aws, None).await);
    cloud.forget_calls();
    let refused = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(refused.stderr.contains(RULE) && refused.stderr.contains("--adopt"), "{refused}");
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.local(&["up", "--yes", "--adopt"]).ok();
    sandbox.is_converged();

    let sandbox = Sandbox::new(STACK);
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| make_rule(aws, Some(("deployer:stack", "theirs"))).await);
    cloud.forget_calls();
    sandbox.local(&["up", "--yes", "--adopt"]).exits(1);
    assert_eq!(cloud.writes(), [""; 0]);
}

/// By hand: what is said, and what goes wrong.
#[test]
fn fired_by_hand() {
    let sandbox = Sandbox::new(STACK);
    let stopped = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(stopped.stderr.contains("the embedded cloud does not run"), "{stopped}");
    let cloud = sandbox.start_cloud();
    let early = sandbox.local(&["schedule", "fire", "tick"]).exits(1);
    assert!(early.stderr.contains("deployer up"), "{early}");
    sandbox.up();
    let unknown = sandbox.local(&["schedule", "fire", "tock"]).exits(1);
    assert!(unknown.stderr.contains("the stack has no schedule `tock`") && unknown.stderr.contains("It has: tick."));

    let fired = sandbox.local(&["schedule", "fire", "tick"]).ok();
    insta::assert_snapshot!(fired.transcript(), @r"
    $ deployer schedule fire tick --local
    --- stdout
    shop-dev-tick fired; its event has the time [TIME]
      shop-dev-job runs (request [UUID])
    --- exit 0
    ");
    let json = sandbox.local(&["schedule", "fire", "tick", "--output", "json"]).ok().json();
    assert_eq!((&json["rule"], &json["deliveries"][0]["function"]), (&json!(RULE), &json!("shop-dev-job")), "{json}");

    // The way that is taken on AWS, which works here too.
    let far = Sandbox::new(STACK).with("AWS_ACCESS_KEY_ID", "test").with("AWS_SECRET_ACCESS_KEY", "test");
    cloud.forget_calls();
    let fired = far.run(&["schedule", "fire", "tick", "--endpoint-url", &cloud.endpoint]).ok();
    assert_eq!(cloud.writes(), ["lambda:Invoke"], "{fired}");
    assert!(fired.stdout.contains("shop-dev-job runs (request "), "{fired}");

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

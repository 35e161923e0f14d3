//! Schedules: made, changed, drifted, removed, and fired.

use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use deployer::aws::AwsClients;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::sandbox::SHOP;
use tests::{Sandbox, http, shipped};

const SCHEDULE: &str = "\n[schedule.hourly]\nfunction = \"api\"\nexpression = \"rate(1 hour)\"\n";
const RULE: &str = "shop-dev-hourly";

fn shop() -> Sandbox {
    let sandbox = Sandbox::new(&format!("{SHOP}{SCHEDULE}"));
    sandbox.up();
    sandbox
}

#[test]
fn come_and_go() {
    let sandbox = shop();
    sandbox.is_converged();
    let cloud = sandbox.cloud();
    assert!(cloud.census().contains(&format!("rule {RULE}")));
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0]);
    // Not described any more: it goes, and the function's grant with it.
    sandbox.describe(SHOP);
    sandbox.converges(&["delete schedule.hourly", "update grant.api"]);
    assert!(!cloud.census().contains(&format!("rule {RULE}")));
    sandbox.describe(&format!("{SHOP}{SCHEDULE}"));
    sandbox.up();
    sandbox.is_converged();
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// Exactly what was edited is changed, there and back.
#[test]
fn change_as_described() {
    let sandbox = shop();
    for (from, to, changes) in [
        ("rate(1 hour)", "rate(2 hours)", "schedule.hourly expression"),
        ("rate(1 hour)", "cron(0 12 * * ? *)", "schedule.hourly expression"),
        ("rate(1 hour)\"", "rate(1 hour)\"\nenabled = false", "schedule.hourly enabled"),
        ("rate(1 hour)\"", "rate(1 hour)\"\ndescription = \"Clean up\"", "schedule.hourly description"),
        ("rate(1 hour)\"", "rate(1 hour)\"\ninput = \"{}\"", "schedule.hourly targets.function.input"),
        ("rate(1 hour)\"", "rate(1 hour)\"\ntags = { team = \"a\" }", "schedule.hourly tags.team"),
    ] {
        sandbox.edit(from, to);
        for _ in ["there", "back"] {
            let up = sandbox.up();
            assert_eq!(up.changes(), [changes], "{up}");
            sandbox.is_converged();
            sandbox.describe(&format!("{SHOP}{SCHEDULE}"));
        }
    }
}

#[track_caller]
fn repairs(sandbox: &Sandbox, field: &str, meddle: impl AsyncFnOnce(&AwsClients)) {
    sandbox.cloud().sdk(meddle);
    let status = sandbox.local(&["status", "--output", "json", "--detailed-exitcode"]).exits(2);
    assert!(status.stdout.contains(&format!("\"path\": \"{field}\"")), "{status}");
    let up = sandbox.up();
    assert_eq!(up.changes(), [format!("schedule.hourly {field}")], "{up}");
    sandbox.is_converged();
}

#[test]
fn drift_is_repaired() {
    let sandbox = shop();
    repairs(&sandbox, "enabled", async |aws| {
        aws.events.disable_rule().name(RULE).send().await.expect("DisableRule");
    });
    repairs(&sandbox, "expression", async |aws| {
        let put = aws.events.put_rule().name(RULE).schedule_expression("rate(5 minutes)").state(RuleState::Enabled);
        put.send().await.expect("PutRule");
    });
    repairs(&sandbox, "targets.function", async |aws| {
        aws.events.remove_targets().rule(RULE).ids("function").send().await.expect("RemoveTargets");
    });
    repairs(&sandbox, "targets.stray", async |aws| {
        let arn = "arn:aws:lambda:ap-south-1:000000000000:function:other";
        let stray = Target::builder().id("stray").arn(arn).build().expect("complete");
        aws.events.put_targets().rule(RULE).targets(stray).send().await.expect("PutTargets");
    });
    repairs(&sandbox, "tags.stray", async |aws| {
        let tag = Tag::builder().key("stray").value("1").build().expect("complete");
        let arn = format!("arn:aws:events:ap-south-1:000000000000:rule/{RULE}");
        aws.events.tag_resource().resource_arn(arn).tags(tag).send().await.expect("TagResource");
    });
    sandbox.cloud().sdk(async |aws| {
        aws.events.remove_targets().rule(RULE).ids("function").send().await.expect("RemoveTargets");
        aws.events.delete_rule().name(RULE).send().await.expect("DeleteRule");
    });
    sandbox.converges(&["create schedule.hourly"]);
}

#[test]
fn of_somebody_else_are_left_alone() {
    let sandbox = Sandbox::new(&format!("{SHOP}{SCHEDULE}"));
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| {
        aws.events.put_rule().name(RULE).schedule_expression("rate(1 day)").send().await.expect("PutRule");
    });
    cloud.forget_calls();
    let up = sandbox.local(&["up", "--yes"]).exits(1);
    assert!(up.stderr.contains("schedule.hourly shop-dev-hourly exists"), "{up}");
    assert_eq!(cloud.writes(), [""; 0]);
    sandbox.local(&["up", "--yes", "--adopt"]).ok();
    sandbox.is_converged();

    // Another stack's cannot be taken over.
    let sandbox = Sandbox::new(&format!("{SHOP}{SCHEDULE}"));
    let cloud = sandbox.start_cloud();
    cloud.sdk(async |aws| {
        let tag = Tag::builder().key("deployer:stack").value("theirs").build().expect("complete");
        aws.events.put_rule().name(RULE).schedule_expression("rate(1 day)").tags(tag).send().await.expect("PutRule");
    });
    cloud.forget_calls();
    sandbox.local(&["up", "--yes", "--adopt"]).exits(1);
    assert_eq!(cloud.writes(), [""; 0]);
}

/// Another function: its grant is made, the other's goes.
#[test]
fn change_their_function() {
    let sandbox = shop();
    let job = "\n[function.job]\nartifact = \"code\"\n";
    sandbox.describe(
        &format!("{SHOP}{job}{SCHEDULE}").replace("function = \"api\"\nexpression", "function = \"job\"\nexpression"),
    );
    let up = sandbox.up();
    assert_eq!(
        up.changes(),
        ["schedule.hourly targets.function.function", "grant.api statements.deployer-schedule-hourly-[HASH]"],
        "{up}"
    );
    sandbox.is_converged();
}

/// It really runs the function, with the input that is described.
#[test]
fn run_their_function() {
    let more = r#"[schedule.standing]
function = "api"
expression = "rate(1 day)"
input = '{"body": "{\"item\": \"Lamp\", \"quantity\": 1}"}'
"#;
    let (sandbox, endpoint) =
        shipped::up_as(&shipped::DESCRIPTION.replacen("[stage.prod]", &format!("{more}\n[stage.prod]"), 1));
    let orders = format!("{endpoint}/orders");
    sandbox.cloud().fire("orders-prod-standing");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let list = http::get(&orders).is(200).json();
        if list["count"] == 1 {
            assert_eq!(list["orders"][0]["item"], json!("Lamp"));
            return;
        }
        assert!(Instant::now() < deadline, "no order was placed: {list}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What `validate` takes the embedded cloud takes, and what it refuses the embedded cloud refuses: each has its own reading of the same rules.
#[test]
fn are_judged_alike() {
    let sandbox = Sandbox::new(SHOP);
    let cloud = sandbox.start_cloud();
    for expression in [
        "rate(5 minutes)",
        "rate(1 hours)",
        "rate(0 days)",
        "cron(0 12 * * ? *)",
        "cron(*/60 * * * ? *)",
        "cron(*/59 * * * ? *)",
        "cron(71 8 1 * ? *)",
        "cron(0 25 1 * ? *)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(0 1 32 * ? *)",
        "cron(0 1 1 13 ? *)",
        "cron(15 12 ? * -1 *)",
        "cron(15 12 ? * 8 *)",
        "cron(15 12 ? * 2#6 *)",
        "cron(15 12 ? * 2#5 *)",
        "cron(15 12 ? * FRI-MON *)",
        "cron(15 12 ? * 6L *)",
        "cron(15 12 LW * ? *)",
        "cron(15 12 15W * ? *)",
        "cron(15 12 32W * ? *)",
        "cron(0 12 * * ? 2200)",
        "cron(0,30 0-23/2 1,31 JAN-mar,12 ? 2026-2199)",
        "cron(0 12 * * *)",
        "cron(0 12 * * * *)",
    ] {
        let put = cloud
            .sdk(async |aws| aws.events.put_rule().name("judge").schedule_expression(expression).send().await.is_ok());
        sandbox.describe(&format!("{SHOP}{SCHEDULE}").replace("rate(1 hour)", expression));
        let validated = sandbox.run(&["validate"]);
        assert_eq!(validated.code == Some(0), put, "{expression}\n{validated}");
    }
}

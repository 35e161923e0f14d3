//! EventBridge: rules that fire on the cloud's clock.

mod lab;

use deployer_local::clock::Clock;
use lab::cloud::{FUNCTION, Started, start, start_in};
use lab::http::{Reply, own, send};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const RULE: &str = "arn:aws:events:ap-south-1:000000000000:rule/tick";

/// A cloud with the function and the rule `tick` that has it as a target, and the permission.
async fn with_rule(schedule: &str) -> Started {
    add_rule(start().await, schedule)
}

fn add_rule(started: Started, schedule: &str) -> Started {
    started.create_function();
    started.events("PutRule", &json!({ "Name": "tick", "ScheduleExpression": schedule }));
    target(&started, json!({ "Id": "1", "Arn": FUNCTION }));
    started.permit("tick", "events.amazonaws.com", RULE);
    started
}

fn target(started: &Started, target: Value) {
    let answer = started.events("PutTargets", &json!({ "Rule": "tick", "Targets": [target] }));
    assert_eq!(answer["FailedEntryCount"], 0);
}

fn advance(started: &Started, minutes: u64) {
    own(started.addr, "POST", "/_deployer/clock", &json!({ "advanceMs": minutes * 60_000 }));
}

fn starts(started: &Started) -> usize {
    started.lines().iter().filter(|line| line.starts_with("START")).count()
}

/// Returns when the function has been called so many times in all; fails after ten seconds.
async fn until_starts(started: &Started, count: usize) {
    for _ in 0..1_000 {
        if starts(started) == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{} calls instead of {count} within ten seconds", starts(started));
}

fn said(started: &Started, line: &str) -> usize {
    started.lines().iter().filter(|said| *said == line).count()
}

/// Returns when a line has been logged so many times; fails after ten seconds.
async fn until_said(started: &Started, line: &str, count: usize) {
    for _ in 0..1_000 {
        if said(started, line) == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{line:?} was said {} times instead of {count} within ten seconds", said(started, line));
}

/// A call that must fail: `<status> <code>: <message>`.
fn refused(started: &Started, operation: &str, input: &Value) -> String {
    let reply: Reply = send(
        started.addr,
        "POST",
        "/",
        &[
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=x/20260101/ap-south-1/events/aws4_request, SignedHeaders=host, Signature=0",
            ),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", &format!("AWSEvents.{operation}")),
        ],
        input.to_string().as_bytes(),
    );
    let body = reply.json();
    let message = body["message"].as_str().or_else(|| body["Message"].as_str()).unwrap_or_default().to_owned();
    format!("{operation}: {} {}: {message}", reply.status, body["__type"].as_str().unwrap_or_default())
}

/// Adds a rule that is due every minute and after all others, by which a test knows that the scheduler has looked at them.
fn add_last_rule(started: &Started) {
    let arn = RULE.replace("tick", "zz");
    started.events("PutRule", &json!({ "Name": "zz", "ScheduleExpression": "rate(1 minute)" }));
    let input = json!({ "do": "say", "lines": ["looked"] }).to_string();
    let targets = json!([{ "Id": "1", "Arn": FUNCTION, "Input": input }]);
    started.events("PutTargets", &json!({ "Rule": "zz", "Targets": targets }));
    started.permit("zz", "events.amazonaws.com", &arn);
}

/// Moves the clock on and returns, once everything that is due then has run, the moments at which `tick` was due so far.
async fn due_after(started: &Started, minutes: u64) -> Vec<i64> {
    let looked = said(started, "looked");
    advance(started, minutes);
    let queue = started.dir.path().join("queue");
    for _ in 0..1_000 {
        if said(started, "looked") > looked && std::fs::read_dir(&queue).unwrap().count() == 0 {
            let lines = started.lines();
            let due = lines.iter().filter_map(|line| OffsetDateTime::parse(line.strip_prefix("due ")?, &Rfc3339).ok());
            return due.map(OffsetDateTime::unix_timestamp).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the last rule did not fire within ten seconds");
}

/// Returns the cloud's time in seconds.
fn now(started: &Started) -> i64 {
    own(started.addr, "GET", "/_deployer/clock", &Value::Null)["nowMs"].as_i64().unwrap() / 1_000
}

const HOUR: i64 = 3_600;

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_due_by_the_clock_from_the_moment_at_which_its_rule_was_enabled() {
    let started = start().await;
    let before = now(&started);
    let started = add_rule(started, "rate(1 hour)");
    let after = now(&started);
    add_last_rule(&started);
    assert_eq!(due_after(&started, 30).await, [0; 0], "half an hour is not enough");
    let due = due_after(&started, 31).await;
    assert_eq!(due.len(), 1);
    assert!((before + HOUR..=after + HOUR).contains(&due[0]), "{due:?} with a rule of {before} to {after}");
    // Once for the last of all the hours.
    assert_eq!(due_after(&started, 24 * 60).await, [due[0], due[0] + 24 * HOUR]);
    started.events("DisableRule", &json!({ "Name": "tick" }));
    assert_eq!(due_after(&started, 120).await.len(), 2, "a disabled rule does not fire");
    let before = now(&started);
    started.events("EnableRule", &json!({ "Name": "tick" }));
    let after = now(&started);
    let due = due_after(&started, 61).await;
    assert_eq!(due.len(), 3);
    assert!((before + HOUR..=after + HOUR).contains(&due[2]), "{due:?}, enabled at {before} to {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_the_event_or_the_input_of_the_target() {
    let started = with_rule("cron(0 12 * * ? *)").await;
    // The probe answers with its event, and an asynchronous answer goes nowhere: it says it instead.
    target(&started, json!({ "Id": "1", "Arn": FUNCTION, "Input": "{\"do\":\"say\",\"lines\":[\"noon\"]}" }));
    advance(&started, 24 * 60);
    until_said(&started, "noon", 1).await;
    target(&started, json!({ "Id": "1", "Arn": FUNCTION, "Input": "{\"do\":\"fail\"}" }));
    let fired = own(started.addr, "POST", "/_deployer/fire", &json!({ "region": "ap-south-1", "name": "tick" }));
    assert_eq!(fired["deliveries"][0]["error"], Value::Null);
    let end = format!("END RequestId: {}", fired["deliveries"][0]["requestId"].as_str().unwrap());
    until_said(&started, &end, 1).await;
    // The retry is set up a moment after the end of a failed attempt: small steps over the one minute and the two.
    for attempt in [2, 3] {
        for _ in 0..1_000 {
            advance(&started, 1);
            if said(&started, &end) == attempt {
                break;
            }
        }
        until_said(&started, &end, attempt).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_the_permission_of_the_function() {
    let started = with_rule("rate(1 hour)").await;
    let remove = "/2015-03-31/functions/probe/policy/tick";
    lab::http::rest(started.addr, "lambda", "DELETE", remove, &Value::Null);
    let fire = || own(started.addr, "POST", "/_deployer/fire", &json!({ "region": "ap-south-1", "name": "tick" }));
    let delivery = fire()["deliveries"][0].clone();
    assert_eq!(delivery["requestId"], Value::Null);
    assert!(delivery["error"].as_str().unwrap().contains("allows events.amazonaws.com"), "{delivery}");
    started.permit("tick", "events.amazonaws.com", RULE);
    assert!(fire()["deliveries"][0]["requestId"].is_string());
    until_starts(&started, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_put_listed_and_deleted() {
    let started = with_rule("rate(1 hour)").await;
    for name in ["a", "b", "c"] {
        let tags = json!([{ "Key": "k", "Value": name }]);
        let rule = json!({ "Name": name, "ScheduleExpression": "rate(5 minutes)", "State": "DISABLED", "Description": name, "Tags": tags });
        started.events("PutRule", &rule);
    }
    let page = started.events("ListRules", &json!({ "Limit": 3 }));
    assert_eq!(page["Rules"].as_array().unwrap().len(), 3);
    let rest = started.events("ListRules", &json!({ "Limit": 3, "NextToken": page["NextToken"] }));
    assert_eq!((rest["Rules"][0]["Name"].as_str(), rest.get("NextToken")), (Some("tick"), None));
    let described = started.events("DescribeRule", &json!({ "Name": "a", "EventBusName": "default" }));
    assert_eq!(
        described,
        json!({
            "Name": "a", "Arn": RULE.replace("tick", "a"), "ScheduleExpression": "rate(5 minutes)", "State": "DISABLED",
            "EventBusName": "default", "Description": "a", "CreatedBy": "000000000000",
        })
    );
    let arn = json!({ "ResourceARN": RULE.replace("tick", "a") });
    started
        .events("TagResource", &json!({ "ResourceARN": arn["ResourceARN"], "Tags": [{ "Key": "l", "Value": "2" }] }));
    started.events("UntagResource", &json!({ "ResourceARN": arn["ResourceARN"], "TagKeys": ["k"] }));
    assert_eq!(started.events("ListTagsForResource", &arn), json!({ "Tags": [{ "Key": "l", "Value": "2" }] }));
    // Put again: the description is cleared, tags and targets stay.
    started.events(
        "PutRule",
        &json!({ "Name": "a", "ScheduleExpression": "rate(5 minutes)", "Tags": [{ "Key": "x", "Value": "" }] }),
    );
    assert_eq!(started.events("DescribeRule", &json!({ "Name": "a" })).get("Description"), None);
    assert_eq!(started.events("ListTagsForResource", &arn), json!({ "Tags": [{ "Key": "l", "Value": "2" }] }));
    let targets = started.events("ListTargetsByRule", &json!({ "Rule": "tick" }));
    assert_eq!(targets, json!({ "Targets": [{ "Id": "1", "Arn": FUNCTION }] }));
    let rules = started.events("ListRuleNamesByTarget", &json!({ "TargetArn": FUNCTION }));
    assert_eq!(rules, json!({ "RuleNames": ["tick"] }));
    for (operation, input) in [
        ("RemoveTargets", json!({ "Rule": "tick", "Ids": ["1"] })),
        ("DeleteRule", json!({ "Name": "tick" })),
        ("DeleteRule", json!({ "Name": "tick" })),
    ] {
        started.events(operation, &input);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_those_of_aws() {
    let started = with_rule("rate(1 hour)").await;
    let many: Vec<Value> = (0..6).map(|id| json!({ "Id": id.to_string(), "Arn": FUNCTION })).collect();
    let shown: Vec<String> = [
        ("PutRule", json!({ "Name": "a b", "ScheduleExpression": "rate(1 hour)" })),
        ("PutRule", json!({ "Name": "a" })),
        ("PutRule", json!({ "Name": "a", "ScheduleExpression": "rate(1 hours)" })),
        ("PutRule", json!({ "Name": "a", "EventPattern": "{}" })),
        ("PutRule", json!({ "Name": "a", "ScheduleExpression": "rate(1 hour)", "EventBusName": "other" })),
        ("DescribeRule", json!({ "Name": "none" })),
        ("DeleteRule", json!({ "Name": "tick" })),
        ("EnableRule", json!({ "Name": "none" })),
        ("PutTargets", json!({ "Rule": "none", "Targets": [{ "Id": "1", "Arn": FUNCTION }] })),
        (
            "PutTargets",
            json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": "arn:aws:sqs:ap-south-1:000000000000:q" }] }),
        ),
        ("PutTargets", json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": "nonsense" }] })),
        ("PutTargets", json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": FUNCTION, "Input": "{" }] })),
        ("PutTargets", json!({ "Rule": "tick", "Targets": [{ "Id": "1", "Arn": FUNCTION, "InputPath": "$.x" }] })),
        ("PutTargets", json!({ "Rule": "tick", "Targets": many })),
        ("ListTargetsByRule", json!({ "Rule": "none" })),
        ("ListRules", json!({ "Limit": 0 })),
        ("TagResource", json!({ "ResourceARN": RULE.replace("tick", "none"), "Tags": [] })),
        ("PutEvents", json!({ "Entries": [] })),
    ]
    .iter()
    .map(|(operation, input)| refused(&started, operation, input))
    .collect();
    insta::assert_snapshot!("errors", shown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_survive_a_restart_and_catch_up_nothing() {
    let started = with_rule("rate(1 hour)").await;
    add_last_rule(&started);
    let Started { dir, cloud, .. } = started;
    cloud.shutdown().await;
    // Five hours pass while it does not run.
    Clock::open(dir.path()).unwrap().advance(std::time::Duration::from_secs(5 * 3_600)).unwrap();
    let started = start_in(dir).await;
    let back = now(&started);
    let due = due_after(&started, 61).await;
    assert_eq!(due.len(), 1, "{due:?}, back at {back}");
    assert!(due[0] > back, "{due:?}, back at {back}");
}

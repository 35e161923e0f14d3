//! Calls that nobody waits for: tried as often as the description says, and told to a queue when they are given up.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{Cloud, Sandbox, eventually, function_code};

const RULE: &str = "asynchronous = { retries = 1, on_failure = \"dlq\" }\n";
/// From the first attempt to the second.
const RETRY: Duration = Duration::from_secs(60);

fn stack(asynchronous: &str) -> String {
    format!(
        "name = \"shop\"
region = \"ap-south-1\"

[queue.dlq]

[function.work]
artifact = {:?}
{asynchronous}
[schedule.tick]
function = \"work\"
expression = \"rate(1 day)\"
input = '{{ \"do\": \"fail\", \"tick\": 1 }}'
",
        function_code::consumer().display().to_string()
    )
}

/// Returns what the queue was told, oldest first.
fn told(sandbox: &Sandbox) -> Vec<Value> {
    let peeked = sandbox.local(&["queue", "peek", "dlq", "--output", "json"]).ok().json();
    let bodies = peeked["messages"].as_array().into_iter().flatten();
    let told = bodies.map(|it| serde_json::from_str(it["body"].as_str().expect("a body")).expect("it is JSON"));
    let mut told: Vec<Value> = told.collect();
    told.sort_by_key(|it| it["timestamp"].to_string());
    told
}

fn invoke(cloud: &Cloud, event: &Value) {
    cloud.sdk(async |aws| {
        let payload = aws_sdk_lambda::primitives::Blob::new(event.to_string());
        let invoke = aws.lambda.invoke().function_name("shop-dev-work").payload(payload);
        invoke.invocation_type(aws_sdk_lambda::types::InvocationType::Event).send().await.expect("Invoke");
    });
}

fn failures(sandbox: &Sandbox) -> usize {
    sandbox.local(&["logs", "work", "--raw"]).ok().stdout.matches("REPORT RequestId").count()
}

#[test]
fn calls_that_are_given_up_are_told() {
    let sandbox = Sandbox::new(&stack(RULE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    sandbox.is_converged();
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0], "nothing is sent where nothing differs");

    invoke(&cloud, &json!({"do": "fail"}));
    eventually("the function fails", || failures(&sandbox) == 1);
    assert_eq!(told(&sandbox), [Value::Null; 0]);
    eventually("it fails once more, and that is all", || {
        cloud.advance(RETRY);
        told(&sandbox).len() == 1
    });
    assert_eq!(failures(&sandbox), 2);
    let told_of = &told(&sandbox)[0];
    assert_eq!(told_of["requestContext"]["condition"], "RetriesExhausted", "{told_of}");
    assert_eq!(told_of["requestContext"]["approximateInvokeCount"], 2, "{told_of}");
    assert_eq!(told_of["requestPayload"], json!({"do": "fail"}), "{told_of}");
    assert_eq!(told_of["responsePayload"]["errorMessage"], "as you wish", "{told_of}");

    // What a schedule runs is such a call too.
    sandbox.edit("retries = 1", "retries = 0");
    cloud.forget_calls();
    sandbox.converges(&["update event_invoke_config.work"]);
    assert_eq!(cloud.writes(), ["lambda:PutFunctionEventInvokeConfig"]);
    sandbox.local(&["schedule", "fire", "tick"]).ok();
    eventually("it is told at once", || told(&sandbox).len() == 2);
    assert_eq!(told(&sandbox)[1]["requestPayload"], json!({"do": "fail", "tick": 1}));

    // An event that is too old is not tried again.
    sandbox.edit("retries = 0", "max_age = 60");
    sandbox.converges(&["update event_invoke_config.work"]);
    invoke(&cloud, &json!({"do": "fail", "old": true}));
    eventually("the function fails", || failures(&sandbox) == 4);
    eventually("it is given up", || {
        cloud.advance(RETRY);
        told(&sandbox).len() == 3
    });
    assert_eq!(told(&sandbox)[2]["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(failures(&sandbox), 4);
}

#[test]
fn what_somebody_changed_is_brought_back_and_what_is_switched_off_goes() {
    let sandbox = Sandbox::new(&stack(RULE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    cloud.sdk(async |aws| {
        let put = aws.lambda.put_function_event_invoke_config().function_name("shop-dev-work");
        put.maximum_retry_attempts(0).send().await.expect("PutFunctionEventInvokeConfig");
    });
    sandbox.converges(&["update event_invoke_config.work"]);

    // What the description does not mention stays.
    sandbox.describe(&stack(""));
    sandbox.converges(&["update role.work"]);
    let is_there = || {
        cloud.sdk(async |aws| {
            let get = aws.lambda.get_function_event_invoke_config().function_name("shop-dev-work");
            get.send().await.is_ok()
        })
    };
    assert!(is_there());
    sandbox.describe(&stack("asynchronous = false\n"));
    sandbox.converges(&["delete event_invoke_config.work"]);
    assert!(!is_there());
    sandbox.local(&["down", "--yes"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

#[test]
fn a_role_of_others_is_told_what_it_has_to_allow() {
    let role = "arn:aws:iam::000000000000:role/team/work";
    let sandbox = Sandbox::new(&stack(&format!("{RULE}role_arn = \"{role}\"\n")));
    let policy = sandbox.run(&["policy", "--function", "work"]).ok();
    assert!(policy.stdout.contains("sqs:SendMessage") && policy.stdout.contains(":shop-dev-dlq"), "{policy}");
}

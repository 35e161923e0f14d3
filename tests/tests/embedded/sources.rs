//! What runs a function in the embedded cloud: the messages of a queue and the changes of a table, from `up` to `down`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use std::time::Duration;
use tests::{Cloud, Sandbox, eventually, function_code};

const VISIBILITY: Duration = Duration::from_secs(30);
const OF_QUEUE: &str = "
[[function.work.source]]
queue = \"jobs\"
batch_size = 5
";
const OF_TABLE: &str = "
[[function.work.source]]
table = \"orders\"
retries = 0
on_failure = \"dlq\"
";

/// Describes a queue with dead letters, a table with a stream, and a function that has the sources.
fn stack(sources: &str) -> String {
    format!(
        "name = \"shop\"
region = \"ap-south-1\"

[queue.dlq]

[queue.jobs]
visibility_timeout = 30
dead_letter = {{ queue = \"dlq\", receives = 1 }}

[table.orders]
partition_key = \"id\"
stream = \"NEW_AND_OLD_IMAGES\"

[function.work]
artifact = {:?}
timeout = 10
{sources}",
        function_code::consumer().display().to_string()
    )
}

/// Returns what the function was handed, invocation by invocation.
fn handed(sandbox: &Sandbox) -> Vec<String> {
    let logs = sandbox.local(&["logs", "work", "--raw"]).ok();
    logs.stdout.lines().filter_map(|line| Some(line.split_once("got ")?.1.to_owned())).collect()
}

#[track_caller]
fn is_handed(sandbox: &Sandbox, expected: &[&str]) {
    let what = format!("the function is handed {expected:?}; its log: {:?}", handed(sandbox));
    eventually(&what, || handed(sandbox) == expected);
}

/// Returns the bodies of the messages that a queue shows.
fn messages(sandbox: &Sandbox, queue: &str) -> Vec<String> {
    let peeked = sandbox.local(&["queue", "peek", queue, "--output", "json"]).ok().json();
    let messages = peeked["messages"].as_array().into_iter().flatten();
    messages.filter_map(|message| Some(message["body"].as_str()?.to_owned())).collect()
}

fn put(cloud: &Cloud, id: &str) {
    cloud.sdk(async |aws| {
        let put = aws.dynamodb.put_item().table_name("shop-dev-orders").item("id", AttributeValue::S(id.to_owned()));
        put.send().await.expect("PutItem");
    });
}

#[test]
fn messages_run_the_function_and_failures_come_back_from_the_dead_letters() {
    let sandbox = Sandbox::new(&stack(OF_QUEUE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    sandbox.is_converged();
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0], "nothing is sent where nothing differs");

    sandbox.local(&["queue", "send", "jobs", "hello"]).ok();
    is_handed(&sandbox, &["hello"]);
    sandbox.local(&["queue", "send", "jobs", "fail"]).ok();
    is_handed(&sandbox, &["hello", "fail"]);
    cloud.advance(VISIBILITY);
    eventually("what failed is a dead letter", || messages(&sandbox, "dlq") == ["fail"]);
    let brought = sandbox.local(&["queue", "redrive", "dlq"]).ok();
    is_handed(&sandbox, &["hello", "fail", "fail"]);
    assert_eq!(brought.stdout, "about 1 message moved back\n");
    assert_eq!(messages(&sandbox, "dlq"), [""; 0], "{brought}");

    sandbox.edit("batch_size = 5", "batch_size = 7");
    cloud.forget_calls();
    sandbox.converges(&["update source.work.queue.jobs"]);
    let changed = cloud.writes();
    assert!(changed.contains(&"lambda:UpdateEventSourceMapping".to_owned()), "{changed:?}");
    assert!(!changed.contains(&"lambda:CreateEventSourceMapping".to_owned()), "{changed:?}");
    sandbox.local(&["down", "--yes", "--delete-data", "dlq", "--delete-data", "jobs"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

#[test]
fn changes_of_a_table_run_the_function_and_what_is_given_up_is_told() {
    let sandbox = Sandbox::new(&stack(OF_TABLE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    sandbox.is_converged();
    put(&cloud, "a");
    is_handed(&sandbox, &["INSERT a"]);
    put(&cloud, "fail");
    eventually("what is given up is told", || messages(&sandbox, "dlq").len() == 1);
    let told: Value = serde_json::from_str(&messages(&sandbox, "dlq")[0]).expect("it is JSON");
    assert_eq!(told["DDBStreamBatchInfo"]["batchSize"], 1, "{told}");
    assert_eq!(handed(&sandbox), ["INSERT a", "INSERT fail"]);

    // Other images are another stream, with another ARN: what Lambda reads is made anew.
    sandbox.edit("NEW_AND_OLD_IMAGES", "KEYS_ONLY");
    let plan = sandbox.local(&["plan"]).ok().stdout;
    assert!(plan.contains("table.orders shop-dev-orders ends its stream and begins another"), "{plan}");
    assert!(plan.contains("source.work.table.orders") && plan.contains("leaves the stream that it reads"), "{plan}");
    sandbox.converges(&["update table.orders", "update source.work.table.orders"]);
    put(&cloud, "b");
    is_handed(&sandbox, &["INSERT a", "INSERT fail", "INSERT b"]);

    // A source goes with its lines.
    sandbox.describe(&stack(""));
    sandbox.up();
    sandbox.is_converged();
    assert!(!cloud.census().iter().any(|found| found.starts_with("source ")), "{:?}", cloud.census());
    put(&cloud, "c");
    sandbox.describe(&stack(OF_QUEUE));
    sandbox.up();
    sandbox.local(&["queue", "send", "jobs", "hello"]).ok();
    is_handed(&sandbox, &["INSERT a", "INSERT fail", "INSERT b", "hello"]);
    sandbox.local(&["down", "--yes", "--delete-data", "orders", "--delete-data", "dlq"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// Lambda ends a source in its own time. Its function and its queue are there until then, for the runs that it has begun.
#[test]
fn a_source_is_gone_before_its_function_and_its_queue() {
    let sandbox = Sandbox::new(&stack(OF_QUEUE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    sandbox.run(&["local", "start", "--fault", "source-settling=1m"]).ok();
    let mut down = sandbox.spawn(&["down", "--local", "--yes", "--output", "json"]);
    down.until_all(&[&["waiting", "source.work.queue.jobs", "the deletion to finish"]]);
    let left = cloud.census();
    for there in ["function shop-dev-work", "queue shop-dev-jobs"] {
        assert!(left.iter().any(|found| found.starts_with(there)), "{there}: {left:?}");
    }
    cloud.advance(Duration::from_secs(60));
    let down = down.finish().ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0], "{down}");
}

/// The queue is looked at again when nobody sends to it any more, and what came in since the plan was shown is kept.
#[test]
fn a_message_that_comes_while_its_source_goes_is_kept() {
    let sandbox = Sandbox::new(&stack(OF_QUEUE));
    let cloud = sandbox.start_cloud();
    sandbox.up();
    sandbox.run(&["local", "start", "--fault", "source-settling=1m"]).ok();
    let mut down = sandbox.spawn(&["down", "--local", "--yes", "--output", "json"]);
    down.until_all(&[&["waiting", "source.work.queue.jobs", "the deletion to finish"]]);
    sandbox.local(&["queue", "send", "jobs", "late"]).ok();
    cloud.advance(Duration::from_secs(60));
    let down = down.finish().exits(1);
    assert!(down.stdout.contains("was not deleted: it holds messages, about 1 waiting"), "{down}");
    assert!(cloud.census().contains(&"queue shop-dev-jobs".to_owned()), "{:?}", cloud.census());
    sandbox.local(&["down", "--yes", "--delete-data", "queue.jobs"]).ok();
    assert_eq!(sandbox.start_cloud().census(), [""; 0]);
}

/// A role of others is used as it is: it is neither made nor given rights nor taken away.
#[test]
fn a_function_with_a_role_of_others_has_what_that_role_may() {
    let role = "arn:aws:iam::000000000000:role/team/work";
    let description = stack(OF_QUEUE).replace("timeout = 10\n", &format!("timeout = 10\nrole_arn = \"{role}\"\n"));
    let sandbox = Sandbox::new(&description);
    let cloud = sandbox.start_cloud();
    let allow = |actions: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": "*"}}]}}"#
        );
        cloud.sdk(async |aws| {
            let put = aws.iam.put_role_policy().role_name("work").policy_name("own").policy_document(policy);
            put.send().await.expect("PutRolePolicy");
        });
    };
    cloud.sdk(async |aws| {
        let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
        let create = aws.iam.create_role().role_name("work").path("/team/").assume_role_policy_document(trust);
        create.send().await.expect("CreateRole");
    });
    allow(r#"["logs:*", "sqs:*"]"#);
    cloud.forget_calls();
    sandbox.up();
    assert!(!cloud.writes().iter().any(|call| call.starts_with("iam:")), "{:?}", cloud.writes());
    sandbox.is_converged();
    sandbox.local(&["queue", "send", "jobs", "hello"]).ok();
    is_handed(&sandbox, &["hello"]);
    sandbox.local(&["down", "--yes", "--delete-data", "orders"]).ok();
    assert_eq!(sandbox.start_cloud().census(), ["role work"]);
}

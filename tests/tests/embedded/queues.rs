//! Queues in the embedded cloud: made, left alone, changed, and kept as long as they hold messages.

use std::time::Duration;
use tests::Sandbox;

const STACK: &str = r#"name = "shop"
region = "ap-south-1"

[queue.dlq]

[queue.jobs]
visibility_timeout = 60
dead_letter = { queue = "dlq", receives = 3 }
encryption = "SQS_MANAGED"

[queue.ordered]
fifo = true
content_based_deduplication = true

[queue.kept]
protected = true
"#;

fn send(sandbox: &Sandbox, queue: &str) {
    sandbox.local(&["queue", "send", queue, "hello", "--group", "a"]).ok();
}

#[test]
fn queues_live_with_their_stack() {
    let sandbox = Sandbox::new(STACK);
    let cloud = sandbox.start_cloud();
    sandbox.up();
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0], "nothing is sent where nothing differs");

    sandbox.edit("visibility_timeout = 60\n", "visibility_timeout = 90\n");
    sandbox.edit("dead_letter = { queue = \"dlq\", receives = 3 }\n", "dead_letter = false\n");
    sandbox.up();
    assert_eq!(cloud.writes(), ["sqs:SetQueueAttributes"]);
    // What is not written any more stays as it is.
    sandbox.edit("visibility_timeout = 90\n", "");
    cloud.forget_calls();
    sandbox.up();
    assert_eq!(cloud.writes(), [""; 0]);
}

#[test]
fn messages_are_lost_only_where_their_queue_is_named() {
    let sandbox = Sandbox::new(STACK);
    let _cloud = sandbox.start_cloud();
    sandbox.up();
    send(&sandbox, "ordered");
    let peeked = sandbox.local(&["queue", "peek", "ordered"]).ok();
    assert!(peeked.stdout.contains("hello"), "{peeked}");
    let refused = sandbox.local(&["queue", "peek", "jobs"]).exits(1);
    assert!(refused.stderr.contains("counts as a receipt"), "{refused}");

    let down = sandbox.local(&["down", "--yes"]).ok();
    assert!(down.stderr.contains("it holds messages") && down.stderr.contains("it is protected"), "{down}");
    let named = sandbox.local(&["down", "--yes", "--delete-data", "queue.kept"]).exits(1);
    assert!(named.stderr.contains("it is protected"), "{named}");
    sandbox.local(&["down", "--yes", "--delete-data", "ordered"]).ok();
}

/// SQS gives a name away again a minute after a queue of that name was deleted.
#[test]
fn the_name_of_a_queue_that_has_just_gone_is_waited_for() {
    let without = "name = \"shop\"\nregion = \"ap-south-1\"\n\n[queue.dlq]\n";
    let with = format!("{without}\n[queue.jobs]\n");
    let sandbox = Sandbox::new(&with);
    sandbox.up();
    sandbox.describe(without);
    sandbox.converges(&["delete queue.jobs"]);
    sandbox.describe(&with);
    let mut up = sandbox.spawn(&["up", "--local", "--yes", "--output", "json"]);
    up.until_all(&[&["waiting", "queue.jobs", "the queue's name to be free"]]);
    let before = sandbox.cloud().census();
    assert!(!before.iter().any(|found| found.contains("shop-dev-jobs")), "{before:?}");
    sandbox.cloud().advance(Duration::from_secs(60));
    let up = up.finish().ok();
    assert_eq!(up.steps(), ["create queue.jobs"], "{up}");
    sandbox.is_converged();
}

//! SQS: moving the messages of a dead-letter queue at a rate.

use crate::wire::{Wire, error};
use serde_json::{Value, json};

/// More than move in the time that the test takes.
const MESSAGES: u64 = 60;

/// A task with a rate takes its time by the cloud's clock, in sight, and can be ended; after a restart it goes on.
#[tokio::test]
async fn messages_move_at_the_rate_that_is_asked_for() {
    let wire = Wire::start().await;
    let dead = wire.queue("dead", json!({})).await;
    let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:000000000000:{name}");
    let policy = json!({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": "2"});
    wire.queue("a", json!({"RedrivePolicy": policy.to_string()})).await;
    let to = wire.queue("to", json!({})).await;
    for number in 0..MESSAGES {
        wire.send_to(&dead, &number.to_string()).await;
    }
    let order = json!({"SourceArn": arn("dead"), "DestinationArn": arn("to"), "MaxNumberOfMessagesPerSecond": 1});
    let handle = wire.sqs("StartMessageMoveTask", order.clone()).await.ok()["TaskHandle"].clone();
    let refused = wire.sqs("StartMessageMoveTask", order.clone()).await;
    assert_eq!(refused.error(), error(400, "InvalidParameterValueException"));
    let last = async |wire: &Wire| {
        let tasks = wire.sqs("ListMessageMoveTasks", json!({"SourceArn": arn("dead")})).await.ok();
        tasks["Results"][0].clone()
    };
    let running = last(&wire).await;
    assert_eq!((&running["Status"], &running["TaskHandle"]), (&json!("RUNNING"), &handle));
    assert_eq!(running["MaxNumberOfMessagesPerSecond"], 1);

    wire.advance(2);
    // This machine's time counts, too.
    assert!(wire.bodies(&to).await.len() >= 2);
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let wire = Wire::open(dir, deployer_local::Faults::default()).await;
    wire.advance(10);
    let ended = wire.sqs("CancelMessageMoveTask", json!({"TaskHandle": handle})).await.ok();
    let moved = ended["ApproximateNumberOfMessagesMoved"].as_u64().unwrap();
    assert!((8..MESSAGES).contains(&moved), "{moved}");
    wire.advance(60);
    let cancelled = last(&wire).await;
    assert_eq!(
        (&cancelled["Status"], &cancelled["ApproximateNumberOfMessagesMoved"], &cancelled["TaskHandle"]),
        (&json!("CANCELLED"), &json!(moved), &Value::Null)
    );
    let left = (MESSAGES - moved).to_string();
    assert_eq!(wire.queue_attribute(&dead, "ApproximateNumberOfMessages").await, left.as_str());
    let again = wire.sqs("CancelMessageMoveTask", json!({"TaskHandle": handle})).await;
    assert_eq!(again.error(), error(404, "ResourceNotFoundException"));
    let nonsense = wire.sqs("CancelMessageMoveTask", json!({"TaskHandle": "x"})).await;
    assert_eq!(nonsense.error(), error(400, "InvalidParameterValueException"));

    // What is gone where they go ends the task; what was not moved stays.
    wire.sqs("StartMessageMoveTask", order.clone()).await.ok();
    wire.sqs("DeleteQueue", json!({"QueueUrl": to})).await.ok();
    wire.advance(60);
    let failed = last(&wire).await;
    assert_eq!(
        (&failed["Status"], &failed["FailureReason"]),
        (&json!("FAILED"), &json!("AWS.SimpleQueueService.NonExistentQueue"))
    );
    for rate in [0, 501] {
        let order = json!({"SourceArn": arn("dead"), "MaxNumberOfMessagesPerSecond": rate});
        let refused = wire.sqs("StartMessageMoveTask", order).await;
        assert_eq!(refused.error(), error(400, "InvalidParameterValueException"), "{rate}");
    }
}

//! What operations need, row by row.

use crate::service::permission::tests::needs;
use crate::service::sqs::SERVICE;
use serde_json::json;

#[test]
fn operations_need_what_the_reference_says() {
    const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:q";
    let url = "http://127.0.0.1:1/000000000000/q";
    let one = |action: &str| vec![format!("sqs:{action} {QUEUE}")];
    for (operation, input, expected) in [
        ("CreateQueue", json!({"QueueName": "q"}), one("CreateQueue")),
        (
            "CreateQueue",
            json!({"QueueName": "q", "tags": {"A": "b"}}),
            vec![
                format!("sqs:CreateQueue {QUEUE} aws:requesttag/a=b"),
                format!("sqs:TagQueue {QUEUE} aws:requesttag/a=b"),
            ],
        ),
        ("GetQueueUrl", json!({"QueueName": "q"}), one("GetQueueUrl")),
        ("SendMessageBatch", json!({"QueueUrl": url}), one("SendMessage")),
        ("DeleteMessageBatch", json!({"QueueUrl": url}), one("DeleteMessage")),
        ("ChangeMessageVisibilityBatch", json!({"QueueUrl": url}), one("ChangeMessageVisibility")),
        ("ListQueues", json!({}), vec!["sqs:ListQueues *".to_owned()]),
        (
            "StartMessageMoveTask",
            json!({"SourceArn": QUEUE, "DestinationArn": "d"}),
            [
                one("StartMessageMoveTask"),
                one("ReceiveMessage"),
                one("DeleteMessage"),
                one("GetQueueAttributes"),
                vec!["sqs:SendMessage d".to_owned()],
            ]
            .concat(),
        ),
    ] {
        assert_eq!(needs(&SERVICE, operation, input), expected, "{operation}");
    }
}

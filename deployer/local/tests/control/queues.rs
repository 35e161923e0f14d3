//! SQS: queues and messages.

use crate::wire::{Reply, Wire, error};
use serde_json::{Value, json};

/// Calls of SQS, and what it says.
impl Wire {
    /// Calls an operation by the JSON protocol.
    pub async fn sqs(&self, operation: &str, input: Value) -> Reply {
        self.json("sqs", operation, input).await
    }

    /// Makes a queue and returns its URL.
    pub async fn queue(&self, name: &str, attributes: Value) -> String {
        let made = self.sqs("CreateQueue", json!({"QueueName": name, "Attributes": attributes})).await.ok();
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// Sends a message to a standard queue.
    pub async fn send_to(&self, url: &str, body: &str) {
        self.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": body})).await.ok();
    }

    /// Receives up to ten messages.
    pub async fn receive(&self, url: &str) -> Vec<Value> {
        let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]});
        self.sqs("ReceiveMessage", input).await.ok()["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the bodies of up to ten messages.
    pub async fn bodies(&self, url: &str) -> Vec<String> {
        self.receive(url).await.iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns an attribute of a queue.
    pub async fn queue_attribute(&self, url: &str, name: &str) -> Value {
        self.sqs("GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["All"]})).await.ok()["Attributes"]
            [name]
            .clone()
    }
}

#[tokio::test]
async fn queues_are_made_changed_listed_and_deleted() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({"VisibilityTimeout": "60"})).await;
    assert!(url.ends_with("/000000000000/a"), "{url}");
    // The same again is the same queue; what differs is refused.
    assert_eq!(wire.queue("a", json!({"VisibilityTimeout": "60", "DelaySeconds": "0"})).await, url);
    let other = wire.sqs("CreateQueue", json!({"QueueName": "a", "Attributes": {"VisibilityTimeout": "61"}})).await;
    assert_eq!(other.error(), error(400, "QueueNameExists"));
    assert!(other.body.contains("com.amazonaws.sqs#QueueNameExists"), "{}", other.body);
    assert_eq!(other.headers["x-amzn-query-error"], "QueueAlreadyExists;Sender");
    assert_eq!(wire.sqs("GetQueueUrl", json!({"QueueName": "a"})).await.ok()["QueueUrl"], url.as_str());

    wire.sqs("SetQueueAttributes", json!({"QueueUrl": url, "Attributes": {"DelaySeconds": "5"}})).await.ok();
    let input = json!({"QueueUrl": url, "AttributeNames": ["DelaySeconds", "VisibilityTimeout", "QueueArn", "MaximumMessageSize"]});
    assert_eq!(
        wire.sqs("GetQueueAttributes", input).await.ok()["Attributes"],
        json!({"DelaySeconds": "5", "VisibilityTimeout": "60", "QueueArn": "arn:aws:sqs:eu-west-1:000000000000:a", "MaximumMessageSize": "1048576"})
    );
    for name in ["b1", "b2", "b3"] {
        wire.queue(name, json!({})).await;
    }
    let first = wire.sqs("ListQueues", json!({"QueueNamePrefix": "b", "MaxResults": 2})).await.ok();
    assert_eq!(first["QueueUrls"].as_array().unwrap().len(), 2);
    let second = wire
        .sqs("ListQueues", json!({"QueueNamePrefix": "b", "MaxResults": 2, "NextToken": first["NextToken"]}))
        .await
        .ok();
    assert_eq!((second["QueueUrls"].as_array().unwrap().len(), &second["NextToken"]), (1, &Value::Null));

    wire.sqs("TagQueue", json!({"QueueUrl": url, "Tags": {"x": "1", "y": "2"}})).await.ok();
    wire.sqs("UntagQueue", json!({"QueueUrl": url, "TagKeys": ["y"]})).await.ok();
    assert_eq!(wire.sqs("ListQueueTags", json!({"QueueUrl": url})).await.ok()["Tags"], json!({"x": "1"}));
    let found = wire.json("tagging", "GetResources", json!({"ResourceTypeFilters": ["sqs"]})).await.ok();
    assert_eq!(found["ResourceTagMappingList"][0]["ResourceARN"], "arn:aws:sqs:eu-west-1:000000000000:a");

    wire.send_to(&url, "lost").await;
    wire.sqs("DeleteQueue", json!({"QueueUrl": url})).await.ok();
    let gone = wire.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "x"})).await;
    assert_eq!(gone.error(), error(400, "QueueDoesNotExist"));
    assert_eq!(gone.headers["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
    let soon = wire.sqs("CreateQueue", json!({"QueueName": "a"})).await;
    assert_eq!(soon.error(), error(400, "QueueDeletedRecently"));
    wire.advance(60);
    let url = wire.queue("a", json!({})).await;
    assert_eq!(
        wire.queue_attribute(&url, "ApproximateNumberOfMessages").await,
        "0",
        "its messages are not those of before"
    );
}

#[tokio::test]
async fn what_a_queue_cannot_be_is_refused() {
    let wire = Wire::start().await;
    let target = "arn:aws:sqs:eu-west-1:000000000000:nowhere";
    for (name, attributes, code) in [
        ("", json!({}), "InvalidParameterValueException"),
        ("a b", json!({}), "InvalidParameterValueException"),
        ("a.fifo", json!({}), "InvalidParameterValueException"),
        ("a", json!({"FifoQueue": "true"}), "InvalidParameterValueException"),
        ("a.fifo", json!({"FifoQueue": "false"}), "InvalidAttributeValue"),
        ("a", json!({"ContentBasedDeduplication": "true"}), "InvalidAttributeName"),
        ("a", json!({"Colour": "red"}), "InvalidAttributeName"),
        ("a", json!({"VisibilityTimeout": "43201"}), "InvalidAttributeValue"),
        ("a", json!({"DelaySeconds": "x"}), "InvalidAttributeValue"),
        ("a", json!({"MessageRetentionPeriod": "59"}), "InvalidAttributeValue"),
        ("a", json!({"Policy": "x"}), "InvalidAttributeValue"),
        ("a", json!({"RedrivePolicy": "{}"}), "InvalidParameterValueException"),
        (
            "a",
            json!({"RedrivePolicy": json!({"deadLetterTargetArn": target, "maxReceiveCount": 1}).to_string()}),
            "InvalidParameterValueException",
        ),
    ] {
        let reply = wire.sqs("CreateQueue", json!({"QueueName": name, "Attributes": attributes})).await;
        assert_eq!(reply.error(), error(400, code), "{name} {attributes}");
    }
    let url = wire.queue("a", json!({})).await;
    let long = "x".repeat(1_048_577);
    for (operation, input, code) in [
        ("SendMessage", json!({"QueueUrl": url}), "MissingRequiredParameterException"),
        ("SendMessage", json!({"MessageBody": "x"}), "MissingRequiredParameterException"),
        ("SendMessage", json!({"QueueUrl": url, "MessageBody": "\u{1}"}), "InvalidMessageContents"),
        ("SendMessage", json!({"QueueUrl": url, "MessageBody": long}), "InvalidParameterValueException"),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 901}),
            "InvalidParameterValueException",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "x", "MessageDeduplicationId": "d"}),
            "InvalidParameterValueException",
        ),
        ("ReceiveMessage", json!({"QueueUrl": url, "MaxNumberOfMessages": 11}), "InvalidParameterValueException"),
        ("ReceiveMessage", json!({"QueueUrl": url, "WaitTimeSeconds": 21}), "InvalidParameterValueException"),
        ("SendMessageBatch", json!({"QueueUrl": url, "Entries": []}), "EmptyBatchRequest"),
        (
            "SendMessageBatch",
            json!({"QueueUrl": url, "Entries": [{"Id": "a b", "MessageBody": "x"}]}),
            "InvalidBatchEntryId",
        ),
        (
            "DeleteMessageBatch",
            json!({"QueueUrl": url, "Entries": [{"Id": "a", "ReceiptHandle": "x"}, {"Id": "a", "ReceiptHandle": "x"}]}),
            "BatchEntryIdsNotDistinct",
        ),
        (
            "StartMessageMoveTask",
            json!({"SourceArn": "arn:aws:sqs:eu-west-1:000000000000:a"}),
            "InvalidParameterValueException",
        ),
    ] {
        assert_eq!(wire.sqs(operation, input).await.error(), error(400, code), "{operation}");
    }
    let reply = wire.sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": "x"})).await;
    assert_eq!(reply.error(), error(404, "ReceiptHandleIsInvalid"));
    let unknown = wire.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "x", "Colour": "red"})).await;
    assert_eq!(unknown.error(), error(501, "NotImplementedException"));
}

#[tokio::test]
async fn a_message_is_received_until_it_is_deleted() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({})).await;
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "order"}, "raw": {"DataType": "Binary", "BinaryValue": "AAE="}});
    let sent = wire
        .sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "hello", "MessageAttributes": attributes}))
        .await
        .ok();
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let first = wire.receive(&url).await.remove(0);
    assert_eq!((&first["Body"], &first["MessageId"]), (&json!("hello"), &sent["MessageId"]));
    assert_eq!(first["MessageAttributes"], attributes);
    assert_eq!(first["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(first["Attributes"]["ApproximateReceiveCount"], "1");
    assert!(wire.receive(&url).await.is_empty(), "it is in flight");
    let count = async |name: &str| wire.queue_attribute(&url, name).await;
    assert_eq!(
        (count("ApproximateNumberOfMessages").await, count("ApproximateNumberOfMessagesNotVisible").await),
        (json!("0"), json!("1"))
    );

    wire.advance(30);
    let second = wire.receive(&url).await.remove(0);
    assert_eq!(second["Attributes"]["ApproximateReceiveCount"], "2");
    assert_ne!(second["ReceiptHandle"], first["ReceiptHandle"]);
    // The handle of an earlier receipt deletes nothing.
    wire.sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]})).await.ok();
    let change = json!({"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0});
    assert_eq!(wire.sqs("ChangeMessageVisibility", change).await.error(), error(400, "MessageNotInflight"));
    let change = json!({"QueueUrl": url, "ReceiptHandle": second["ReceiptHandle"], "VisibilityTimeout": 0});
    wire.sqs("ChangeMessageVisibility", change).await.ok();
    let third = wire.receive(&url).await.remove(0);
    wire.sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": third["ReceiptHandle"]})).await.ok();
    wire.advance(100);
    assert!(wire.receive(&url).await.is_empty(), "it is deleted");
}

#[tokio::test]
async fn batches_tell_of_each_entry() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({})).await;
    let entries =
        json!([{"Id": "1", "MessageBody": "a"}, {"Id": "2"}, {"Id": "3", "MessageBody": "c", "DelaySeconds": 10}]);
    let sent = wire.sqs("SendMessageBatch", json!({"QueueUrl": url, "Entries": entries})).await.ok();
    let ids = |list: &Value| {
        list.as_array().unwrap().iter().map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&sent["Successful"]), ids(&sent["Failed"])),
        (vec!["1".to_owned(), "3".to_owned()], vec!["2".to_owned()])
    );
    assert_eq!(wire.queue_attribute(&url, "ApproximateNumberOfMessagesDelayed").await, "1");
    assert_eq!(wire.bodies(&url).await, ["a"]);
    wire.advance(10);
    let late = wire.receive(&url).await;
    assert_eq!(late[0]["Body"], "c");
    let entries = json!([{"Id": "x", "ReceiptHandle": late[0]["ReceiptHandle"]}, {"Id": "y", "ReceiptHandle": "?"}]);
    let deleted = wire.sqs("DeleteMessageBatch", json!({"QueueUrl": url, "Entries": entries})).await.ok();
    assert_eq!((ids(&deleted["Successful"]), ids(&deleted["Failed"])), (vec!["x".to_owned()], vec!["y".to_owned()]));
}

#[tokio::test]
async fn who_waits_is_told_of_a_message_at_once() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({"ReceiveMessageWaitTimeSeconds": "20"})).await;
    // Others sleep, too.
    let idle = wire.cloud.clock().sleepers();
    let send = async {
        while wire.cloud.clock().sleepers() <= idle {
            tokio::task::yield_now().await;
        }
        wire.send_to(&url, "now").await;
    };
    let (bodies, ()) = tokio::join!(wire.bodies(&url), send);
    assert_eq!(bodies, ["now"]);
    // And the wait ends with its time, which is the cloud's.
    let idle = wire.cloud.clock().sleepers();
    let advance = async {
        while wire.cloud.clock().sleepers() <= idle {
            tokio::task::yield_now().await;
        }
        wire.advance(25);
    };
    let (bodies, ()) = tokio::join!(wire.bodies(&url), advance);
    assert!(bodies.is_empty());
    wire.advance(10);
    assert_eq!(wire.bodies(&url).await, ["now"], "what was not deleted is there again");
}

#[tokio::test]
async fn a_fifo_queue_keeps_the_order_of_a_group_and_takes_a_message_once() {
    let wire = Wire::start().await;
    let url = wire.queue("a.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"})).await;
    let send = async |group: &str, body: &str| {
        wire.sqs("SendMessage", json!({"QueueUrl": url, "MessageGroupId": group, "MessageBody": body})).await.ok()
    };
    let first = send("g", "1").await;
    assert_eq!(send("g", "1").await["SequenceNumber"], first["SequenceNumber"], "it is the same message");
    send("g", "2").await;
    send("h", "3").await;
    let one = json!({"QueueUrl": url, "MaxNumberOfMessages": 1});
    let taken = wire.sqs("ReceiveMessage", one).await.ok()["Messages"][0].clone();
    assert_eq!(taken["Body"], "1");
    assert_eq!(wire.bodies(&url).await, ["3"], "nothing of a group comes before what is in flight");
    wire.sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": taken["ReceiptHandle"]})).await.ok();
    let second = wire.receive(&url).await;
    assert_eq!(second[0]["Body"], "2");
    assert_eq!(second[0]["Attributes"]["MessageGroupId"], "g");
    wire.advance(31);
    let late = wire.sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": second[0]["ReceiptHandle"]})).await;
    assert_eq!(late.error(), error(400, "InvalidParameterValueException"));
    assert_eq!(wire.bodies(&url).await, ["2", "3"]);
    // After five minutes the same words are another message.
    wire.advance(300);
    assert_ne!(send("g", "1").await["SequenceNumber"], first["SequenceNumber"]);
    assert_eq!(
        wire.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "x"})).await.error(),
        error(400, "MissingRequiredParameterException")
    );
}

#[tokio::test]
async fn what_was_received_too_often_goes_to_the_dead_letters_and_back() {
    let wire = Wire::start().await;
    let dead = wire.queue("dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:000000000000:dead", "maxReceiveCount": "2"});
    let url = wire.queue("a", json!({"RedrivePolicy": policy.to_string(), "VisibilityTimeout": "10"})).await;
    wire.send_to(&url, "poison").await;
    for _ in 0..2 {
        assert_eq!(wire.bodies(&url).await, ["poison"]);
        wire.advance(10);
    }
    assert!(wire.bodies(&url).await.is_empty());
    let found = wire.receive(&dead).await.remove(0);
    assert_eq!(found["Attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:eu-west-1:000000000000:a");
    let sources = wire.sqs("ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).await.ok();
    assert_eq!(sources["queueUrls"], json!([url]));
    wire.advance(30);
    let arn = "arn:aws:sqs:eu-west-1:000000000000:dead";
    let task = wire.sqs("StartMessageMoveTask", json!({"SourceArn": arn})).await.ok()["TaskHandle"].clone();
    let tasks = wire.sqs("ListMessageMoveTasks", json!({"SourceArn": arn})).await.ok();
    assert_eq!(
        (&tasks["Results"][0]["Status"], &tasks["Results"][0]["ApproximateNumberOfMessagesMoved"]),
        (&json!("COMPLETED"), &json!(1))
    );
    assert_eq!(
        wire.sqs("CancelMessageMoveTask", json!({"TaskHandle": task})).await.error(),
        error(404, "ResourceNotFoundException")
    );
    let back = wire.receive(&url).await.remove(0);
    assert_eq!((&back["Body"], &back["Attributes"]["ApproximateReceiveCount"]), (&json!("poison"), &json!("1")));
    assert!(wire.receive(&dead).await.is_empty());
    // What was sent to the queue of dead letters itself comes from nowhere.
    wire.send_to(&dead, "stray").await;
    wire.sqs("StartMessageMoveTask", json!({"SourceArn": arn})).await.ok();
    let tasks = wire.sqs("ListMessageMoveTasks", json!({"SourceArn": arn, "MaxResults": 10})).await.ok();
    let failed = tasks["Results"].as_array().unwrap().iter().find(|task| task["Status"] == "FAILED").unwrap().clone();
    assert_eq!(failed["FailureReason"], "CouldNotDetermineMessageSource");
}

#[tokio::test]
async fn messages_expire_and_queues_are_purged() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({"MessageRetentionPeriod": "60"})).await;
    wire.send_to(&url, "old").await;
    wire.advance(61);
    assert_eq!(wire.queue_attribute(&url, "ApproximateNumberOfMessages").await, "0");
    wire.send_to(&url, "new").await;
    wire.sqs("PurgeQueue", json!({"QueueUrl": url})).await.ok();
    assert!(wire.bodies(&url).await.is_empty());
    assert_eq!(wire.sqs("PurgeQueue", json!({"QueueUrl": url})).await.error(), error(403, "PurgeQueueInProgress"));
}

#[tokio::test]
async fn the_query_protocol_says_the_same() {
    let wire = Wire::start().await;
    let ask = async |parameters: &[(&str, &str)]| wire.query("sqs", parameters).await;
    let made = ask(&[
        ("Action", "CreateQueue"),
        ("QueueName", "a"),
        ("Attribute.1.Name", "DelaySeconds"),
        ("Attribute.1.Value", "0"),
        ("Tag.1.Key", "k"),
        ("Tag.1.Value", "v"),
    ])
    .await;
    assert_eq!(made.status, 200, "{made:?}");
    let url = made.element("QueueUrl").unwrap().to_owned();
    let sent = ask(&[
        ("Action", "SendMessage"),
        ("QueueUrl", &url),
        ("MessageBody", "a<b"),
        ("MessageAttribute.1.Name", "n"),
        ("MessageAttribute.1.Value.DataType", "Number"),
        ("MessageAttribute.1.Value.StringValue", "7"),
    ])
    .await;
    assert!(sent.body.contains("<SendMessageResult>") && sent.body.contains("<MD5OfMessageBody>"), "{sent:?}");
    let got = ask(&[
        ("Action", "ReceiveMessage"),
        ("QueueUrl", &url),
        ("MaxNumberOfMessages", "10"),
        ("AttributeName.1", "All"),
        ("MessageAttributeName.1", "All"),
    ])
    .await;
    assert_eq!(got.element("Body"), Some("a&lt;b"));
    assert!(
        got.body.contains("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>"),
        "{got:?}"
    );
    assert!(got.body.contains("<MessageAttribute><Name>n</Name><Value><DataType>Number</DataType><StringValue>7</StringValue></Value></MessageAttribute>"), "{got:?}");
    let handle = got.element("ReceiptHandle").unwrap().to_owned();
    let deleted = ask(&[
        ("Action", "DeleteMessageBatch"),
        ("QueueUrl", &url),
        ("DeleteMessageBatchRequestEntry.1.Id", "x"),
        ("DeleteMessageBatchRequestEntry.1.ReceiptHandle", &handle),
    ])
    .await;
    assert!(
        deleted.body.contains("<DeleteMessageBatchResultEntry><Id>x</Id></DeleteMessageBatchResultEntry>"),
        "{deleted:?}"
    );
    let tags = ask(&[("Action", "ListQueueTags"), ("QueueUrl", &url)]).await;
    assert!(tags.body.contains("<Tag><Key>k</Key><Value>v</Value></Tag>"), "{tags:?}");
    let gone = ask(&[("Action", "GetQueueUrl"), ("QueueName", "b")]).await;
    assert_eq!(gone.error(), error(400, "AWS.SimpleQueueService.NonExistentQueue"));
}

/// Clients of the query protocol fail where the element of the result is missing, also when there is nothing in it.
#[tokio::test]
async fn an_empty_result_is_one_by_the_query_protocol() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({})).await;
    let arn = "arn:aws:sqs:eu-west-1:000000000000:a";
    for (operation, name, value) in [
        ("ReceiveMessage", "QueueUrl", url.as_str()),
        ("GetQueueAttributes", "QueueUrl", &url),
        ("ListQueueTags", "QueueUrl", &url),
        ("ListDeadLetterSourceQueues", "QueueUrl", &url),
        ("ListQueues", "QueueNamePrefix", "zz"),
        ("ListMessageMoveTasks", "SourceArn", arn),
    ] {
        let empty = wire.query_in("eu-west-1", "sqs", &[("Action", operation), (name, value)]).await;
        assert_eq!(empty.status, 200, "{empty:?}");
        assert!(empty.element(&format!("{operation}Result")).is_some(), "{empty:?}");
        assert_eq!(wire.sqs(operation, json!({name: value})).await.status, 200, "{operation}");
    }
}

#[tokio::test]
async fn who_may_not_send_is_told_so() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({})).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:000000000000:a"}]});
    wire.own("PUT", "/_deployer/callers/test", policy).await;
    wire.send_to(&url, "x").await;
    let denied = wire.sqs("ReceiveMessage", json!({"QueueUrl": url})).await;
    assert_eq!(
        (denied.error(), denied.headers["x-amzn-query-error"].as_str()),
        (error(403, "AccessDeniedException"), "AccessDenied;Sender")
    );
}

/// What was answered is there after a restart, and what was received is not lost with who received it.
#[tokio::test]
async fn messages_survive() {
    let wire = Wire::start().await;
    let url = wire.queue("a", json!({})).await;
    wire.send_to(&url, "kept").await;
    assert_eq!(wire.bodies(&url).await, ["kept"]);
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let wire = Wire::open(dir, deployer_local::Faults::default()).await;
    assert!(wire.bodies(&url).await.is_empty(), "it is still in flight, at an address of before");
    wire.advance(30);
    assert_eq!(wire.bodies(&url).await, ["kept"]);
}

#[tokio::test]
async fn by_a_fault_messages_come_twice_or_late() {
    let wire = Wire::with(deployer_local::Faults { message_twice_chance: 1.0, ..Default::default() }).await;
    let url = wire.queue("a", json!({})).await;
    wire.send_to(&url, "again").await;
    assert_eq!(wire.bodies(&url).await, ["again"]);
    assert_eq!(wire.bodies(&url).await, ["again"], "it is visible, though it was received");
    wire.own("PUT", "/_deployer/faults", json!({"message_late_ms": 3_600_000, "seed": 1})).await;
    let url = wire.queue("b", json!({})).await;
    for body in ["1", "2", "3", "4"] {
        wire.send_to(&url, body).await;
    }
    let on_time = wire.bodies(&url).await.len();
    assert!(on_time < 4, "all came at once");
    wire.advance(3_600);
    assert_eq!(wire.queue_attribute(&url, "ApproximateNumberOfMessages").await, "4");
}

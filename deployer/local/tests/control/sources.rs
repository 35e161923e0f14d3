//! Event source mappings: what feeds functions from queues and streams.

use crate::wire::{Wire, error, function};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::Faults;
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

pub const MAPPINGS: &str = "/2015-03-31/event-source-mappings";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:q";
const DEAD: &str = "arn:aws:sqs:eu-west-1:000000000000:dead";

/// The example `probe`, which `cargo test` has built, in a zip.
fn probe() -> String {
    let test = std::env::current_exe().unwrap();
    let program = std::fs::read(test.parent().unwrap().parent().unwrap().join("examples/probe")).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(&program).unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

/// What the function was handed, invocation by invocation, by the answer of `FilterLogEvents`.
pub fn handed(found: &Value) -> Vec<String> {
    let lines = found["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap().trim_end());
    lines.filter_map(|line| line.strip_prefix("got ")).map(str::to_owned).collect()
}

impl Wire {
    /// Makes the function `f`, which tells its log of the records that it gets and fails where they say so, with a role that may
    /// do these things.
    pub async fn consumer(&self, actions: &[&str]) {
        let role = self.role("f-role").await;
        let policy =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
                .to_string();
        let put =
            [("Action", "PutRolePolicy"), ("RoleName", "f-role"), ("PolicyName", "p"), ("PolicyDocument", &policy)];
        assert_eq!(self.iam(&put).await.status, 200);
        let mut input = function("f", &role);
        input["Code"]["ZipFile"] = json!(probe());
        input["Timeout"] = json!(10);
        self.lambda("POST", "/2015-03-31/functions", input).await.ok();
        self.json("logs", "CreateLogGroup", json!({"logGroupName": "/aws/lambda/f"})).await.ok();
    }

    /// Makes a mapping and returns its id.
    pub async fn feed(&self, input: Value) -> String {
        let made = self.lambda("POST", MAPPINGS, input).await.ok();
        made["UUID"].as_str().unwrap().to_owned()
    }

    /// What the function was handed, invocation by invocation.
    async fn handed(&self) -> Vec<String> {
        handed(&self.json("logs", "FilterLogEvents", json!({"logGroupName": "/aws/lambda/f"})).await.ok())
    }

    /// Returns what the function was handed as soon as it is as many records.
    async fn handed_records(&self, count: usize) -> Vec<String> {
        for _ in 0..1_000 {
            let records: Vec<String> = self
                .handed()
                .await
                .iter()
                .flat_map(|line| line.split(", ").map(str::to_owned).collect::<Vec<_>>())
                .collect();
            if records.len() >= count {
                return records;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} records did not come: {:?}", self.handed().await);
    }

    /// Waits until a queue holds so many messages, in flight or not.
    async fn queue_holds(&self, url: &str, count: usize) {
        for _ in 0..1_000 {
            let mut held = 0;
            for name in ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] {
                held += self.queue_attribute(url, name).await.as_str().unwrap().parse::<usize>().unwrap();
            }
            if held == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{url} does not come to hold {count} messages");
    }
}

pub const ALL: [&str; 3] = ["sqs:*", "dynamodb:*", "logs:*"];

#[tokio::test]
async fn a_mapping_keeps_what_it_was_given() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    wire.queue("q", json!({})).await;
    let input = json!({"FunctionName": "f", "EventSourceArn": QUEUE, "BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"], "Enabled": false, "Tags": {"a": "b"}, "ScalingConfig": {"MaximumConcurrency": 2}, "FilterCriteria": {"Filters": [{"Pattern": "{\"body\": {\"n\": [1]}}"}]}});
    let made = wire.lambda("POST", &format!("{MAPPINGS}/"), input.clone()).await;
    assert_eq!(made.status, 202);
    let (made, uuid) = (made.ok(), made.ok()["UUID"].as_str().unwrap().to_owned());
    assert_eq!(made["State"], "Creating");
    let found = wire.lambda("GET", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok();
    assert_eq!(
        (&found["State"], &found["BatchSize"], &found["FunctionArn"]),
        (&json!("Disabled"), &json!(5), &json!("arn:aws:lambda:eu-west-1:000000000000:function:f"))
    );
    assert_eq!(found["FilterCriteria"]["Filters"][0]["Pattern"], "{\"body\": {\"n\": [1]}}");
    let twice = wire.lambda("POST", MAPPINGS, input).await;
    assert_eq!(twice.error(), error(409, "ResourceConflictException"));
    assert!(twice.message().ends_with(&format!("with UUID {uuid}")), "{}", twice.message());

    let change = json!({"Enabled": true, "MaximumBatchingWindowInSeconds": 1, "FilterCriteria": {"Filters": []}, "FunctionResponseTypes": []});
    assert_eq!(wire.lambda("PUT", &format!("{MAPPINGS}/{uuid}"), change).await.ok()["State"], "Updating");
    let found = wire.lambda("GET", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok();
    assert_eq!(
        (&found["State"], &found["FilterCriteria"], &found["FunctionResponseTypes"]),
        (&json!("Enabled"), &Value::Null, &json!([]))
    );
    for (query, count) in [
        ("", 1),
        ("?FunctionName=f", 1),
        ("?FunctionName=g", 0),
        ("?EventSourceArn=arn:aws:sqs:eu-west-1:000000000000:q", 1),
    ] {
        let listed = wire.lambda("GET", &format!("{MAPPINGS}/{query}"), Value::Null).await.ok();
        assert_eq!(listed["EventSourceMappings"].as_array().unwrap().len(), count, "{query}");
    }
    let arn = found["EventSourceMappingArn"].as_str().unwrap().to_owned();
    let tags = wire.lambda("GET", &format!("/2017-03-31/tags/{arn}"), Value::Null).await.ok();
    assert_eq!(tags["Tags"], json!({"a": "b"}));
    let tagged = wire
        .json("tagging", "GetResources", json!({"ResourceTypeFilters": ["lambda:event-source-mapping"]}))
        .await
        .ok();
    assert_eq!(tagged["ResourceTagMappingList"][0]["ResourceARN"], arn.as_str());
    assert_eq!(wire.lambda("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok()["State"], "Deleting");
    let gone = wire.lambda("GET", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
    assert_eq!(gone.error(), error(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn what_a_mapping_cannot_be_is_refused() {
    let wire = Wire::start().await;
    wire.consumer(&["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "logs:*"]).await;
    wire.queue("q", json!({})).await;
    wire.queue("short", json!({"VisibilityTimeout": "9"})).await;
    wire.queue("f.fifo", json!({"FifoQueue": "true"})).await;
    let stream = wire.table_with_stream("orders").await;
    let fifo = "arn:aws:sqs:eu-west-1:000000000000:f.fifo";
    for (source, more, said) in [
        (QUEUE, json!({}), "permissions to call DeleteMessage on SQS"),
        ("arn:aws:sqs:eu-west-1:000000000000:nowhere", json!({}), "NonExistentQueue"),
        (
            "arn:aws:sqs:eu-west-1:000000000000:short",
            json!({}),
            "Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds",
        ),
        (QUEUE, json!({"BatchSize": 11}), "must be greater than 0 if maximum batch size is greater than 10"),
        (QUEUE, json!({"BatchSize": 0}), "greater than or equal to 1"),
        (QUEUE, json!({"StartingPosition": "LATEST"}), "StartingPosition is not valid for SQS"),
        (QUEUE, json!({"ScalingConfig": {"MaximumConcurrency": 1}}), "greater than or equal to 2"),
        (
            QUEUE,
            json!({"FilterCriteria": {"Filters": [{"Pattern": "{\"a\": 1}"}]}}),
            "Invalid filter pattern definition.",
        ),
        (fifo, json!({"MaximumBatchingWindowInSeconds": 1}), "Batching window is not supported for FIFO queues"),
        (&stream, json!({}), "Value null at 'startingPosition'"),
        (&stream, json!({"StartingPosition": "LATEST"}), "Cannot access stream"),
        (
            &stream,
            json!({"StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}}),
            "ScalingConfig is not valid for DynamoDB streams",
        ),
        (&format!("{stream}x"), json!({"StartingPosition": "LATEST"}), "Stream not found"),
    ] {
        let mut input = json!({"FunctionName": "f", "EventSourceArn": source});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = wire.lambda("POST", MAPPINGS, input).await;
        assert_eq!(refused.status, 400, "{said}: {refused:?}");
        assert!(refused.message().contains(said), "{said}: {}", refused.message());
    }
    let missing = wire.lambda("POST", MAPPINGS, json!({"FunctionName": "g", "EventSourceArn": QUEUE})).await;
    assert_eq!(missing.error(), error(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn messages_reach_the_function_and_failures_the_dead_letters() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let dead = wire.queue("dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": DEAD, "maxReceiveCount": 2}).to_string();
    let url = wire.queue("q", json!({"RedrivePolicy": policy})).await;
    wire.send_to(&url, "before").await;
    wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE})).await;
    wire.send_to(&url, "after").await;
    let mut handed = wire.handed_records(2).await;
    handed.sort();
    assert_eq!(handed, ["after", "before"]);
    wire.queue_holds(&url, 0).await;

    wire.send_to(&url, "fail").await;
    wire.handed_records(3).await;
    wire.queue_holds(&url, 1).await;
    wire.advance(30);
    assert_eq!(wire.handed_records(4).await[3], "fail");
    wire.advance(30);
    wire.queue_holds(&dead, 1).await;
    let message = wire.receive(&dead).await.remove(0);
    assert_eq!((&message["Body"], &message["Attributes"]["DeadLetterQueueSourceArn"]), (&json!("fail"), &json!(QUEUE)));
}

#[tokio::test]
async fn a_function_says_which_messages_failed_and_filters_choose_them() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({})).await;
    for body in [json!({"n": 1, "say": "fine"}), json!({"n": 1, "say": "refuse"}), json!({"n": 2})] {
        wire.send_to(&url, &body.to_string()).await;
    }
    wire.send_to(&url, "no JSON").await;
    let mapping = json!({"FunctionName": "f", "EventSourceArn": QUEUE, "FunctionResponseTypes": ["ReportBatchItemFailures"], "FilterCriteria": {"Filters": [{"Pattern": "{\"body\": {\"n\": [1]}}"}]}});
    wire.feed(mapping).await;
    let handed = wire.handed_records(2).await.join(" ");
    assert!(handed.contains("fine") && handed.contains("refuse"), "{handed}");
    wire.queue_holds(&url, 1).await;
    wire.advance(30);
    assert!(wire.handed_records(3).await.last().unwrap().contains("refuse"), "what was done does not come again");
}

/// What a function has begun is finished, and its messages are done with, although its mapping is gone.
#[tokio::test]
async fn what_was_handed_over_is_finished_when_the_mapping_goes() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({})).await;
    let uuid = wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE})).await;
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    wire.send_to(&url, &format!("hold {}", go.display())).await;
    wire.handed_records(1).await;
    wire.lambda("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok();
    wire.send_to(&url, "after").await;
    std::fs::write(&go, "").unwrap();
    wire.queue_holds(&url, 1).await;
    assert_eq!(wire.bodies(&url).await, ["after"], "nobody takes it any more");
}

#[tokio::test]
async fn a_fifo_queue_feeds_in_order() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("o.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"})).await;
    let expected: Vec<String> = (0..12).map(|n| format!("m{n:02}")).collect();
    for body in &expected {
        wire.json("sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": "g"}))
            .await
            .ok();
    }
    wire.feed(
        json!({"FunctionName": "f", "EventSourceArn": "arn:aws:sqs:eu-west-1:000000000000:o.fifo", "BatchSize": 5}),
    )
    .await;
    assert_eq!(wire.handed_records(12).await, expected);
    let batches: Vec<usize> = wire.handed().await.iter().map(|batch| batch.split(", ").count()).collect();
    assert_eq!(batches, [5, 5, 2], "as many at once as there are, up to the size of a batch");
    wire.queue_holds(&url, 0).await;
}

/// No more of a source's batches run at once than its mapping says; the next begins when one has ended.
#[tokio::test]
async fn no_more_batches_run_at_once_than_a_mapping_says() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({"VisibilityTimeout": "300"})).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |number: u32| folder.path().join(number.to_string());
    for number in 0..4 {
        wire.send_to(&url, &format!("hold {}", file(number).display())).await;
    }
    wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE, "BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}})).await;
    let held = wire.handed_records(2).await;
    assert_eq!(wire.queue_attribute(&url, "ApproximateNumberOfMessagesNotVisible").await, "2");
    std::fs::write(held[0].trim_start_matches("hold "), "").unwrap();
    assert_eq!(wire.handed_records(3).await.len(), 3);
    assert_eq!(wire.queue_attribute(&url, "ApproximateNumberOfMessagesNotVisible").await, "2");
    (0..4).for_each(|number| std::fs::write(file(number), "").unwrap());
    wire.queue_holds(&url, 0).await;
    assert_eq!(wire.handed_records(4).await.len(), 4);
}

/// A batch that has begun waits for more until its window is over, by the clock of the cloud.
#[tokio::test]
async fn a_batch_gathers_for_its_window() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({"VisibilityTimeout": "300"})).await;
    wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE, "MaximumBatchingWindowInSeconds": 60})).await;
    for (taken, body) in [("1", "a"), ("2", "b")] {
        wire.send_to(&url, body).await;
        while wire.queue_attribute(&url, "ApproximateNumberOfMessagesNotVisible").await != taken {
            assert_eq!(wire.handed().await, [""; 0], "{body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    wire.advance(60);
    wire.handed_records(2).await;
    assert_eq!(wire.handed().await, ["a, b"]);
}

#[tokio::test]
async fn a_disabled_mapping_feeds_nothing() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({})).await;
    let uuid = wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE, "Enabled": false})).await;
    wire.send_to(&url, "x").await;
    assert_eq!(wire.bodies(&url).await, ["x"], "nobody else takes it");
    wire.advance(30);
    wire.lambda("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": true})).await.ok();
    assert_eq!(wire.handed_records(1).await, ["x"]);
}

#[tokio::test]
async fn a_stream_feeds_in_order_from_where_it_was_left() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let stream = wire.table_with_stream("orders").await;
    wire.put_number("orders", "a", 1).await;
    let latest = json!({"FunctionName": "f", "EventSourceArn": stream, "StartingPosition": "LATEST"});
    let uuid = wire.feed(latest).await;
    wire.put_number("orders", "b", 1).await;
    assert_eq!(wire.handed_records(1).await, ["INSERT b"]);
    wire.lambda("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok();
    let filter = json!({"Filters": [{"Pattern": "{\"eventName\": [\"INSERT\"]}"}]});
    wire.feed(json!({"FunctionName": "f", "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON", "BatchSize": 1, "FilterCriteria": filter})).await;
    wire.put_number("orders", "b", 2).await;
    wire.put_number("orders", "c", 1).await;
    assert_eq!(wire.handed_records(4).await[1..], ["INSERT a", "INSERT b", "INSERT c"]);
    let Wire { dir, cloud } = wire;
    cloud.shutdown().await;
    let wire = Wire::open(dir, Faults::default()).await;
    wire.put_number("orders", "d", 1).await;
    assert_eq!(wire.handed_records(5).await[4], "INSERT d", "what was done is not handed out again");
}

#[tokio::test]
async fn what_fails_in_a_stream_is_halved_and_given_up() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let dead = wire.queue("dead", json!({})).await;
    let stream = wire.table_with_stream("orders").await;
    for id in ["a", "fail", "c"] {
        wire.put_number("orders", id, 1).await;
    }
    let mapping = json!({
        "FunctionName": "f",
        "EventSourceArn": stream,
        "StartingPosition": "TRIM_HORIZON",
        "BisectBatchOnFunctionError": true,
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": DEAD}},
    });
    let uuid = wire.feed(mapping).await;
    wire.queue_holds(&dead, 1).await;
    wire.handed_records(8).await;
    let handed = wire.handed().await;
    assert_eq!(
        handed,
        ["INSERT a, INSERT fail, INSERT c", "INSERT a", "INSERT fail, INSERT c", "INSERT fail", "INSERT c"]
    );
    let told: Value = serde_json::from_str(wire.receive(&dead).await[0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&told["requestContext"]["condition"], &told["DDBStreamBatchInfo"]["batchSize"]),
        (&json!("RetryAttemptsExhausted"), &json!(1))
    );
    let found = wire.lambda("GET", &format!("{MAPPINGS}/{uuid}"), Value::Null).await.ok();
    assert_eq!(
        (&found["LastProcessingResult"], &found["DestinationConfig"]["OnFailure"]["Destination"]),
        (&json!("OK"), &json!(DEAD))
    );
}

#[tokio::test]
async fn a_stream_waits_for_what_a_function_says_failed() {
    let wire = Wire::start().await;
    wire.consumer(&ALL).await;
    let stream = wire.table_with_stream("orders").await;
    for id in ["a", "refuse", "c"] {
        wire.put_number("orders", id, 1).await;
    }
    let mapping = json!({"FunctionName": "f", "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 1, "FunctionResponseTypes": ["ReportBatchItemFailures"]});
    wire.feed(mapping).await;
    wire.handed_records(3).await;
    // The second attempt is a second of the cloud's clock later.
    wire.handed_records(5).await;
    assert_eq!(wire.handed().await, ["INSERT a, INSERT refuse, INSERT c", "INSERT refuse, INSERT c"]);
}

/// On AWS a mapping takes some seconds to be made, changed and deleted, and is not to be touched meanwhile.
#[tokio::test]
async fn a_mapping_takes_its_time_when_faults_ask_for_it() {
    let wire = Wire::with(Faults { source_settling_ms: 5_000, ..Faults::default() }).await;
    wire.consumer(&ALL).await;
    wire.queue("q", json!({})).await;
    let uuid = wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE})).await;
    let path = format!("{MAPPINGS}/{uuid}");
    let state = async || wire.lambda("GET", &path, Value::Null).await.ok()["State"].clone();
    assert_eq!(state().await, "Creating");
    let busy = wire.lambda("PUT", &path, json!({"Enabled": false})).await;
    assert_eq!(busy.error(), error(400, "ResourceInUseException"));
    wire.advance(5);
    assert_eq!(state().await, "Enabled");
    wire.lambda("PUT", &path, json!({"Enabled": false})).await.ok();
    assert_eq!(state().await, "Updating");
    wire.advance(5);
    assert_eq!(state().await, "Disabled");
    wire.lambda("DELETE", &path, Value::Null).await.ok();
    assert_eq!(state().await, "Deleting");
    let again = json!({"FunctionName": "f", "EventSourceArn": QUEUE});
    assert_eq!(wire.lambda("POST", MAPPINGS, again.clone()).await.error(), error(409, "ResourceConflictException"));
    wire.advance(5);
    let gone = wire.lambda("GET", &path, Value::Null).await;
    assert_eq!(gone.error(), error(404, "ResourceNotFoundException"));
    assert_eq!(wire.lambda("GET", MAPPINGS, Value::Null).await.ok()["EventSourceMappings"], json!([]));
    wire.feed(again).await;
}

/// A poller that dies after the work is as if the work had not been done; a message that comes twice is done twice.
#[tokio::test]
async fn what_is_done_is_done_again_when_nobody_has_heard_of_it() {
    let wire = Wire::with(Faults { poller_death_chance: 1.0, ..Faults::default() }).await;
    wire.consumer(&ALL).await;
    let url = wire.queue("q", json!({})).await;
    wire.send_to(&url, "x").await;
    wire.feed(json!({"FunctionName": "f", "EventSourceArn": QUEUE})).await;
    wire.handed_records(1).await;
    wire.queue_holds(&url, 1).await;
    wire.own("PUT", "/_deployer/faults", json!({})).await;
    wire.advance(30);
    assert_eq!(wire.handed_records(2).await, ["x", "x"]);
    wire.queue_holds(&url, 0).await;
}

use super::*;
use serde_json::json;
use std::cell::RefCell;

const ID: &str = "123e4567-e89b-42d3-a456-426614174000";

/// Makes a record: the change number `sequence` of the order `id`.
fn record(sequence: usize, id: &str, before: Value, after: Value) -> Value {
    let mut record = json!({
        "eventID": format!("event-{sequence}"),
        "eventName": "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_225_599.0,
            "Keys": {"order_id": {"S": id}},
            "SequenceNumber": sequence.to_string(),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    });
    for (name, image) in [("OldImage", before), ("NewImage", after)] {
        if !image.is_null() {
            record["dynamodb"][name] = image;
        }
    }
    record
}

fn image(status: &str, version: u64) -> Value {
    json!({"order_id": {"S": ID}, "status": {"S": status}, "version": {"N": version.to_string()}, "customer_name": {"S": "Ana"}})
}

/// Returns the id of an order.
fn order(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Makes a record that moves an order to its version number `version`.
fn change(sequence: usize, order_number: usize, version: u64) -> Value {
    let statuses = ["", "PENDING", "PROCESSING", "COMPLETED"];
    let status = |version: u64| statuses[usize::try_from(version).unwrap()];
    let before = if version == 1 { Value::Null } else { image(status(version - 1), version - 1) };
    record(sequence, &order(order_number), before, image(status(version), version))
}

/// Keeps what is sent, and refuses what it is told to.
#[derive(Default)]
struct RecordingQueue {
    calls: RefCell<Vec<Vec<StatusMessage>>>,
    /// The ids of changes that are not taken.
    refused: Vec<String>,
    down: bool,
}

impl RecordingQueue {
    fn refusing(sequences: &[usize]) -> Self {
        let refused = sequences.iter().map(|sequence| format!("event-{sequence}")).collect();
        Self { refused, ..Self::default() }
    }

    /// Returns what was taken, in order: the order's number and its version.
    fn taken(&self) -> Vec<(usize, u64)> {
        let calls = self.calls.borrow();
        let taken = calls.iter().flatten().filter(|message| !self.refused.contains(&message.change_id));
        taken.map(|it| (it.order_id.to_string()[24..].parse().unwrap(), it.version)).collect()
    }
}

impl ChangeQueue for RecordingQueue {
    async fn send(&self, messages: &[StatusMessage]) -> Result<Vec<Result<(), OutboxError>>, OutboxError> {
        if self.down {
            return Err(OutboxError::NotSent("down".into()));
        }
        self.calls.borrow_mut().push(messages.to_vec());
        let taken = |message: &StatusMessage| match self.refused.contains(&message.change_id) {
            true => Err(OutboxError::NotSent(format!("{} is refused", message.change_id))),
            false => Ok(()),
        };
        Ok(messages.iter().map(taken).collect())
    }
}

#[test]
fn records_become_messages() {
    let body = |before: Value, after: Value| {
        StatusMessage::read(&record(7, ID, before, after)).unwrap().map(|message| message.body())
    };
    insta::assert_snapshot!(body(Value::Null, image("PENDING", 1)).unwrap(), @r#"{"change_id":"event-7","order_id":"123e4567-e89b-42d3-a456-426614174000","from":null,"to":"PENDING","version":1,"changed_at":"2025-12-31T23:59:59.000Z"}"#);
    insta::assert_snapshot!(body(image("PENDING", 1), image("EXPIRED", 2)).unwrap(), @r#"{"change_id":"event-7","order_id":"123e4567-e89b-42d3-a456-426614174000","from":"PENDING","to":"EXPIRED","version":2,"changed_at":"2025-12-31T23:59:59.000Z"}"#);
    insta::assert_snapshot!(body(image("EXPIRED", 2), Value::Null).unwrap(), @r#"{"change_id":"event-7","order_id":"123e4567-e89b-42d3-a456-426614174000","from":"EXPIRED","to":null,"version":3,"changed_at":"2025-12-31T23:59:59.000Z"}"#);
    // What a former version wrote: other letters, no version, another word.
    assert_eq!(body(json!({"status": {"S": "pending"}}), image("PENDING", 0)), None);
    insta::assert_snapshot!(body(json!({}), json!({"status": {"S": "SENT\u{ffff}\u{1}"}})).unwrap(), @r#"{"change_id":"event-7","order_id":"123e4567-e89b-42d3-a456-426614174000","from":"","to":"SENT\uffff\u0001","version":0,"changed_at":"2025-12-31T23:59:59.000Z"}"#);
    let long = StatusMessage::read(&record(7, ID, Value::Null, image(&"ä".repeat(100_000), 1))).unwrap().unwrap();
    assert_eq!(long.to.map(|to| to.chars().count()), Some(200));
}

#[test]
fn what_changes_no_status_is_passed_over() {
    for (id, before, after) in [
        (ID, image("PENDING", 1), image("PENDING", 2)),
        ("idempotency#0123", Value::Null, json!({"payload": {"S": "x"}})),
        ("idempotency#0123", json!({"payload": {"S": "x"}}), Value::Null),
    ] {
        assert_eq!(StatusMessage::read(&record(1, id, before, after)), Ok(None), "{id}");
    }
}

#[test]
fn a_stream_that_shows_too_little_is_told() {
    let mut record = record(1, ID, Value::Null, image("PENDING", 1));
    record["dynamodb"]["StreamViewType"] = json!("KEYS_ONLY");
    let error = StatusMessage::read(&record).unwrap_err();
    insta::assert_snapshot!(error, @r#"the stream of the table shows "KEYS_ONLY"; it must show NEW_AND_OLD_IMAGES"#);
    let error = StatusMessage::read(&json!({"eventSource": "aws:sqs", "eventID": "1"})).unwrap_err();
    insta::assert_snapshot!(error, @"the event has a record that is none of a DynamoDB stream: it has no Keys");
}

#[tokio::test]
async fn a_call_has_one_message_of_each_order() {
    let queue = RecordingQueue::default();
    let mut records: Vec<_> = (0..12).map(|n| change(n, n, 1)).collect();
    records.push(change(12, 0, 2));
    records.push(change(13, 0, 3));
    records.push(record(14, ID, image("PENDING", 1), image("PENDING", 2)));
    let summary = send_changes(&queue, &records, || true).await;
    assert_eq!(summary, OutboxSummary { sent: 14, skipped: 1, ..OutboxSummary::default() });
    let sizes: Vec<_> = queue.calls.borrow().iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 3, 1]);
    let of_first: Vec<_> = queue.taken().into_iter().filter(|(order, _)| *order == 0).collect();
    assert_eq!(of_first, [(0, 1), (0, 2), (0, 3)]);
}

#[tokio::test]
async fn nothing_overtakes_what_is_refused() {
    let records = [change(1, 1, 1), change(2, 2, 1), change(3, 1, 2), change(4, 2, 2)];
    let queue = RecordingQueue::refusing(&[2]);
    let summary = send_changes(&queue, &records, || true).await;
    assert_eq!(queue.taken(), [(1, 1)]);
    let error = Some(OutboxError::NotSent("event-2 is refused".into()));
    assert_eq!(summary, OutboxSummary { sent: 1, skipped: 0, left: 3, first_left: Some("2".into()), error });
    // Lambda hands over again what is left, and more.
    let queue = RecordingQueue::default();
    send_changes(&queue, &records[1..], || true).await;
    assert_eq!(queue.taken(), [(2, 1), (1, 2), (2, 2)]);
}

#[tokio::test]
async fn what_comes_before_a_record_that_cannot_be_read_is_sent() {
    let mut records = vec![change(1, 1, 1), change(2, 2, 1), change(3, 3, 1)];
    records[1]["dynamodb"]["StreamViewType"] = json!("KEYS_ONLY");
    let queue = RecordingQueue::default();
    let summary = send_changes(&queue, &records, || true).await;
    assert_eq!(queue.taken(), [(1, 1)]);
    assert_eq!((summary.left, summary.first_left.as_deref()), (2, Some("2")));
}

#[tokio::test]
async fn what_is_left_when_the_time_is_over_comes_again() {
    let records: Vec<_> = (0..25).map(|n| change(n, n, 1)).collect();
    let calls = std::cell::Cell::new(2);
    let queue = RecordingQueue::default();
    let summary = send_changes(&queue, &records, || calls.replace(calls.get() - 1) > 0).await;
    assert_eq!(summary, OutboxSummary { sent: 20, left: 5, first_left: Some("20".into()), ..OutboxSummary::default() });
}

#[tokio::test]
async fn an_invocation_that_did_nothing_fails() {
    let event = |records: &[Value]| LambdaEvent::new(json!({"Records": records}), Context::default());
    let records = [change(1, 1, 1), change(2, 1, 2)];
    let down = RecordingQueue { down: true, ..RecordingQueue::default() };
    assert_eq!(invoke(&down, event(&records)).await, Err(OutboxError::NotSent("down".into())));
    let answer = invoke(&RecordingQueue::refusing(&[2]), event(&records)).await.unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "2"}]}));
    let answer = invoke(&RecordingQueue::default(), event(&records)).await.unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), json!({"batchItemFailures": []}));
}

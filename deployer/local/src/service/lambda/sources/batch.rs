//! What a function is handed of a queue, and what it answers.

use crate::queues::QueuedMessage;
use crate::runtime::MAX_EVENT;
use crate::service::sqs;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What an event has beside its records, in bytes.
const AROUND: usize = 1024;

/// Writes a message as a function sees it ("Using Lambda with Amazon SQS").
pub(super) fn queue_record(region: &str, source: &str, queue: i64, message: &QueuedMessage) -> Value {
    let attributes = message.attributes.as_object().into_iter().flatten();
    let attributes: Map<String, Value> = attributes.map(|(name, value)| (name.clone(), attribute(value))).collect();
    let mut record = json!({
        "messageId": message.id,
        "receiptHandle": message.handle(queue).encode(),
        "body": message.body,
        "attributes": sqs::system_attributes(message, source.ends_with(".fifo")),
        "messageAttributes": attributes,
        "md5OfBody": sqs::digest(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": region,
    });
    if let Some(digest) = message.attributes.as_object().and_then(sqs::digest_attributes) {
        record["md5OfMessageAttributes"] = json!(digest);
    }
    record
}

fn attribute(value: &Value) -> Value {
    let mut attribute = json!({"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]});
    for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
        if !value[from].is_null() {
            attribute[to] = value[from].clone();
        }
    }
    attribute
}

/// Returns a message's record as patterns see it: a body that is JSON by its members.
pub(super) fn as_filtered(record: &Value) -> Value {
    let mut seen = record.clone();
    let body = record["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
    if let Some(body) = body.filter(|body| body.is_object() || body.is_array()) {
        seen["body"] = body;
    }
    seen
}

/// Cuts records into as few events as they fit in.
pub(super) fn events<T>(records: Vec<T>, record: impl Fn(&T) -> &Value) -> Vec<Vec<T>> {
    let mut events: Vec<Vec<T>> = Vec::new();
    let mut bytes = usize::MAX;
    for one in records {
        let length = record(&one).to_string().len() + 1;
        bytes = bytes.saturating_add(length);
        match events.last_mut() {
            Some(event) if bytes + AROUND <= MAX_EVENT => event.push(one),
            _ => {
                bytes = length;
                events.push(vec![one]);
            }
        }
    }
    events
}

/// Writes an event.
pub(super) fn event<'a>(records: impl Iterator<Item = &'a Value>) -> String {
    json!({"Records": records.collect::<Vec<_>>()}).to_string()
}

/// Reads which records failed in the answer of a function that reports it; `None` when the answer makes no sense, so that the whole
/// batch failed ("Implementing partial batch responses").
pub(super) fn failed_records(answer: &[u8], known: &BTreeSet<&str>) -> Option<BTreeSet<String>> {
    let answer: Value = match answer {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes).ok()?,
    };
    let failures = match &answer["batchItemFailures"] {
        Value::Null => return Some(BTreeSet::new()),
        failures => failures.as_array()?,
    };
    failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().filter(|id| known.contains(id)).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let known = BTreeSet::from(["a", "b"]);
        let failed = |answer: &str| {
            failed_records(answer.as_bytes(), &known).map(|ids| ids.into_iter().collect::<Vec<_>>().join(" "))
        };
        for (answer, expected) in [
            ("", Some("")),
            ("null", Some("")),
            ("{}", Some("")),
            (r#"{"batchItemFailures": []}"#, Some("")),
            (r#"{"batchItemFailures": null}"#, Some("")),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#, Some("b")),
            (r#"{"batchItemFailures": [{"itemIdentifier": "c"}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, None),
            (r#"{"batchItemFailures": [{"id": "a"}]}"#, None),
            (r#"{"batchItemFailures": 1}"#, None),
            ("{", None),
        ] {
            assert_eq!(failed(answer).as_deref(), expected, "{answer}");
        }
    }

    #[test]
    fn events_are_no_larger_than_lambda_takes_them() {
        let record = |bytes: usize| json!("x".repeat(bytes));
        let lengths = |records: Vec<Value>| events(records, |record| record).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(vec![record(1), record(1)]), [2]);
        assert_eq!(lengths(vec![record(3_000_000), record(3_000_000), record(3_000_000)]), [2, 1]);
        assert_eq!(lengths(vec![record(7_000_000), record(1)]), [1, 1]);
        assert!(lengths(Vec::new()).is_empty());
    }
}

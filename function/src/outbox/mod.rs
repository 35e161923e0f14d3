//! The job that tells a queue of each change of an order's status: a transactional outbox whose outbox is the table's stream.
//!
//! The API writes an order and nothing else. DynamoDB keeps each change for 24 hours, in order for each order, and Lambda hands the
//! changes to this function in batches. What the function does not send it reports, and Lambda hands it over again from there
//! on. So every change arrives at least once, and those of an order in the order in which they happened, whatever dies between
//! the table and the queue.
//!
//! # What is done twice
//! A batch is handed over again when a part of it failed, or when Lambda did not learn that it was done. Its messages have the same
//! deduplication ids as before, so SQS drops them within five minutes. What comes again after that, and what a consumer is
//! handed twice, the consumer can tell by the `version` of the order, which only grows.
//!
//! # What comes in which order
//! The messages of an order are a group of the FIFO queue. A call sends one message of each order at most, because the messages of
//! a call succeed and fail each for itself: a later one must not be taken while an earlier one is refused.

mod message;
mod queue;
mod sqs;

pub use self::message::{StatusMessage, UnreadableRecord};
pub use self::queue::{ChangeQueue, OutboxError};
pub use self::sqs::SqsQueue;

use crate::config::{environment, metrics_namespace};
use crate::deadline::has_time_left;
use crate::observe::{
    EmfMetadata, MetricDefinition, MetricDirective, function_name, rounded_millis, to_json, write_line,
};
use crate::orders::{OrderId, Timestamp};
use lambda_http::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// The most messages of a call ("SendMessageBatch").
const MOST_IN_CALL: usize = 10;

/// The time that a call may need. With less time left before the deadline, no other call is begun.
const CALL_TIME: Duration = Duration::from_secs(3);

/// The answer of the function, as Lambda reads it of a stream ("Configuring partial batch response with DynamoDB and Lambda").
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// The first record that is not done; Lambda hands it over again, with all that follow. Empty: everything is done.
    pub batch_item_failures: Vec<FailedItem>,
}

/// A record that is not done.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedItem {
    /// Its sequence number.
    pub item_identifier: String,
}

/// The result of an invocation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OutboxSummary {
    /// How many messages the queue took.
    pub sent: usize,
    /// How many records were passed over, because they change no order's status.
    pub skipped: usize,
    /// How many changes are not sent.
    pub left: usize,
    /// The sequence number of the first record that is not done.
    pub first_left: Option<String>,
    /// Why it is not done. `None` where only the time ran out.
    pub error: Option<OutboxError>,
}

/// A change that waits to be sent.
struct WaitingChange {
    /// Where its record stands in the batch.
    place: usize,
    message: StatusMessage,
}

/// Sends the changes of a batch of the table's stream.
///
/// An error is returned to Lambda, which counts it, when nothing at all was done. What is left of a batch is told in the answer.
pub async fn invoke(queue: &impl ChangeQueue, event: LambdaEvent<Value>) -> Result<BatchAnswer, OutboxError> {
    let started = Instant::now();
    let context = event.context;
    let records = event.payload["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
    let summary = send_changes(queue, records, || has_time_left(&context, CALL_TIME)).await;
    write_line(&log_line(&summary, &context, started.elapsed()));
    match (summary.error, summary.first_left) {
        (Some(error), _) if summary.sent == 0 => Err(error),
        (_, Some(item_identifier)) => Ok(BatchAnswer { batch_item_failures: vec![FailedItem { item_identifier }] }),
        _ => Ok(BatchAnswer::default()),
    }
}

/// Sends the changes of some records, for as long as `has_time_left` returns true, and stops at the first failure.
pub async fn send_changes(
    queue: &impl ChangeQueue,
    records: &[Value],
    has_time_left: impl Fn() -> bool,
) -> OutboxSummary {
    let (mut summary, mut waiting) = (OutboxSummary::default(), VecDeque::new());
    // The place of the first record that is not done.
    let mut first_left = None;
    for (place, record) in records.iter().enumerate() {
        match StatusMessage::read(record) {
            Ok(Some(message)) => waiting.push_back(WaitingChange { place, message }),
            Ok(None) => summary.skipped += 1,
            Err(error) => {
                summary.error = Some(error.into());
                summary.left = records.len() - place;
                first_left = Some(place);
                break;
            }
        }
    }
    while !waiting.is_empty() && has_time_left() {
        let call = take_call(&mut waiting);
        let (places, messages): (Vec<_>, Vec<_>) = call.into_iter().map(|it| (it.place, it.message)).unzip();
        let results = queue.send(&messages).await;
        let results = results.unwrap_or_else(|error| vec![Err(error); places.len()]);
        let mut failed = false;
        for (place, result) in places.into_iter().zip(results) {
            match result {
                Ok(()) => summary.sent += 1,
                Err(error) => {
                    summary.left += 1;
                    // Of what failed at once, the reason of the earliest is told.
                    if !failed {
                        (summary.error, first_left) = (Some(error), Some(place));
                    }
                    failed = true;
                }
            }
        }
        if failed {
            break;
        }
    }
    summary.left += waiting.len();
    let first_waiting = waiting.front().map(|change| change.place);
    let first_left = first_left.into_iter().chain(first_waiting).min();
    summary.first_left = first_left.map(|place| message::sequence_number(&records[place]).to_owned());
    summary
}

/// Takes the messages of the next call: the first of each order, ten at most. What stays keeps its order.
fn take_call(waiting: &mut VecDeque<WaitingChange>) -> Vec<WaitingChange> {
    let mut orders: HashSet<OrderId> = HashSet::new();
    let mut call = Vec::new();
    for change in std::mem::take(waiting) {
        if orders.insert(change.message.order_id) && call.len() < MOST_IN_CALL {
            call.push(change);
        } else {
            waiting.push_back(change);
        }
    }
    call
}

/// The members of the log line of an invocation, in the order in which they are written.
#[derive(Serialize)]
struct OutboxRecord<'a> {
    level: &'static str,
    timestamp: String,
    service: &'a str,
    changes_sent: usize,
    changes_left: usize,
    records_skipped: usize,
    latency_ms: f64,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    server_errors: u8,
    #[serde(rename = "_aws")]
    emf: EmfMetadata,
}

/// Returns the log line of an invocation as JSON, with the current time.
fn log_line(summary: &OutboxSummary, context: &Context, latency: Duration) -> String {
    let now = Timestamp::now();
    let directives = vec![MetricDirective {
        dimensions: vec![vec!["service"]],
        metrics: vec![
            MetricDefinition::count("changes_sent"),
            MetricDefinition::milliseconds("latency_ms"),
            MetricDefinition::count("server_errors"),
        ],
    }];
    to_json(&OutboxRecord {
        level: if summary.error.is_some() { "ERROR" } else { "INFO" },
        timestamp: now.to_string(),
        service: &function_name(),
        changes_sent: summary.sent,
        changes_left: summary.left,
        records_skipped: summary.skipped,
        latency_ms: rounded_millis(latency),
        request_id: &context.request_id,
        trace_id: context.xray_trace_id.as_deref(),
        error: summary.error.as_ref().map(ToString::to_string),
        server_errors: u8::from(summary.error.is_some()),
        emf: EmfMetadata::new(now, metrics_namespace(&environment), directives),
    })
}

#[cfg(test)]
mod tests;

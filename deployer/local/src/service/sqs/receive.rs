//! Receiving messages.

use super::attributes::check_seconds;
use super::lookup::{check_range, queue_name, queue_of};
use super::message_attributes::{digest, digest_attributes, selected};
use super::send::sequence_number;
use crate::context::Context;
use crate::queues::QueuedMessage;
use crate::store::queue::QueueRecord;
use crate::wire::{Call, Output, ServiceResult};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The longest time that a message is invisible, in seconds.
pub(super) const LONGEST_VISIBILITY: i64 = 43_200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveInput {
    #[serde(rename = "QueueUrl")]
    _queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
}

pub(super) async fn receive_message(cx: &Context, call: &Call) -> ServiceResult<Output> {
    let input: ReceiveInput = call.input()?;
    let (name, queue) = (queue_name(call)?, queue_of(cx, call)?);
    let most = input.max_number_of_messages.unwrap_or(1);
    check_range(most, "MaxNumberOfMessages", 1, 10)?;
    check_seconds(input.visibility_timeout, "VisibilityTimeout", LONGEST_VISIBILITY)?;
    check_seconds(input.wait_time_seconds, "WaitTimeSeconds", 20)?;
    let wait_s = input.wait_time_seconds.unwrap_or_else(|| queue.number("ReceiveMessageWaitTimeSeconds", 0));
    let until_ms = cx.clock.now_ms() + wait_s * 1000;
    let how = (usize::try_from(most).unwrap_or(1), input.visibility_timeout.map(|seconds| seconds * 1000));
    let received = receive(cx, (&call.region, name), how, until_ms).await?;
    let system = [input.attribute_names, input.message_system_attribute_names].concat();
    let list: Vec<Value> =
        received.iter().map(|message| view(&queue, message, &system, &input.message_attribute_names)).collect();
    Ok(Output::Members(if list.is_empty() { json!({}) } else { json!({"Messages": list}) }))
}

/// Receives messages of a queue of a region, and waits for some until a moment of the cloud's clock when there are none. By a fault
/// a message of a standard queue stays visible, as if it had not been received.
///
/// # Errors
/// `InternalFailure` when the file cannot be written.
pub(crate) async fn receive(
    cx: &Context,
    (region, name): (&str, &str),
    how: (usize, Option<i64>),
    until_ms: i64,
) -> ServiceResult<Vec<QueuedMessage>> {
    let received = cx.queues.receive(region, name, how, until_ms).await?;
    let Some(order) = cx.queues.order(region, name, 0, None).filter(|order| !order.fifo) else { return Ok(received) };
    for message in &received {
        if cx.faults.strikes("message-twice", |faults| faults.message_twice_chance) {
            let handle = message.handle(order.queue);
            cx.queues.on_messages(|messages| messages.change_visibility(&handle, cx.clock.now_ms(), 0))?;
        }
    }
    Ok(received)
}

fn view(queue: &QueueRecord, message: &QueuedMessage, system: &[String], custom: &[String]) -> Value {
    let mut view = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.handle(queue.id).encode(),
        "MD5OfBody": digest(&message.body),
        "Body": message.body,
    });
    let wanted = |name: &str| system.iter().any(|asked| asked == "All" || asked == name);
    let shown: Map<String, Value> =
        system_attributes(message, queue.is_fifo()).into_iter().filter(|(name, _)| wanted(name)).collect();
    if !shown.is_empty() {
        view["Attributes"] = shown.into();
    }
    let attributes = selected(&message.attributes, custom);
    if let Some(digest) = digest_attributes(&attributes) {
        view["MD5OfMessageAttributes"] = digest.into();
        view["MessageAttributes"] = attributes.into();
    }
    view
}

/// Returns what the system says of a message.
pub(crate) fn system_attributes(message: &QueuedMessage, fifo: bool) -> Map<String, Value> {
    let mut attributes = Map::new();
    let mut add =
        |name: &str, value: Option<String>| attributes.extend(value.map(|value| (name.to_owned(), value.into())));
    add("ApproximateReceiveCount", Some(message.received.to_string()));
    add("SentTimestamp", Some(message.sent_ms.to_string()));
    add("SenderId", Some(message.sender.clone()));
    add("ApproximateFirstReceiveTimestamp", Some(message.first_received_ms.to_string()));
    add("SequenceNumber", fifo.then(|| sequence_number(message.sequence)));
    add("MessageGroupId", message.group.clone());
    add("MessageDeduplicationId", message.deduplication_id.clone());
    add("AWSTraceHeader", message.trace_header.clone());
    add("DeadLetterQueueSourceArn", message.source_arn.clone());
    attributes
}

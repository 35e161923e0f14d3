//! Sending messages.

use super::attributes::check_seconds;
use super::lookup::{invalid, missing, queue_of};
use super::message_attributes::{check, digest, digest_attributes, size};
use super::{batch, lookup};
use crate::context::Context;
use crate::queues::{NewMessage, SentMessage};
use crate::store::queue::QueueRecord;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Bytes of all messages of a call together.
const MOST_BYTES: usize = 1_048_576;
/// The longest delay in seconds.
const LONGEST_DELAY: i64 = 900;
/// Added to a place in the queue, it is a sequence number with as many digits as AWS's.
const FIRST_SEQUENCE: u128 = 18_850_000_000_000_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendInput {
    #[serde(rename = "QueueUrl")]
    _queue_url: Option<String>,
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: Map<String, Value>,
    #[serde(default)]
    message_system_attributes: Map<String, Value>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

/// Returns a sequence number as it is shown.
pub(crate) fn sequence_number(sequence: i64) -> String {
    (FIRST_SEQUENCE + u128::from(sequence.unsigned_abs())).to_string()
}

pub(super) fn send_message(cx: &Context, call: &Call) -> ServiceResult {
    let (input, queue): (SendInput, _) = (call.input()?, queue_of(cx, call)?);
    let message = late(cx, &queue, message(call, &queue, &input)?);
    let sent = cx.queues.on_messages(|messages| messages.send(queue.id, cx.clock.now_ms(), &[message]))?;
    sent.first().map(|sent| view(&queue, &input, sent)).ok_or_else(|| ServiceError::internal("nothing was sent"))
}

pub(super) fn send_message_batch(cx: &Context, call: &Call) -> ServiceResult {
    let (entries, queue) = (batch::entries(call)?, queue_of(cx, call)?);
    let (mut results, mut messages, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    for (id, body) in entries {
        let entry = Call { body, ..call.clone() };
        let input: SendInput = entry.input()?;
        bytes += length(&input);
        match message(call, &queue, &input) {
            Ok(message) => {
                messages.push(late(cx, &queue, message));
                inputs.push((id, input));
            }
            Err(error) => results.push((id, Err(error))),
        }
    }
    if bytes > MOST_BYTES {
        let message = format!("Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {bytes} bytes.");
        return Err(batch::refused("BatchRequestTooLong", message));
    }
    let sent = cx.queues.on_messages(|store| store.send(queue.id, cx.clock.now_ms(), &messages))?;
    results.extend(inputs.into_iter().zip(&sent).map(|((id, input), sent)| (id, Ok(view(&queue, &input, sent)))));
    Ok(batch::answer(results))
}

/// Lets a message of a standard queue come late, by a fault.
fn late(cx: &Context, queue: &QueueRecord, mut message: NewMessage) -> NewMessage {
    if !queue.is_fifo() {
        let late_ms = cx.faults.some_of("message-late", |faults| faults.message_late_ms);
        message.delay_ms += i64::try_from(late_ms).unwrap_or_default();
    }
    message
}

fn length(input: &SendInput) -> usize {
    input.message_body.as_deref().map_or(0, str::len) + size(&input.message_attributes)
}

/// Checks a message and makes it ready to be sent.
fn message(call: &Call, queue: &QueueRecord, input: &SendInput) -> ServiceResult<NewMessage> {
    let body = input.message_body.as_deref().filter(|body| !body.is_empty()).ok_or_else(|| missing("MessageBody"))?;
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !body.chars().all(allowed) {
        return Err(ServiceError::new(
            400,
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    check(&input.message_attributes)?;
    let most = queue.number("MaximumMessageSize", 1_048_576);
    if i64::try_from(length(input)).is_ok_and(|length| length > most) {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )));
    }
    check_seconds(input.delay_seconds, "DelaySeconds", LONGEST_DELAY)?;
    let trace_header = trace_header(&input.message_system_attributes)?;
    check_id(input.message_group_id.as_deref(), "MessageGroupId")?;
    check_id(input.message_deduplication_id.as_deref(), "MessageDeduplicationId")?;
    let (deduplication_id, deduplication_key) = deduplication(queue, input, body)?;
    let delay_s = input.delay_seconds.unwrap_or_else(|| queue.number("DelaySeconds", 0));
    Ok(NewMessage {
        body: body.to_owned(),
        attributes: input.message_attributes.clone().into(),
        trace_header,
        sender: call.caller_arn.rsplit('/').next().unwrap_or_default().to_owned(),
        group: input.message_group_id.clone(),
        deduplication_id,
        deduplication_key,
        delay_ms: delay_s * 1000,
    })
}

/// Returns the id by which a message is the same as another one, and that with what it holds within.
fn deduplication(
    queue: &QueueRecord,
    input: &SendInput,
    body: &str,
) -> ServiceResult<(Option<String>, Option<String>)> {
    if !queue.is_fifo() {
        if let Some(id) = &input.message_deduplication_id {
            let reason = "The request includes a parameter that is not valid for this queue type";
            return Err(lookup::invalid_value(id, "MessageDeduplicationId", reason));
        }
        return Ok((None, None));
    }
    let group = input.message_group_id.as_deref().ok_or_else(|| missing("MessageGroupId"))?;
    if let Some(delay) = input.delay_seconds.filter(|delay| *delay > 0) {
        let reason = "The request include parameter that is not valid for this queue type";
        return Err(lookup::invalid_value(delay, "DelaySeconds", reason));
    }
    let of_content = || queue.is_set("ContentBasedDeduplication").then(|| format!("{:x}", Sha256::digest(body)));
    let id = input.message_deduplication_id.clone().or_else(of_content).ok_or_else(|| {
        invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
    })?;
    let within_group = queue.attributes.get("DeduplicationScope").is_some_and(|scope| scope == "messageGroup");
    let key = if within_group { format!("{group}\n{id}") } else { id.clone() };
    Ok((Some(id), Some(key)))
}

fn check_id(id: Option<&str>, parameter: &str) -> ServiceResult<()> {
    let allowed = |b: u8| b.is_ascii_graphic();
    match id {
        Some(id) if id.is_empty() || id.len() > 128 || !id.bytes().all(allowed) => Err(invalid(format!(
            "The request parameter {parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length"
        ))),
        _ => Ok(()),
    }
}

/// Returns the header of X-Ray, the only attribute of the system that a sender gives.
fn trace_header(attributes: &Map<String, Value>) -> ServiceResult<Option<String>> {
    if let Some(name) = attributes.keys().find(|name| *name != "AWSTraceHeader") {
        return Err(invalid(format!("Message system attribute name '{name}' is invalid.")));
    }
    Ok(attributes.get("AWSTraceHeader").and_then(|header| header["StringValue"].as_str()).map(str::to_owned))
}

fn view(queue: &QueueRecord, input: &SendInput, sent: &SentMessage) -> Value {
    let body = input.message_body.as_deref().unwrap_or_default();
    let mut view = json!({"MessageId": sent.id, "MD5OfMessageBody": digest(body)});
    if let Some(digest) = digest_attributes(&input.message_attributes) {
        view["MD5OfMessageAttributes"] = digest.into();
    }
    if let Some(digest) = digest_attributes(&input.message_system_attributes) {
        view["MD5OfMessageSystemAttributes"] = digest.into();
    }
    if queue.is_fifo() {
        view["SequenceNumber"] = sequence_number(sent.sequence).into();
    }
    view
}

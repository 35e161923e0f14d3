//! What is done with a message that was received: it is deleted, or becomes visible sooner or later.

use super::batch;
use super::lookup::{check_range, invalid_value, missing, queue_of};
use super::receive::LONGEST_VISIBILITY;
use crate::context::Context;
use crate::queues::{HandleMistake, MessageHandle};
use crate::store::queue::QueueRecord;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::{Value, json};

pub(super) fn delete_message(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl", "ReceiptHandle"])?;
    delete(cx, &queue_of(cx, call)?, &call.body).map(|()| Value::Null)
}

pub(super) fn delete_message_batch(cx: &Context, call: &Call) -> ServiceResult {
    let (entries, queue) = (batch::entries(call)?, queue_of(cx, call)?);
    let one = |(id, entry): (String, Value)| (id, delete(cx, &queue, &entry).map(|()| json!({})));
    Ok(batch::answer(entries.into_iter().map(one).collect()))
}

pub(super) fn change_message_visibility(cx: &Context, call: &Call) -> ServiceResult {
    call.only(&["QueueUrl", "ReceiptHandle", "VisibilityTimeout"])?;
    change(cx, &queue_of(cx, call)?, &call.body).map(|()| Value::Null)
}

pub(super) fn change_message_visibility_batch(cx: &Context, call: &Call) -> ServiceResult {
    let (entries, queue) = (batch::entries(call)?, queue_of(cx, call)?);
    let one = |(id, entry): (String, Value)| (id, change(cx, &queue, &entry).map(|()| json!({})));
    Ok(batch::answer(entries.into_iter().map(one).collect()))
}

/// Deletes a message. On a FIFO queue a handle does nothing after its time, because others may have received the message.
fn delete(cx: &Context, queue: &QueueRecord, entry: &Value) -> ServiceResult<()> {
    let (text, handle) = handle(queue, entry)?;
    let now_ms = cx.clock.now_ms();
    cx.queues.on_messages(|messages| {
        if queue.is_fifo() && messages.in_flight(&handle, now_ms)? == Err(HandleMistake::NotInFlight) {
            return Ok(Err(invalid_value(text, "ReceiptHandle", "The receipt handle has expired.")));
        }
        messages.delete(&handle).map(Ok)
    })?
}

fn change(cx: &Context, queue: &QueueRecord, entry: &Value) -> ServiceResult<()> {
    let (text, handle) = handle(queue, entry)?;
    let seconds = entry["VisibilityTimeout"].as_i64().ok_or_else(|| missing("VisibilityTimeout"))?;
    check_range(seconds, "VisibilityTimeout", 0, LONGEST_VISIBILITY)?;
    let now_ms = cx.clock.now_ms();
    cx.queues.on_messages(|messages| {
        Ok(match messages.in_flight(&handle, now_ms)? {
            Ok(()) => messages.change_visibility(&handle, now_ms, seconds * 1000).map(Ok)?,
            Err(HandleMistake::Gone) => {
                let reason = "Message does not exist or is not available for visibility timeout change.";
                Err(invalid_value(text, "ReceiptHandle", reason))
            }
            Err(HandleMistake::NotInFlight) => {
                Err(ServiceError::new(400, "MessageNotInflight", "The message referred to isn't in flight."))
            }
        })
    })?
}

fn handle<'a>(queue: &QueueRecord, entry: &'a Value) -> ServiceResult<(&'a str, MessageHandle)> {
    let text =
        entry["ReceiptHandle"].as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing("ReceiptHandle"))?;
    let handle = MessageHandle::decode(text).filter(|handle| handle.queue == queue.id).ok_or_else(|| {
        ServiceError::new(
            404,
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{text}\" is not a valid receipt handle."),
        )
    })?;
    Ok((text, handle))
}

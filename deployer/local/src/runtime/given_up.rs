//! Events that are given up: the queue of the function's `OnFailure` destination is told ("Capturing records of Lambda asynchronous
//! invocations").

use super::pending::{GivingUp, PendingInvocation};
use crate::arn::queue_arn;
use crate::clock::Clock;
use crate::policy::function_may;
use crate::queues::{NewMessage, QueueEngine};
use crate::store::CloudStore;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// RFC 3339 with milliseconds.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Tells the destination of the function, where it has one, of an event that is given up; `failure` is what the function answered
/// last, if it was just tried. Blocks.
///
/// # Errors
/// Why the destination could not be told.
pub(super) fn tell(
    store: &CloudStore,
    queues: &QueueEngine,
    clock: &Clock,
    pending: &PendingInvocation,
    why: GivingUp,
    failure: Option<&[u8]>,
) -> Result<(), String> {
    let document = store.snapshot();
    let region = document.region(&pending.region);
    let Some(function) = region.functions.get(&pending.function) else { return Ok(()) };
    let Some(arn) = function.asynchronous.as_ref().and_then(|settings| settings.on_failure.as_deref()) else {
        return Ok(());
    };
    if !function_may(&document, function, "sqs:SendMessage", arn) {
        return Err(format!("the role of {} does not allow sqs:SendMessage on {arn}", function.name));
    }
    let name = arn.strip_prefix(&queue_arn(&pending.region, "")).unwrap_or_default();
    let queue = region.queues.queues.get(name).ok_or_else(|| format!("there is no queue {arn}"))?.id;
    let message = NewMessage {
        body: record(pending, &function.arn, why, failure, clock.now()).to_string(),
        attributes: json!({}),
        sender: function.name.clone(),
        ..NewMessage::default()
    };
    let now_ms = clock.now_ms();
    let sent = queues.on_messages(|messages| messages.send(queue, now_ms, &[message]));
    sent.map(drop).map_err(|error| error.message)
}

/// Writes the record of an event as Lambda does.
fn record(
    pending: &PendingInvocation,
    function_arn: &str,
    why: GivingUp,
    failure: Option<&[u8]>,
    now: OffsetDateTime,
) -> Value {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let mut record = json!({
        "version": "1.0",
        "timestamp": now.format(TIMESTAMP).unwrap_or_default(),
        "requestContext": {
            "requestId": pending.request_id,
            "functionArn": format!("{function_arn}:$LATEST"),
            "condition": why.condition(),
            "approximateInvokeCount": pending.failures,
        },
        "requestPayload": pending.event().as_deref().map(read),
    });
    if let Some(failure) = failure {
        record["responseContext"] =
            json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"});
        record["responsePayload"] = read(failure);
    }
    record
}

//! Finding queues, and SQS's errors.

use crate::arn::{ACCOUNT, queue_arn};
use crate::context::Context;
use crate::store::CloudDocument;
use crate::store::queue::QueueRecord;
use crate::wire::{Call, ServiceError, ServiceResult};
use std::fmt::Display;

/// Returns the URL of a queue.
pub(super) fn queue_url(cx: &Context, name: &str) -> String {
    format!("{}/{ACCOUNT}/{name}", cx.endpoint())
}

/// Returns the name in the URL of a queue. The host does not matter: a cloud may come back on another port.
pub(super) fn name_in_url(url: &str) -> Option<&str> {
    let (rest, name) = url.rsplit_once('/')?;
    (rest.ends_with(&format!("/{ACCOUNT}")) || rest == ACCOUNT).then_some(name)
}

/// Returns the name of the queue that a call is about.
pub(super) fn queue_name(call: &Call) -> ServiceResult<&str> {
    let url = call.body["QueueUrl"].as_str().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| missing("QueueUrl"))?;
    name_in_url(url).ok_or_else(|| {
        ServiceError::new(404, "InvalidAddress", format!("The address {url} is not valid for this endpoint."))
    })
}

/// Says which queue a call is about.
pub(super) fn about(_: &Context, call: &Call) -> Option<String> {
    name_in_url(call.body["QueueUrl"].as_str()?).map(str::to_owned)
}

pub(super) fn queue<'a>(document: &'a CloudDocument, region: &str, name: &str) -> ServiceResult<&'a QueueRecord> {
    document.region(region).queues.queues.get(name).ok_or_else(no_such_queue)
}

pub(super) fn queue_mut<'a>(
    document: &'a mut CloudDocument,
    region: &str,
    name: &str,
) -> ServiceResult<&'a mut QueueRecord> {
    document.region_mut(region).queues.queues.get_mut(name).ok_or_else(no_such_queue)
}

/// Returns the queue that a call is about, as it is now.
pub(super) fn queue_of(cx: &Context, call: &Call) -> ServiceResult<QueueRecord> {
    let name = queue_name(call)?;
    cx.store.read(|document| queue(document, &call.region, name).cloned())
}

/// Returns the name in the ARN of a queue of this account and region.
pub(super) fn name_in_arn<'a>(region: &str, arn: &'a str) -> Option<&'a str> {
    arn.strip_prefix(&queue_arn(region, "")).filter(|name| !name.is_empty())
}

pub(super) fn no_such_queue() -> ServiceError {
    ServiceError::new(400, "QueueDoesNotExist", "The specified queue does not exist.")
}

pub(super) fn missing(parameter: &str) -> ServiceError {
    let message = format!("The request must contain the parameter {parameter}.");
    ServiceError::new(400, "MissingRequiredParameterException", message)
}

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterValueException", message)
}

/// Makes the error for a parameter with a value that it cannot have.
pub(super) fn invalid_value(value: impl Display, parameter: &str, reason: impl Display) -> ServiceError {
    invalid(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

/// Checks a number against its range.
pub(super) fn check_range(value: i64, parameter: &str, min: i64, max: i64) -> ServiceResult<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(invalid_value(value, parameter, format_args!("Must be between {min} and {max}, if provided.")))
}

//! What SQS's operations need ("Actions, resources, and condition keys for Amazon SQS").

use super::lookup::name_in_url;
use super::move_tasks::TaskHandle;
use crate::service::permission::{RequestView, RequiredPermission};

/// Returns the ARN of the queue that a call is about. What is no URL of a queue is refused by the operation itself.
fn queue(view: &RequestView<'_>) -> String {
    view.arn(name_in_url(view.text("QueueUrl")).unwrap_or_default())
}

pub(super) fn on_queue(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(queue(view))]
}

pub(super) fn on_name(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.arn(view.text("QueueName")))]
}

pub(super) fn create_queue(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    view.creation(&view.action(), "sqs:TagQueue", &view.arn(view.text("QueueName")), "tags")
}

pub(super) fn tag_queue(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), &queue(view), "Tags")]
}

pub(super) fn send_batch(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new("sqs:SendMessage", queue(view))]
}

pub(super) fn delete_batch(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new("sqs:DeleteMessage", queue(view))]
}

pub(super) fn change_visibility_batch(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![RequiredPermission::new("sqs:ChangeMessageVisibility", queue(view))]
}

pub(super) fn on_source(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("SourceArn"))]
}

/// Needs the action on the queue whose messages are moved, which the handle names. What is no handle is refused by the operation
/// itself.
pub(super) fn on_handle(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let handle = TaskHandle::decode(view.text("TaskHandle"));
    vec![view.own(handle.map_or_else(|| "*".to_owned(), |handle| handle.source_arn))]
}

/// Needs what the move does on behalf of its caller, too ("Configuring queue permissions for a dead-letter queue redrive").
pub(super) fn move_messages(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let source = view.text("SourceArn");
    let taken = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    let taken = taken.map(|action| RequiredPermission::new(format!("sqs:{action}"), source));
    let put = view.input["DestinationArn"].as_str().map(|arn| RequiredPermission::new("sqs:SendMessage", arn));
    std::iter::once(view.own(source)).chain(taken).chain(put).collect()
}

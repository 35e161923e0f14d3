//! SQS: queues and their messages, by the JSON and the query protocol.

mod attributes;
mod batch;
mod lookup;
mod message_attributes;
mod move_tasks;
mod permissions;
mod query_form;
mod queues;
mod receive;
mod send;
mod settle;
mod tag;

pub(crate) use message_attributes::{digest, digest_attributes};
pub(crate) use receive::{receive, system_attributes};

use super::declaration::OperationHandler::{Async, Blocking, Immediate};
use super::declaration::{Service, read, write};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, ServiceSpec};
use permissions::{
    change_visibility_batch, create_queue, delete_batch, move_messages, on_handle, on_name, on_queue, on_source,
    send_batch, tag_queue,
};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes {
            denied: (403, "AccessDeniedException"),
            throttled: (403, "RequestThrottled", "Rate exceeded"),
            ..ErrorCodes::JSON
        },
        ..ServiceSpec::json_or_query("sqs", &query_form::COMPATIBILITY)
    },
    operations: &[
        write("SendMessage", on_queue, Blocking(send::send_message)).data_plane().about(lookup::about),
        write("SendMessageBatch", send_batch, Blocking(send::send_message_batch)).data_plane().about(lookup::about),
        write("ReceiveMessage", on_queue, Async(|cx, call| Box::pin(receive::receive_message(cx, call))))
            .data_plane()
            .about(lookup::about),
        write("DeleteMessage", on_queue, Blocking(settle::delete_message)).data_plane().about(lookup::about),
        write("DeleteMessageBatch", delete_batch, Blocking(settle::delete_message_batch))
            .data_plane()
            .about(lookup::about),
        write("ChangeMessageVisibility", on_queue, Blocking(settle::change_message_visibility))
            .data_plane()
            .about(lookup::about),
        write(
            "ChangeMessageVisibilityBatch",
            change_visibility_batch,
            Blocking(settle::change_message_visibility_batch),
        )
        .data_plane()
        .about(lookup::about),
        write("CreateQueue", create_queue, Immediate(queues::create_queue)),
        read("GetQueueUrl", on_name, Immediate(queues::get_queue_url)),
        read("GetQueueAttributes", on_queue, Blocking(queues::get_queue_attributes)),
        write("SetQueueAttributes", on_queue, Immediate(queues::set_queue_attributes)),
        read("ListQueues", on_anything, Immediate(queues::list_queues)),
        write("DeleteQueue", on_queue, Blocking(queues::delete_queue)),
        write("PurgeQueue", on_queue, Blocking(queues::purge_queue)),
        read("ListDeadLetterSourceQueues", on_queue, Immediate(queues::list_dead_letter_source_queues)),
        read("ListQueueTags", on_queue, Immediate(|cx, call| tag::TAGS.list(cx, call))),
        write("TagQueue", tag_queue, Immediate(|cx, call| tag::TAGS.tag(cx, call))),
        write("UntagQueue", on_queue, Immediate(|cx, call| tag::TAGS.untag(cx, call))),
        write("StartMessageMoveTask", move_messages, Blocking(move_tasks::start_message_move_task)),
        read("ListMessageMoveTasks", on_source, Blocking(move_tasks::list_message_move_tasks)),
        write("CancelMessageMoveTask", on_handle, Blocking(move_tasks::cancel_message_move_task)),
    ],
    tagged: Some(tag::tagged),
};

#[cfg(test)]
mod tests;

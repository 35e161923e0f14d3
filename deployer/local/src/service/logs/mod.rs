//! CloudWatch Logs: groups, streams, events. The engine is [`crate::logs`].

mod groups;
mod lookup;
mod permissions;
mod queries;
mod streams;
mod tags;

use super::declaration::OperationHandler::{Blocking, Immediate};
use super::declaration::{Service, read, write};
use crate::wire::{ErrorCodes, JsonVersion, ServiceSpec};
use permissions::{create_log_group, list_tags_log_group, on_group, on_groups, on_resource, on_stream, tag_resource};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes { unavailable: "ServiceUnavailableException", ..ErrorCodes::JSON },
        ..ServiceSpec::json("logs", JsonVersion::V1_1)
    },
    operations: &[
        write("CreateLogGroup", create_log_group, Immediate(groups::create_log_group)).rate(5.0, 5.0),
        write("DeleteLogGroup", on_group, Blocking(groups::delete_log_group)).rate(5.0, 5.0),
        read("DescribeLogGroups", on_groups, Blocking(groups::describe_log_groups)).rate(5.0, 5.0),
        write("PutLogGroupDeletionProtection", on_group, Immediate(groups::put_log_group_deletion_protection)),
        write("PutRetentionPolicy", on_group, Immediate(groups::put_retention_policy)),
        write("DeleteRetentionPolicy", on_group, Immediate(groups::delete_retention_policy)),
        write("TagResource", tag_resource, Immediate(|cx, call| tags::TAGS.tag(cx, call))),
        write("UntagResource", on_resource, Immediate(|cx, call| tags::TAGS.untag(cx, call))),
        read("ListTagsLogGroup", list_tags_log_group, Immediate(tags::list_tags_log_group)),
        read("ListTagsForResource", on_resource, Immediate(|cx, call| tags::TAGS.list(cx, call))),
        write("CreateLogStream", on_stream, Blocking(streams::create_log_stream)),
        write("DeleteLogStream", on_stream, Blocking(streams::delete_log_stream)),
        read("DescribeLogStreams", on_group, Blocking(streams::describe_log_streams)),
        write("PutLogEvents", on_stream, Blocking(queries::put_log_events)).data_plane(),
        read("GetLogEvents", on_stream, Blocking(queries::get_log_events)).rate(10.0, 10.0),
        read("FilterLogEvents", on_group, Blocking(queries::filter_log_events)).rate(5.0, 5.0),
    ],
    tagged: Some(tags::tagged),
};

#[cfg(test)]
mod tests;

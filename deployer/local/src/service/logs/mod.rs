//! CloudWatch Logs: groups, streams, events. The engine is [`crate::logs`].

mod groups;
mod lookup;
mod permissions;
mod queries;
mod streams;
mod tags;

use super::declaration::Service;
use super::operation::OperationHandler::{Blocking, Immediate};
use super::operation::ServiceOperation;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "logs",
        action_prefix: "logs",
        protocol: WireProtocol::Json(JsonVersion::V1_1),
        rate: None,
        errors: ErrorCodes { unavailable: "ServiceUnavailableException", ..ErrorCodes::JSON },
    },
    operations: &[
        ServiceOperation::write("CreateLogGroup", permissions::create_log_group, Immediate(groups::create_log_group))
            .rate(5.0, 5.0),
        ServiceOperation::write("DeleteLogGroup", permissions::on_group, Blocking(groups::delete_log_group))
            .rate(5.0, 5.0),
        ServiceOperation::read("DescribeLogGroups", permissions::on_groups, Blocking(groups::describe_log_groups))
            .rate(5.0, 5.0),
        ServiceOperation::write(
            "PutLogGroupDeletionProtection",
            permissions::on_group,
            Immediate(groups::put_log_group_deletion_protection),
        ),
        ServiceOperation::write("PutRetentionPolicy", permissions::on_group, Immediate(groups::put_retention_policy)),
        ServiceOperation::write(
            "DeleteRetentionPolicy",
            permissions::on_group,
            Immediate(groups::delete_retention_policy),
        ),
        ServiceOperation::write("TagResource", permissions::tag_resource, Immediate(tags::tag_resource)),
        ServiceOperation::write("UntagResource", permissions::on_resource, Immediate(tags::untag_resource)),
        ServiceOperation::read(
            "ListTagsForResource",
            permissions::on_resource,
            Immediate(tags::list_tags_for_resource),
        ),
        ServiceOperation::write("CreateLogStream", permissions::on_stream, Blocking(streams::create_log_stream)),
        ServiceOperation::write("DeleteLogStream", permissions::on_stream, Blocking(streams::delete_log_stream)),
        ServiceOperation::read("DescribeLogStreams", permissions::on_group, Blocking(streams::describe_log_streams)),
        ServiceOperation::write("PutLogEvents", permissions::on_stream, Blocking(queries::put_log_events)).data_plane(),
        ServiceOperation::read("GetLogEvents", permissions::on_stream, Blocking(queries::get_log_events))
            .rate(10.0, 10.0),
        ServiceOperation::read("FilterLogEvents", permissions::on_group, Blocking(queries::filter_log_events))
            .rate(5.0, 5.0),
    ],
    tagged: Some(tags::tagged),
};

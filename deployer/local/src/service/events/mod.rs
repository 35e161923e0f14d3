//! EventBridge: scheduled rules on the default bus, and the scheduler that fires them on the cloud's clock.

mod fire;
mod lookup;
mod permissions;
mod rules;
mod schedule;
mod scheduler;
mod tags;
mod targets;

pub use fire::{DeliveryReport, FiringReport, fire};
pub use scheduler::RuleScheduler;

use super::declaration::Service;
use super::operation::OperationHandler::Immediate;
use super::operation::ServiceOperation;
use super::permission::on_anything;
use crate::wire::aws_json::JsonVersion;
use crate::wire::{ErrorCodes, PublishedRate, ServiceSpec, WireProtocol};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        name: "events",
        action_prefix: "events",
        protocol: WireProtocol::Json(JsonVersion::V1_1),
        rate: Some(PublishedRate { bucket: "", per_second: 50.0, burst: 50.0 }),
        errors: ErrorCodes { internal: "InternalException", ..ErrorCodes::JSON },
    },
    operations: &[
        ServiceOperation::write("PutRule", permissions::put_rule, Immediate(rules::put_rule)),
        ServiceOperation::read("DescribeRule", permissions::on_name, Immediate(rules::describe_rule)),
        ServiceOperation::write("DeleteRule", permissions::on_name, Immediate(rules::delete_rule)),
        ServiceOperation::write("EnableRule", permissions::on_name, Immediate(rules::enable_rule)),
        ServiceOperation::write("DisableRule", permissions::on_name, Immediate(rules::disable_rule)),
        ServiceOperation::read("ListRules", on_anything, Immediate(rules::list_rules)),
        ServiceOperation::write("PutTargets", permissions::on_rule, Immediate(targets::put_targets)),
        ServiceOperation::write("RemoveTargets", permissions::on_rule, Immediate(targets::remove_targets)),
        ServiceOperation::read("ListTargetsByRule", permissions::on_rule, Immediate(targets::list_targets_by_rule)),
        ServiceOperation::read("ListRuleNamesByTarget", on_anything, Immediate(targets::list_rule_names_by_target)),
        ServiceOperation::write("TagResource", permissions::tag_resource, Immediate(tags::tag_resource)),
        ServiceOperation::write("UntagResource", permissions::on_resource, Immediate(tags::untag_resource)),
        ServiceOperation::read(
            "ListTagsForResource",
            permissions::on_resource,
            Immediate(tags::list_tags_for_resource),
        ),
    ],
    tagged: Some(tags::tagged),
};

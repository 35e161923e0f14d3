//! EventBridge: scheduled rules on the default bus, and the scheduler that fires them on the cloud's clock.

mod fire;
mod lookup;
mod permissions;
mod rules;
mod schedule;
mod scheduler;
mod tags;
mod targets;

pub use fire::fire;
pub use scheduler::RuleScheduler;

use super::declaration::OperationHandler::Immediate;
use super::declaration::{Service, read, write};
use super::permission::on_anything;
use crate::wire::{ErrorCodes, JsonVersion, ServiceSpec};
use permissions::{on_name, on_resource, on_rule, put_rule, tag_resource};

/// The service, as it is declared.
pub static SERVICE: Service = Service {
    spec: ServiceSpec {
        errors: ErrorCodes { internal: "InternalException", ..ErrorCodes::JSON },
        ..ServiceSpec::json("events", JsonVersion::V1_1).rate(50.0, 50.0)
    },
    operations: &[
        write("PutRule", put_rule, Immediate(rules::put_rule)),
        read("DescribeRule", on_name, Immediate(rules::describe_rule)),
        write("DeleteRule", on_name, Immediate(rules::delete_rule)),
        write("EnableRule", on_name, Immediate(rules::enable_rule)),
        write("DisableRule", on_name, Immediate(rules::disable_rule)),
        read("ListRules", on_anything, Immediate(rules::list_rules)),
        write("PutTargets", on_rule, Immediate(targets::put_targets)),
        write("RemoveTargets", on_rule, Immediate(targets::remove_targets)),
        read("ListTargetsByRule", on_rule, Immediate(targets::list_targets_by_rule)),
        read("ListRuleNamesByTarget", on_anything, Immediate(targets::list_rule_names_by_target)),
        write("TagResource", tag_resource, Immediate(|cx, call| tags::TAGS.tag(cx, call))),
        write("UntagResource", on_resource, Immediate(|cx, call| tags::TAGS.untag(cx, call))),
        read("ListTagsForResource", on_resource, Immediate(|cx, call| tags::TAGS.list(cx, call))),
    ],
    tagged: Some(tags::tagged),
};

#[cfg(test)]
mod tests;

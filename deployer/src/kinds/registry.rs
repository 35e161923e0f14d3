//! The list of kinds.

use super::erased::{ErasedKind, KindList};
use super::external_section::EXTERNAL;
use super::{
    event_invoke_config, function, grant, log_group, queue, rest_api, role, schedule, source, table, usage_plan,
};
use crate::stack::SectionDefinition;

/// Every kind, in the order in which plans show them.
pub static KINDS: KindList<'static> = &[
    &table::TableKind::PLAIN,
    &queue::QueueKind,
    &log_group::LogGroupKind,
    &role::RoleKind,
    &function::FunctionKind,
    &source::SourceKind,
    &event_invoke_config::EventInvokeConfigKind,
    &rest_api::RestApiKind::PLAIN,
    &usage_plan::UsagePlanKind,
    &schedule::ScheduleKind,
    &grant::GrantKind,
];

/// Returns the sections of a stack description: those that kinds define, and what others manage.
pub fn sections() -> Vec<&'static SectionDefinition> {
    KINDS.iter().filter_map(|kind| kind.section()).chain([&EXTERNAL]).collect()
}

/// Returns every kind, with this one in place of the one of the same name.
pub fn kinds_with(kind: &dyn ErasedKind) -> Vec<&dyn ErasedKind> {
    KINDS.iter().map(|other| if other.name() == kind.name() { kind } else { *other }).collect()
}

//! The kinds of cloud objects. A new kind is one file here and one line in [`KINDS`].

pub mod diff;
mod function;
mod grant;
mod id;
mod kind;
mod log_group;
pub mod operator;
mod pages;
mod patch;
pub mod policy;
mod rest_api;
mod role;
mod schedule;
pub mod secret;
mod session;
mod sweep;
mod table;
mod tag_sync;
mod usage_plan;
mod waits;

pub use function::{EnvironmentSetting, FunctionBlock, PreciseTableAccess, TableAccess, TableAccessLevel, room};
pub use id::{ResourceId, ResourceRef};
pub use kind::{
    DeclaredResource, DeletionGuard, ErasedKind, ObserveDetail, ObservedResource, PendingTransition, ResourceKind,
    ResourceNeed, StepError, StepMilestone, StepResult, TransitionPhase, WriteProgress,
};
pub use log_group::name_for as log_group_name;
pub use rest_api::{ApiAuth, ApiBlock, EndpointType, document as openapi, stage_name as api_stage_name};
pub use schedule::ScheduleBlock;
pub use session::{
    DesiredScope, FunctionArtifacts, ResourceOutputs, RunSession, StepContext, StepSignal, role_path, wanted_tags,
};
pub use table::{
    IndexSpec, NAME as TABLE, TableBlock, TableSpec, backup, include_text, key_parts, key_text, named, restore,
    transfer,
};
pub use usage_plan::{NAME as USAGE_PLAN, key as api_key};
pub use waits::{ResourceWait, RunWaits};

/// Every kind, in the order in which plans show them.
pub static KINDS: &[&dyn ErasedKind] = &[
    &table::TableKind,
    &log_group::LogGroupKind,
    &role::RoleKind,
    &function::FunctionKind,
    &rest_api::RestApiKind,
    &usage_plan::UsagePlanKind,
    &schedule::ScheduleKind,
    &grant::GrantKind,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static dyn ErasedKind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

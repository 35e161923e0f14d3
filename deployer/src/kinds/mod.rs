//! The kinds of cloud objects. A new kind is one file here and one line in [`KINDS`].

pub mod diff;
mod function;
mod grant;
mod id;
mod kind;
mod log_group;
pub mod operator;
pub mod policy;
mod rest_api;
mod role;
mod schedule;
pub mod secret;
mod session;
mod sweep;
mod table;
mod usage_plan;
mod waits;

pub use function::{Access, AccessLevel, Architecture, FunctionBlock, Setting, room};
pub use id::{Id, Place};
pub use kind::{Acted, AnyKind, Declared, Failure, Hold, Kind, Live, Look, Milestone, Need, Phase, Progress, Settling};
pub use log_group::name_for as log_group_name;
pub use rest_api::{ApiBlock, Auth, EndpointType, document as openapi, stage_name as api_stage_name};
pub use schedule::ScheduleBlock;
pub use session::{Artifacts, Cx, Outputs, Scope, Session, Signal, role_path, wanted_tags};
pub use table::{
    Index as TableIndex, NAME as TABLE, Spec as TableSpec, TableBlock, backup, include_text, key_parts, key_text,
    named, restore, transfer,
};
pub use usage_plan::{NAME as USAGE_PLAN, key as api_key};
pub use waits::{Wait, Waits};

/// Every kind, in the order in which plans show them.
pub static KINDS: &[&dyn AnyKind] = &[
    &table::Table,
    &log_group::LogGroup,
    &role::Role,
    &function::Function,
    &rest_api::RestApi,
    &usage_plan::UsagePlan,
    &schedule::Schedule,
    &grant::Grant,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static dyn AnyKind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

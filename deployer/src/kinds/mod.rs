//! The kinds of cloud objects. A new kind is one file or folder here and one line in [`KINDS`].

mod context;
mod definition;
pub mod deployer_policy;
mod desired;
pub mod diff;
mod erased;
mod event_invoke_config;
mod external;
mod external_section;
mod function;
mod grant;
mod id;
mod joined_reads;
mod kind;
mod kms_key;
mod ledger;
mod link;
mod log_group;
mod metrics;
mod observed;
mod pages;
mod patch;
pub mod policy;
mod protection;
mod queue;
mod registry;
mod rest_api;
mod role;
mod schedule;
pub mod secret;
mod session;
mod source;
mod step;
mod sweep;
mod table;
mod tag_sync;
mod usage_plan;
mod waits;

pub use context::StepContext;
pub use definition::{HeldData, KindDefinition};
pub use desired::{DesiredScope, ROLES, role_path, wanted_tags};
pub use erased::{ErasedKind, KindList};
pub use function::{
    AllowStatement, AsynchronousRule, ConditionValues, EnvironmentSetting, FunctionBlock, PreciseTableAccess,
    QueueAccess, QueueAccessLevel, SourceBlock, StreamStart, TableAccess, TableAccessLevel,
};
pub use id::{ResourceId, ResourceRef};
pub use kind::{DependentPermission, KindContract, PreflightCheck, PreflightFindings, ResourceKind};
pub use ledger::{ResourceOutputs, RunLedger};
pub use link::StackLink;
pub use log_group::name_for as log_group_name;
pub use metrics::{ConsumptionSource, MetricSource};
pub use observed::{
    DeletionGuard, ErasedResource, ErasedState, ObserveDetail, ObservedResource, ObservedResources, PendingTransition,
    TransitionPhase,
};
pub use protection::{ProposedChange, ProtectionVerdict, UnmanagedSetting};
pub use queue::{QueueBlock, messages as queue_messages};
pub use registry::{KINDS, kinds_with, sections};
pub use rest_api::{ApiAuth, ApiBlock, EndpointType, RestApiKind, functions_that_see_the_stage, stage_warning};
pub use schedule::ScheduleBlock;
pub use session::{AwsAccess, FunctionArtifacts, RunSession, RunUploads};
pub use step::{
    DeclaredResource, ResourceNeed, RetryRule, StepError, StepMilestone, StepResult, StepSignal, WriteProgress,
};
pub use sweep::OwnedLists;
pub use table::{
    IndexSpec, TableBlock, TableKind, TableSpec, backup, emptying, include_text, item_file, key_parts, key_text, named,
    restore, seed, transfer,
};
pub use usage_plan::key as api_key;
pub use waits::{ResourceWait, RunWaits};

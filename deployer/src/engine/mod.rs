//! The flow: [`survey`] reads the world, [`decide`] compares it with the stack, [`execute`] carries the plan out. `plan` and `status`
//! stop after the comparison, `up` goes on, `down` is the same with the goal "nothing". Events come out; nothing is printed here.

mod decide;
pub mod event;
mod execute;
pub mod plan;
mod restore;
mod settle;
pub mod status;
mod stop;
mod survey;

pub use crate::kinds::diff;
pub use decide::{AdoptionScope, PlanOptions, RunGoal, decide};
pub use event::{RunEvent, RunSummary, RunTarget, StepVerb};
pub use execute::{RunOutcome, execute};
pub use plan::{DeleteReason, Plan, PlanStep, PlanTally, StepAction, StepDependency};
pub use restore::restore;
pub use status::{ResourceCondition, ResourceStatus, StatusReport};
pub use stop::StopRequest;
pub use survey::{ObservedStack, census, survey, target};

//! The flow: [`observe_stack`] reads what is there, [`decide`] compares it with the stack, [`execute`] carries the plan out. `plan` and
//! `status` stop after the comparison, `up` goes on, `down` is the same with the goal "nothing". Events come out; nothing is printed
//! here. The engine knows no kind by name: it works with those that [`StackRun`] hands in.

mod changes;
mod decide;
pub mod event;
mod execute;
mod health;
pub mod history;
mod observe;
pub mod plan;
mod reconcile;
mod retry;
mod run;
#[cfg(test)]
mod scripted;
mod single;
pub mod status;
mod stop;

pub use crate::kinds::diff;
pub use decide::{AdoptionScope, PlanOptions, RunGoal, decide, held};
pub use event::{RunEvent, RunSummary, RunTarget, StepVerb};
pub use execute::{RunOutcome, execute};
pub use health::{ResourceTraffic, StackHealth, observe_traffic};
pub use history::{TrafficHistory, observe_history};
pub use observe::{ObservedStack, observe_remaining, observe_stack, target};
pub use plan::{DeleteReason, Plan, PlanStep, PlanTally, StepAction, StepDependency};
pub use run::StackRun;
pub use single::plan_resource;
pub use status::{ResourceCondition, ResourceStatus, StatusReport};
pub use stop::StopRequest;

//! The flow: [`survey`] reads the world, [`decide`] compares it with the stack, [`execute`] carries the plan out. `plan` and `status`
//! stop after the comparison, `up` goes on, `down` is the same with the goal "nothing". Events come out; nothing is printed here.

pub use crate::kinds::diff;

mod decide;
pub mod event;
mod execute;
pub mod plan;
mod restore;
mod settle;
pub mod status;
mod stop;
mod survey;

pub use decide::{Adopt, Choices, Goal, decide};
pub use event::{Event, Summary, Target, Verb};
pub use execute::{Outcome, execute};
pub use plan::{Action, After, DeleteReason, Plan, Step, Tally};
pub use restore::restore;
pub use status::{Condition, ResourceStatus, StatusReport};
pub use stop::Stop;
pub use survey::{Survey, census, survey, target};

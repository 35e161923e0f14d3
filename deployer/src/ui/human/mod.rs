//! A run for people: drawn over on a terminal ([`live`]), line by line anywhere else ([`lines`]).

pub mod ending;
pub mod lines;
pub mod live;
mod phrase;
mod progress;
#[cfg(test)]
pub(super) mod script;

use super::plan::PlanStyle;

/// What a run shows besides its progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShownParts {
    /// How the plan is shown; `None` where the command shows it itself, as data.
    pub plan: Option<PlanStyle>,
    /// More than usual: who the caller is, every compiled crate.
    pub verbose: bool,
}

//! What a run shows besides its progress.

use crate::ui::plan::PlanStyle;

/// What a run shows besides its progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShownParts {
    /// How the plan is shown; `None` where the command shows it itself, as data.
    pub plan: Option<PlanStyle>,
    /// More than usual: who the caller is, every compiled crate.
    pub verbose: bool,
}

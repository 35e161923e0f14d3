//! How a plan is shown.

/// What a plan is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlanPurpose {
    /// The stack as described.
    #[default]
    Described,
    /// No stack at all.
    Nothing,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanStyle {
    /// What the plan is for.
    pub goal: PlanPurpose,
    /// Everything in full, unchanged resources too.
    pub verbose: bool,
    /// What is created with its main fields, and not in a line each.
    pub created_in_full: bool,
}

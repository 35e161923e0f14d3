//! A plan: a pure value that says what would be done and why.

use super::diff::SpecDiff;
use crate::error::Error;
use crate::kinds::{ResourceRef, StepMilestone, UnmanagedSetting};
use serde::Serialize;

/// What is to be done with one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum StepAction {
    /// It is as wanted (or, going down, already absent).
    Keep,
    /// It does not exist. The wanted spec is shown.
    Create {
        /// Wanted spec.
        spec: serde_json::Value,
    },
    /// It exists and differs.
    Update {
        /// The fields that differ.
        changes: SpecDiff,
        /// It was not ours and is taken over.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        adopt: bool,
    },
    /// It goes away.
    Delete {
        /// Why it goes.
        reason: DeleteReason,
        /// Whether the user named it, so that the data that it holds may go with it.
        #[serde(skip)]
        with_data: bool,
    },
    /// It stays although it would go: it holds data.
    Retain {
        /// In words.
        reason: String,
    },
}

/// Why a resource is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteReason {
    /// `down` was asked for.
    Down,
    /// An earlier stack description created it, this one does not have it.
    Orphan,
}

impl StepAction {
    /// Tells whether anything in the cloud would change.
    pub fn changes(&self) -> bool {
        !matches!(self, StepAction::Keep | StepAction::Retain { .. })
    }
}

/// One resource and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanStep {
    /// The resource.
    #[serde(flatten)]
    pub place: ResourceRef,
    /// What is done.
    #[serde(flatten)]
    pub action: StepAction,
    /// What must come first.
    #[serde(skip)]
    pub after: Vec<StepDependency>,
}

/// An edge: `id` must have got so far before the step starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDependency {
    /// The other resource.
    pub place: ResourceRef,
    /// How far it must be.
    pub milestone: StepMilestone,
}

/// Everything that would be done.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Plan {
    /// In the order of the registry, then by id.
    pub steps: Vec<PlanStep>,
    /// Why it cannot be carried out: foreign resources, fixed fields. Nothing is changed while there is one.
    pub refusals: Vec<Error>,
    /// Worth a look, but no obstacle.
    pub warnings: Vec<String>,
    /// Protections that the description does not mention: they stay as they are.
    pub unmanaged: Vec<UnmanagedSetting>,
}

/// How many steps of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlanTally {
    /// To create.
    pub create: usize,
    /// To update.
    pub update: usize,
    /// To delete.
    pub delete: usize,
    /// Kept because of their data.
    pub retain: usize,
    /// As wanted.
    pub keep: usize,
}

impl Plan {
    /// Tells whether nothing would change.
    pub fn is_empty(&self) -> bool {
        !self.steps.iter().any(|step| step.action.changes())
    }

    /// Counts the steps.
    pub fn tally(&self) -> PlanTally {
        let mut tally = PlanTally::default();
        for step in &self.steps {
            match step.action {
                StepAction::Keep => tally.keep += 1,
                StepAction::Create { .. } => tally.create += 1,
                StepAction::Update { .. } => tally.update += 1,
                StepAction::Delete { .. } => tally.delete += 1,
                StepAction::Retain { .. } => tally.retain += 1,
            }
        }
        tally
    }
}

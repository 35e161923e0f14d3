//! A plan: a pure value that says what would be done and why.

use super::diff::Diff;
use crate::error::Error;
use crate::kinds::{Milestone, Place, kind};
use serde::Serialize;

/// What is to be done with one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
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
        changes: Diff,
        /// It was not ours and is taken over.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        adopt: bool,
    },
    /// It goes away.
    Delete {
        /// Why it goes.
        reason: DeleteReason,
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

impl Action {
    /// Whether anything in the cloud would change.
    pub fn changes(&self) -> bool {
        !matches!(self, Action::Keep | Action::Retain { .. })
    }
}

/// One resource and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The resource.
    #[serde(flatten)]
    pub place: Place,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// What must come first.
    #[serde(skip)]
    pub after: Vec<After>,
}

impl Step {
    /// Whether something that is there goes, for good or to be made anew.
    pub fn takes_away(&self) -> bool {
        match &self.action {
            Action::Delete { .. } => true,
            Action::Update { changes, .. } => kind(self.place.id.kind).is_some_and(|kind| kind.takes_away(changes)),
            Action::Keep | Action::Create { .. } | Action::Retain { .. } => false,
        }
    }
}

/// An edge: `id` must have got so far before the step starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The other resource.
    pub place: Place,
    /// How far it must be.
    pub milestone: Milestone,
}

/// Everything that would be done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// In the order of the registry, then by id.
    pub steps: Vec<Step>,
    /// Why it cannot be carried out: foreign resources, fixed fields. Nothing is changed while there is one.
    pub refusals: Vec<Error>,
    /// Worth a look, but no obstacle.
    pub warnings: Vec<String>,
}

/// How many steps of each sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
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
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        !self.steps.iter().any(|step| step.action.changes())
    }

    /// Counts the steps.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for step in &self.steps {
            match step.action {
                Action::Keep => tally.keep += 1,
                Action::Create { .. } => tally.create += 1,
                Action::Update { .. } => tally.update += 1,
                Action::Delete { .. } => tally.delete += 1,
                Action::Retain { .. } => tally.retain += 1,
            }
        }
        tally
    }
}

//! What the engine works with: the kinds, and the run that they share.

use super::plan::{PlanStep, StepAction};
use crate::error::{Error, Result};
use crate::kinds::{DesiredScope, ErasedKind, KindList, ResourceRef, RunSession};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the engine works with: the kinds, and the run that they share.
#[derive(Clone, Copy)]
pub struct StackRun<'a> {
    /// The kinds, in the order in which plans show them.
    pub kinds: KindList<'a>,
    /// The run.
    pub session: &'a RunSession,
}

impl<'a> StackRun<'a> {
    /// Returns the kind of that name.
    ///
    /// # Errors
    /// `internal` when there is none.
    pub fn kind(&self, name: &str) -> Result<&'a dyn ErasedKind> {
        let kind = self.kinds.iter().copied().find(|kind| kind.name() == name);
        kind.ok_or_else(|| Error::internal(format!("there is no kind {name}")))
    }

    /// Returns what a resource should be like, by what is known now.
    ///
    /// # Errors
    /// `internal` before the account is known; what the kind says.
    pub fn desire(&self, place: &ResourceRef) -> Result<Option<Value>> {
        let RunSession { uploads, ledger, .. } = self.session;
        let (arn, outputs) = (self.session.arn()?, ledger.outputs.borrow());
        let (artifacts, secrets) = (uploads.artifacts.borrow(), uploads.secrets.borrow());
        let scope = DesiredScope { arn: &arn, outputs: &outputs, artifacts: &artifacts, secrets: &secrets };
        self.kind(place.id.kind)?.desire(place, &self.session.stack, &scope)
    }

    /// Tells whether a step takes something away that is there, for good or to be made anew.
    pub fn takes_away(&self, step: &PlanStep) -> bool {
        match &step.action {
            StepAction::Delete { .. } => true,
            StepAction::Update { changes, .. } => {
                self.kind(step.place.id.kind).is_ok_and(|kind| !kind.takes_away(changes).is_empty())
            }
            StepAction::Keep | StepAction::Create { .. } | StepAction::Retain { .. } => false,
        }
    }

    /// Returns the values that the stack gives out, by flat name.
    pub fn outputs(&self) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for (id, values) in self.session.ledger.outputs.borrow().iter() {
            let Ok(kind) = self.kind(id.kind) else { continue };
            for name in kind.definition().outputs {
                if let Some(value) = values.get(*name) {
                    out.insert(format!("{id}.{name}"), value.clone());
                }
            }
            out.extend(kind.stack_outputs(self.session, values).into_iter().map(|(name, v)| (name.to_owned(), v)));
        }
        out
    }
}

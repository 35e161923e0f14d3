//! The plan for one resource: one step, carried out as any other.

use super::changes::ResourceChanges;
use super::event::RunTarget;
use super::observe::ObservedStack;
use super::plan::{Plan, PlanStep, StepAction};
use super::run::StackRun;
use crate::error::Result;
use crate::kinds::{ObserveDetail, ResourceRef, StepContext};

/// Looks at one resource and plans to bring it to its description.
///
/// # Errors
/// A failure of the look.
pub async fn plan_resource(run: StackRun<'_>, target: RunTarget, place: &ResourceRef) -> Result<(ObservedStack, Plan)> {
    let cx = StepContext::silent(run.session, place);
    let kind = run.kind(place.id.kind)?;
    let observed = kind.observe(&cx, ObserveDetail::Whole).await?;
    let desired = run.desire(place)?.unwrap_or_default();
    let action = match &observed {
        None => StepAction::Create { spec: desired },
        Some(observed) => {
            let changes = ResourceChanges::of(kind, &run.session.stack, place, &desired, observed);
            StepAction::Update { changes: changes.managed, adopt: false }
        }
    };
    let step = PlanStep { place: place.clone(), action, after: Vec::new() };
    let found = observed.map(|observed| (place.clone(), observed)).into_iter().collect();
    Ok((ObservedStack { found, ..ObservedStack::empty(target) }, Plan { steps: vec![step], ..Plan::default() }))
}

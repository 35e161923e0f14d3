//! Comparing: what is wanted against what is there. Pure but for asking every kind what it wants.

use super::diff::diff;
use super::plan::{DeleteReason, Plan, PlanStep, StepAction, StepDependency};
use super::survey::ObservedStack;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{
    DeclaredResource, DeletionGuard, KINDS, ObservedResource, PendingTransition, ResourceId, ResourceRef, RunSession,
    StepMilestone, TABLE, kind, room,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunGoal {
    /// The world is as the stack says.
    Up,
    /// Nothing of the stack is left.
    Down,
}

/// What the user allows.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Which resources that have our names and nobody's tags are taken over.
    pub adopt: AdoptionScope,
    /// Names of tables that may be deleted with their items.
    pub delete_data: BTreeSet<String>,
}

/// Which of the resources that are nobody's may be taken over.
#[derive(Debug, Clone, Default)]
pub enum AdoptionScope {
    /// None.
    #[default]
    Nothing,
    /// All that have our names.
    Everything,
    /// These, and no other.
    Only(BTreeSet<ResourceRef>),
}

impl AdoptionScope {
    fn takes(&self, place: &ResourceRef) -> bool {
        match self {
            AdoptionScope::Nothing => false,
            AdoptionScope::Everything => true,
            AdoptionScope::Only(places) => places.contains(place),
        }
    }
}

/// Compares and plans.
///
/// # Errors
/// When a wanted resource cannot be described.
pub fn decide(session: &RunSession, survey: &ObservedStack, goal: RunGoal, choices: &PlanOptions) -> Result<Plan> {
    let mut wanted = BTreeMap::new();
    if goal == RunGoal::Up {
        for DeclaredResource { place, .. } in &survey.declared {
            let kind =
                kind(place.id.kind).ok_or_else(|| Error::internal(format!("there is no kind {}", place.id.kind)))?;
            if let Some(spec) = session.desire(kind, place)? {
                wanted.insert(place.clone(), spec);
            }
        }
    }
    let mut plan = compare(survey, &wanted, goal, choices);
    if goal == RunGoal::Up {
        let reserved = survey.live.values().filter(|live| live.owner == ResourceOwner::Ours);
        let reserved = reserved.filter_map(|live| live.spec["reserved_concurrency"].as_i64()).sum();
        plan.refusals.extend(survey.room.and_then(|room| room.refusal(room::wanted(&session.stack), reserved)));
    }
    if goal == RunGoal::Up && !survey.target.local {
        plan.warnings.extend(KINDS.iter().flat_map(|kind| kind.warn(&session.stack)));
    }
    Ok(plan)
}

/// Pure: from what is wanted and what is there to a plan.
fn compare(
    survey: &ObservedStack,
    wanted: &BTreeMap<ResourceRef, Value>,
    goal: RunGoal,
    choices: &PlanOptions,
) -> Plan {
    let (mut steps, mut refusals, mut warnings) = (Vec::new(), Vec::new(), survey.warnings.clone());
    for DeclaredResource { place, .. } in &survey.declared {
        let kind = kind(place.id.kind);
        if goal == RunGoal::Down && kind.is_some_and(|k| k.contained()) {
            continue;
        }
        let live = survey.live.get(place);
        let action = match goal {
            RunGoal::Down => match live {
                None => StepAction::Keep,
                // It goes anyway, and whose it was is not told any more.
                Some(live) if live.owner == ResourceOwner::Nobody && live.is_leaving() => StepAction::Keep,
                Some(live) if live.owner != ResourceOwner::Ours => {
                    warnings.push(format!(
                        "{} {} is not this stack's{}: it is left alone",
                        place.id,
                        place.name,
                        whose(&live.owner)
                    ));
                    StepAction::Keep
                }
                Some(live) => removal(place, live, DeleteReason::Down, choices),
            },
            RunGoal::Up => match (wanted.get(place), live) {
                (None, None) => StepAction::Keep,
                (Some(spec), None) => StepAction::Create { spec: spec.clone() },
                (None, Some(_)) => StepAction::Delete { reason: DeleteReason::Orphan },
                (Some(spec), Some(live)) => {
                    let changes = diff(spec, &live.spec);
                    let adopt = choices.adopt.takes(place) && live.owner == ResourceOwner::Nobody;
                    if !live.is_leaving() {
                        refusals.extend(refusal(place, live, adopt));
                        refusals.extend(fixed(place, &changes));
                    }
                    match &live.settling {
                        None if changes.is_empty() => StepAction::Keep,
                        None => StepAction::Update { changes, adopt },
                        // What an earlier run began is waited for, whatever can be seen of it now.
                        Some(PendingTransition { reason, .. }) => {
                            warnings
                                .push(format!("{} {} is under way: it is waited for {reason}", place.id, place.name));
                            StepAction::Update { changes, adopt }
                        }
                    }
                }
            },
        };
        steps.push(PlanStep { place: place.clone(), action, after: Vec::new() });
    }
    for place in &survey.orphans {
        let Some(live) = survey.live.get(place) else { continue };
        let reason = if goal == RunGoal::Down { DeleteReason::Down } else { DeleteReason::Orphan };
        steps.push(PlanStep { place: place.clone(), action: removal(place, live, reason, choices), after: Vec::new() });
    }
    refusals.extend(choices.delete_data.iter().filter_map(|name| misnamed(name, survey)));
    edges(&mut steps, &survey.declared);
    steps.sort_by_key(|step| KINDS.iter().position(|k| k.name() == step.place.id.kind));
    Plan { steps, refusals, warnings }
}

fn removal(
    place: &ResourceRef,
    live: &ObservedResource<Value>,
    reason: DeleteReason,
    choices: &PlanOptions,
) -> StepAction {
    match &live.hold {
        Some(DeletionGuard::Protected(why)) => StepAction::Retain { reason: why.clone() },
        Some(DeletionGuard::Data(what)) if !choices.delete_data.contains(&place.name) => StepAction::Retain {
            reason: format!("{what}; to delete it with them (after a backup): --delete-data {}", place.name),
        },
        _ => StepAction::Delete { reason },
    }
}

/// Whoever names a table for deletion means one: a name that is none of the stack's, or that of a protected table, is a mistake to hear
/// of before anything is deleted. A table that is described and already gone is none, so that a run can be repeated.
fn misnamed(name: &str, survey: &ObservedStack) -> Option<Error> {
    let declared = survey.declared.iter().map(|declared| &declared.place);
    let places: BTreeSet<&ResourceRef> =
        declared.chain(&survey.orphans).filter(|place| place.id.kind == TABLE).collect();
    let refused = |message: String| Error::refused(message).fact("name", name);
    let Some(place) = places.iter().find(|place| place.name == name) else {
        let error = refused(format!("--delete-data names `{name}`, which is no table of this stack"));
        let names: Vec<_> = places.iter().map(|place| place.name.as_str()).collect();
        return Some(match places.iter().find(|place| place.id.name == name) {
            Some(place) => {
                error.hint(format!("Give the table's name instead of its id: `--delete-data {}`.", place.name))
            }
            None if names.is_empty() => error.hint("It has no tables: leave --delete-data out."),
            None => error.hint(format!("It has: {}. What is gone already needs not be named.", names.join(", "))),
        });
    };
    match &survey.live.get(*place)?.hold {
        Some(DeletionGuard::Protected(why)) => Some(refused(format!("table {name} is not deleted: {why}"))),
        _ => None,
    }
}

fn whose(owner: &ResourceOwner) -> String {
    match owner {
        ResourceOwner::Stack { stack, stage } => format!(" but that of stack {stack}, stage {stage}"),
        _ => String::new(),
    }
}

fn refusal(place: &ResourceRef, live: &ObservedResource<Value>, adopt: bool) -> Option<Error> {
    let error =
        |message: String| Error::ownership(message).fact("resource", place.id.to_string()).fact("name", &place.name);
    match &live.owner {
        ResourceOwner::Ours => None,
        ResourceOwner::Nobody if adopt => None,
        ResourceOwner::Nobody => Some(
            error(format!("{} {} exists and was not made by this stack", place.id, place.name))
                .hint("To take it over and bring it to the stack description: `deployer up --adopt`. To leave it alone: give ours another `name`."),
        ),
        ResourceOwner::Stack { stack, stage } => Some(
            error(format!("{} {} belongs to stack {stack}, stage {stage}", place.id, place.name))
                .hint("Give ours another `name`, or remove the other stack's first. It cannot be adopted."),
        ),
    }
}

fn fixed(place: &ResourceRef, changes: &[super::diff::FieldChange]) -> Option<Error> {
    let fixed = kind(place.id.kind)?.fixed();
    let (change, advice) = changes.iter().find_map(|change| {
        fixed.iter().find(|(field, _)| super::diff::top(&change.path) == *field).map(|(_, advice)| (change, *advice))
    })?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(
        Error::refused(format!("{} of {} {} cannot be changed", change.path, place.id, place.name))
            .fact("resource", place.id.to_string())
            .fact("live", text(&change.was))
            .fact("stack description", text(&change.want))
            .hint(advice),
    )
}

/// What must come before what. Up: what a resource needs. Down: kinds that go first. Orphans go after everything else is done, so that
/// nothing is taken away before its successor works.
fn edges(steps: &mut [PlanStep], declared: &[DeclaredResource]) {
    let by_id: BTreeMap<ResourceId, ResourceRef> =
        declared.iter().map(|d| (d.place.id.clone(), d.place.clone())).collect();
    let needs: BTreeMap<&ResourceRef, &DeclaredResource> = declared.iter().map(|d| (&d.place, d)).collect();
    let deletes: Vec<ResourceRef> =
        steps.iter().filter(|s| matches!(s.action, StepAction::Delete { .. })).map(|s| s.place.clone()).collect();
    let builds: Vec<ResourceRef> = steps
        .iter()
        .filter(|s| matches!(s.action, StepAction::Create { .. } | StepAction::Update { .. }))
        .map(|s| s.place.clone())
        .collect();
    for step in steps.iter_mut() {
        let done = |place: &ResourceRef| StepDependency { place: place.clone(), milestone: StepMilestone::Done };
        step.after = match &step.action {
            StepAction::Create { .. } | StepAction::Update { .. } => needs
                .get(&step.place)
                .into_iter()
                .flat_map(|d| &d.needs)
                .filter_map(|need| {
                    Some(StepDependency { place: by_id.get(&need.id)?.clone(), milestone: need.milestone })
                })
                .collect(),
            StepAction::Delete { .. } => {
                let first = kind(step.place.id.kind).map_or(&[][..], |k| k.deleted_after());
                builds.iter().chain(deletes.iter().filter(|p| first.contains(&p.id.kind))).map(done).collect()
            }
            StepAction::Keep | StepAction::Retain { .. } => Vec::new(),
        };
    }
}

#[cfg(test)]
mod tests;

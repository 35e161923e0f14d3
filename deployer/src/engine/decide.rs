//! Comparing: what is desired against what is observed. Pure but for asking every kind what it desires.

use super::changes::{ResourceChanges, accepted_name};
use super::diff::{FieldChange, SpecDiff, top};
use super::observe::ObservedStack;
use super::plan::{DeleteReason, Plan, PlanStep, StepAction, StepDependency};
use super::run::StackRun;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{
    DeclaredResource, DeletionGuard, ErasedResource, HeldData, KindDefinition, KindList, PendingTransition, ResourceId,
    ResourceRef, StepMilestone, UnmanagedSetting,
};
use crate::stack::{Stack, nearest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunGoal {
    /// AWS has what the stack says.
    Up,
    /// Nothing of the stack is left.
    Down,
}

/// What the user allows.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Which resources that have our names and nobody's tags are taken over.
    pub adopt: AdoptionScope,
    /// Names of resources that may be deleted with the data that they hold.
    pub delete_data: BTreeSet<String>,
    /// Changes that lower a protection and are accepted, such as `table.orders.index.by-day`.
    pub accept: BTreeSet<String>,
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
/// When a desired resource cannot be described.
pub fn decide(run: StackRun<'_>, observed: &ObservedStack, goal: RunGoal, options: &PlanOptions) -> Result<Plan> {
    let mut desired = BTreeMap::new();
    if goal == RunGoal::Up {
        for DeclaredResource { place, .. } in &observed.declared {
            if let Some(spec) = run.desire(place)? {
                desired.insert(place.clone(), spec);
            }
        }
    }
    let mut plan = compare(run.kinds, &run.session.stack, observed, &desired, goal, options);
    if goal == RunGoal::Up {
        plan.refusals.extend(observed.refusals.iter().cloned());
        if !observed.target.local {
            plan.warnings.extend(run.kinds.iter().flat_map(|kind| kind.warn(&run.session.stack)));
        }
    }
    Ok(plan)
}

/// Returns what is fixed about the kind of a resource.
fn definition(kinds: KindList<'_>, place: &ResourceRef) -> Option<&'static KindDefinition> {
    kinds.iter().map(|kind| kind.definition()).find(|definition| definition.name == place.id.kind)
}

/// From what is desired and what is observed to a plan. Pure.
fn compare(
    kinds: KindList<'_>,
    stack: &Stack,
    observed: &ObservedStack,
    desired: &BTreeMap<ResourceRef, Value>,
    goal: RunGoal,
    options: &PlanOptions,
) -> Plan {
    let (mut steps, mut refusals, mut warnings) = (Vec::new(), Vec::new(), observed.warnings.clone());
    let options = &PlanOptions {
        delete_data: options.delete_data.iter().map(|text| name_of_holder(kinds, text, observed)).collect(),
        ..options.clone()
    };
    let (mut unmanaged, mut lowered) = (Vec::new(), Vec::new());
    for DeclaredResource { place, .. } in &observed.declared {
        let definition = definition(kinds, place);
        if goal == RunGoal::Down && definition.is_some_and(|definition| definition.contained) {
            continue;
        }
        let found = observed.found.get(place);
        let action = match goal {
            RunGoal::Down => match found {
                None => StepAction::Keep,
                // It goes anyway, and whose it was is not told any more.
                Some(found) if found.owner == ResourceOwner::Nobody && found.is_leaving() => StepAction::Keep,
                Some(found) if found.owner != ResourceOwner::Ours => {
                    warnings.push(format!(
                        "{} {} is not this stack's{}: it is left alone",
                        place.id,
                        place.name,
                        whose(&found.owner)
                    ));
                    StepAction::Keep
                }
                Some(found) => removal(definition, place, found, DeleteReason::Down, options),
            },
            RunGoal::Up => match (desired.get(place), found) {
                // Nothing is wanted and nothing is there, such as a grant of a function that nobody calls.
                (None, None) => continue,
                (Some(spec), None) => StepAction::Create { spec: spec.clone() },
                (None, Some(found)) => removal(definition, place, found, DeleteReason::Orphan, options),
                (Some(spec), Some(found)) => {
                    let ResourceChanges { managed: changes, unmanaged: left, refused } =
                        changes(kinds, stack, place, spec, found);
                    unmanaged.extend(left);
                    let adopt = options.adopt.takes(place) && found.owner == ResourceOwner::Nobody;
                    if !found.is_leaving() {
                        let fixed = fixed(definition, place, &changes);
                        refusals.extend(refusal(place, found, adopt, fixed.is_none()));
                        refusals.extend(fixed);
                        if adopt || found.owner == ResourceOwner::Ours {
                            lowered
                                .extend(refused.into_iter().map(|(path, error)| (accepted_name(place, &path), error)));
                        }
                    }
                    warnings.extend(losses(kinds, place, &changes));
                    match &found.settling {
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
    for place in &observed.orphans {
        let Some(found) = observed.found.get(place) else { continue };
        let reason = if goal == RunGoal::Down { DeleteReason::Down } else { DeleteReason::Orphan };
        steps.push(PlanStep {
            place: place.clone(),
            action: removal(definition(kinds, place), place, found, reason, options),
            after: Vec::new(),
        });
    }
    warnings.extend(options.accept.iter().filter_map(|name| needless(name, &lowered, &unmanaged)));
    refusals.extend(
        lowered
            .into_iter()
            .filter(|(name, _)| !options.accept.contains(name))
            .map(|(name, error)| error.hint(format!("Or let it happen this once: `--accept '{name}'`."))),
    );
    refusals.extend(options.delete_data.iter().filter_map(|name| misnamed(kinds, name, observed)));
    edges(kinds, &mut steps, &observed.declared);
    steps.sort_by_key(|step| kinds.iter().position(|kind| kind.name() == step.place.id.kind));
    Plan { steps, refusals, warnings, unmanaged }
}

/// Returns what differs of a resource. A kind that is not known has no protections.
fn changes(
    kinds: KindList<'_>,
    stack: &Stack,
    place: &ResourceRef,
    desired: &Value,
    found: &ErasedResource,
) -> ResourceChanges {
    let kind = kinds.iter().find(|kind| kind.name() == place.id.kind);
    kind.map(|kind| ResourceChanges::of(*kind, stack, place, desired, found)).unwrap_or_default()
}

/// Says what a change throws away that is there.
fn losses(kinds: KindList<'_>, place: &ResourceRef, changes: &SpecDiff) -> Vec<String> {
    let kind = kinds.iter().find(|kind| kind.name() == place.id.kind);
    let losses = kind.map(|kind| kind.takes_away(changes)).unwrap_or_default();
    losses.into_iter().map(|loss| format!("{} {} {loss}", place.id, place.name)).collect()
}

/// Says that an accepted change is none that would have been refused: it is mistyped, or has been made before.
fn needless(name: &String, lowered: &[(String, Error)], unmanaged: &[UnmanagedSetting]) -> Option<String> {
    if lowered.iter().any(|(known, _)| known == name) {
        return None;
    }
    // By its field, as in changes, or by its key.
    let is_named = |setting: &&UnmanagedSetting| {
        [&setting.path, setting.key].iter().any(|field| accepted_name(&setting.place, field) == *name)
    };
    if let Some(setting) = unmanaged.iter().find(is_named) {
        return Some(format!(
            "--accept {name} is not needed: the description does not mention `{}`, so it is left as it is; write the key to change it",
            setting.key
        ));
    }
    let known: Vec<_> = lowered.iter().map(|(known, _)| known.as_str()).collect();
    let known = if known.is_empty() {
        "nothing is to be accepted".to_owned()
    } else {
        format!("to be accepted: {}", known.join(", "))
    };
    Some(format!("--accept {name} accepts nothing; {known}"))
}

fn removal(
    definition: Option<&'static KindDefinition>,
    place: &ResourceRef,
    found: &ErasedResource,
    reason: DeleteReason,
    options: &PlanOptions,
) -> StepAction {
    let with_data = options.delete_data.contains(&place.name);
    match &found.hold {
        Some(DeletionGuard::Protected(why)) => StepAction::Retain { reason: why.clone() },
        Some(DeletionGuard::Data) if !with_data => {
            let HeldData { content, fate, .. } = held(definition);
            StepAction::Retain {
                reason: format!("it holds {content}; to delete it with them ({fate}): --delete-data {}", place.name),
            }
        }
        _ => StepAction::Delete { reason, with_data },
    }
}

/// Returns the words for what a resource holds.
pub fn held(definition: Option<&KindDefinition>) -> HeldData {
    definition.and_then(|definition| definition.data).unwrap_or(HeldData {
        holder: "resource",
        content: "data",
        fate: "it is lost",
    })
}

/// Returns the resources of the stack that hold data, described or not, there or gone.
fn holders<'a>(kinds: KindList<'_>, observed: &'a ObservedStack) -> BTreeSet<&'a ResourceRef> {
    let holds_data =
        |place: &&ResourceRef| definition(kinds, place).is_some_and(|definition| definition.data.is_some());
    let declared = observed.declared.iter().map(|declared| &declared.place);
    declared.chain(&observed.orphans).filter(holds_data).collect()
}

/// Returns the name of the resource that `--delete-data` means: the one of this name, or else the only one with this id, `orders` or
/// `table.orders`; the text as it is where there is none.
fn name_of_holder(kinds: KindList<'_>, text: &str, observed: &ObservedStack) -> String {
    let places = holders(kinds, observed);
    let by_id: Vec<_> = places.iter().filter(|place| place.id.name == text || place.id.to_string() == text).collect();
    match by_id[..] {
        [one] if !places.iter().any(|place| place.name == text) => one.name.clone(),
        _ => text.to_owned(),
    }
}

/// Says why a name of `--delete-data` is a mistake, to hear of before anything is deleted: it is none of the stack's resources that hold
/// data, or one that is protected. A resource that is described and already gone is no mistake, so that a run can be repeated.
fn misnamed(kinds: KindList<'_>, name: &str, observed: &ObservedStack) -> Option<Error> {
    let words: Vec<&str> = kinds.iter().filter_map(|kind| kind.definition().data).map(|data| data.holder).collect();
    let places = holders(kinds, observed);
    let refused = |message: String| Error::refused(message).fact("name", name);
    let Some(place) = places.iter().find(|place| place.name == name) else {
        let error = refused(format!("--delete-data names `{name}`, which is no {} of this stack", words.join(" or ")));
        let plural = format!("{}s", words.join("s or "));
        if places.is_empty() {
            return Some(error.hint(format!("It has no {plural}: leave --delete-data out.")));
        }
        let meant = nearest(name, places.iter().flat_map(|place| [place.name.as_str(), place.id.name.as_str()]));
        let meant = meant.map(|name| format!("Did you mean `{name}`? ")).unwrap_or_default();
        let known: Vec<_> = places.iter().map(|place| format!("{} ({})", place.id.name, place.name)).collect();
        return Some(error.hint(format!("{meant}It has: {}. What is gone need not be named.", known.join(", "))));
    };
    match &observed.found.get(*place)?.hold {
        Some(DeletionGuard::Protected(why)) => {
            Some(refused(format!("{} {name} is not deleted: {why}", held(definition(kinds, place)).holder)))
        }
        _ => None,
    }
}

fn whose(owner: &ResourceOwner) -> String {
    match owner {
        ResourceOwner::Stack { stack, stage } => format!(" but that of stack {stack}, stage {stage}"),
        _ => String::new(),
    }
}

fn refusal(place: &ResourceRef, found: &ErasedResource, adopt: bool, adoptable: bool) -> Option<Error> {
    let error =
        |message: String| Error::ownership(message).fact("resource", place.id.to_string()).fact("name", &place.name);
    match &found.owner {
        ResourceOwner::Ours => None,
        ResourceOwner::Nobody if adopt => None,
        ResourceOwner::Nobody if !adoptable => Some(
            error(format!("{} {} exists and was not made by this stack", place.id, place.name))
                .hint("It cannot be taken over as it is, for the reason below. To leave it alone: give ours another `name`."),
        ),
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

fn fixed(definition: Option<&KindDefinition>, place: &ResourceRef, changes: &[FieldChange]) -> Option<Error> {
    let fixed = definition?.fixed;
    let (change, advice) = changes.iter().find_map(|change| {
        fixed.iter().find(|(field, _)| top(&change.path) == *field).map(|(_, advice)| (change, *advice))
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

/// Returns what must come before what. Up: what a resource needs. Down: kinds that go first. Orphans go after everything else is done, so that
/// nothing is taken away before its successor works.
fn edges(kinds: KindList<'_>, steps: &mut [PlanStep], declared: &[DeclaredResource]) {
    let by_id: BTreeMap<ResourceId, ResourceRef> =
        declared.iter().map(|d| (d.place.id.clone(), d.place.clone())).collect();
    let stepped: BTreeSet<ResourceRef> = steps.iter().map(|step| step.place.clone()).collect();
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
                    let place = by_id.get(&need.id).filter(|place| stepped.contains(place))?.clone();
                    Some(StepDependency { place, milestone: need.milestone })
                })
                .collect(),
            StepAction::Delete { .. } => {
                let own = definition(kinds, &step.place);
                let first = |other: &ResourceRef| {
                    own.is_some_and(|own| {
                        own.deleted_after.contains(&other.id.kind)
                            || other.id.name == step.place.id.name
                                && own.deleted_after_namesake.contains(&other.id.kind)
                    })
                };
                builds.iter().chain(deletes.iter().filter(|place| first(place))).map(done).collect()
            }
            StepAction::Keep | StepAction::Retain { .. } => Vec::new(),
        };
    }
}

#[cfg(test)]
mod tests;

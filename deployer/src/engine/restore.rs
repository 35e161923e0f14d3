//! The plan for a table that is made from a backup: one step, carried out as any other. A table that exists is not touched, unless this
//! restore began it: then it goes on.

use super::diff::diff;
use super::event::RunTarget;
use super::plan::{Plan, PlanStep, StepAction};
use super::survey::ObservedStack;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{ObserveDetail, ResourceRef, RunSession, StepContext, kind, restore};
use std::collections::BTreeMap;

/// Looks at the place and plans the restore that the session is about.
///
/// # Errors
/// `refused` when another table is there; a failure of the look.
pub async fn restore(session: &RunSession, target: RunTarget, place: &ResourceRef) -> Result<(ObservedStack, Plan)> {
    let kind = kind(place.id.kind).ok_or_else(|| Error::internal(format!("there is no kind {}", place.id.kind)))?;
    let live = kind.observe(&StepContext { session, place, tell: &|_| () }, ObserveDetail::Whole).await?;
    let want = session.desire(kind, place)?.unwrap_or_default();
    let action = match &live {
        None => StepAction::Create { spec: want },
        Some(live) => {
            let changes = diff(&want, &live.spec);
            let from = live.outputs.get(restore::RESTORED_FROM);
            let ours = from.is_some() && from == session.restore.as_ref().map(|restore| &restore.backup);
            // Whoever asks again for a table that was restored and used since means something else.
            let half_done = live.settling.is_some() || changes.iter().any(|change| change.path == UNTAGGED);
            if live.owner != ResourceOwner::Ours || !ours || !half_done {
                return Err(exists(place, ours));
            }
            StepAction::Update { changes, adopt: false }
        }
    };
    let step = PlanStep { place: place.clone(), action, after: Vec::new() };
    let plan = Plan { steps: vec![step], refusals: Vec::new(), warnings: Vec::new() };
    let live: BTreeMap<_, _> = live.map(|live| (place.clone(), live)).into_iter().collect();
    Ok((
        ObservedStack { target, declared: Vec::new(), live, orphans: Vec::new(), warnings: Vec::new(), room: None },
        plan,
    ))
}

/// The change without which a table is nobody's.
const UNTAGGED: &str = "tags.deployer:stack";

fn exists(place: &ResourceRef, restored: bool) -> Error {
    let ResourceRef { id, name } = place;
    let already = if restored { ", and was made from this backup" } else { "" };
    Error::refused(format!("table {name} exists{already}; AWS restores into a new table only, and nothing was changed"))
        .fact("resource", id.to_string())
        .hint(format!("To restore it beside: `--to {name}-restored`. Give that as `name` in [{id}], and `deployer up` uses it instead."))
        .hint(format!("To put its items into {name}: restore it beside, `deployer backup export {name}-restored --to items.jsonl`, `deployer restore {} --import items.jsonl --overwrite`.", id.name))
}

//! Running a plan: every step starts as soon as what it needs has got far enough. One task, no locks; fail forward.

#[cfg(test)]
mod tests;

use super::event::{RunEvent, RunSummary, StepVerb};
use super::observe::ObservedStack;
use super::plan::{Plan, PlanStep, StepAction};
use super::reconcile::reconcile;
use super::run::StackRun;
use super::stop::StopRequest;
use crate::error::{Error, ErrorKind};
use crate::kinds::{ResourceId, ResourceRef, StepContext, StepMilestone, StepSignal};
use futures::channel::mpsc;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Steps of one kind in flight at once. AWS's quotas are kept by the pace of the calls, not by this. Each kind has its own, as each of
/// AWS's services has its own quotas: steps that wait for one of them hold up no others.
const WIDTH: usize = 64;

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub struct RunOutcome {
    /// Counts.
    pub summary: RunSummary,
    /// Why steps failed.
    pub errors: Vec<Error>,
}

/// How far a resource has got, or that it will get no further.
#[derive(Clone, Copy, PartialEq)]
enum StepReached {
    Milestone(StepMilestone),
    Lost { exists: bool },
}

/// Carries out a plan. A failed step skips what needs it; the rest goes on.
pub async fn execute(
    run: StackRun<'_>,
    observed: &ObservedStack,
    plan: &Plan,
    stop: &StopRequest,
    emit: &mut dyn FnMut(RunEvent),
) -> RunOutcome {
    let mut outcome = RunOutcome::default();
    let tally = plan.tally();
    (outcome.summary.unchanged, outcome.summary.retained) = (tally.keep, tally.retain);
    let mut reached: BTreeMap<ResourceRef, StepReached> = BTreeMap::new();
    let mut todo: Vec<&PlanStep> = Vec::new();
    for step in &plan.steps {
        if step.action.changes() {
            todo.push(step);
        } else {
            reached.insert(step.place.clone(), StepReached::Milestone(StepMilestone::Done));
        }
    }
    let (tx, mut signals) = mpsc::unbounded::<StepSignal>();
    let mut running = FuturesUnordered::new();
    let mut in_flight = BTreeSet::new();
    // A signal may have come before the run began.
    let mut signals_seen = stop.asked();
    outcome.summary.interrupted = signals_seen > 0;
    loop {
        let mut moved = true;
        while moved {
            moved = false;
            for step in std::mem::take(&mut todo) {
                let because = match readiness(step, &reached) {
                    _ if stop.asked() > 0 => {
                        outcome.summary.interrupted = true;
                        "the run was interrupted".to_owned()
                    }
                    _ if run.session.ledger.credentials_expired.get() => {
                        "AWS does not take the credentials any more".to_owned()
                    }
                    StepReadiness::Lost(place) => format!("{} failed", place.id),
                    StepReadiness::Ready if of_kind(&in_flight, step) < WIDTH => {
                        emit(RunEvent::Started { id: step.place.id.clone(), verb: verb(&step.action) });
                        in_flight.insert(step.place.id.clone());
                        running.push(start(run, observed, step, stop, tx.clone()));
                        continue;
                    }
                    _ => {
                        todo.push(step);
                        continue;
                    }
                };
                skip(step, because, &mut reached, &mut outcome, emit);
                moved = true;
            }
        }
        if running.is_empty() {
            // Nothing runs and nothing can start: only a cycle of needs could leave steps here.
            for step in std::mem::take(&mut todo) {
                skip(step, "what it needs never came".to_owned(), &mut reached, &mut outcome, emit);
            }
            break;
        }
        tokio::select! {
            biased;
            Some(signal) = signals.next() => take_in(signal, &mut reached, emit),
            Some((step, took, result)) = running.next() => {
                while let Ok(signal) = signals.try_recv() {
                    take_in(signal, &mut reached, emit);
                }
                in_flight.remove(&step.place.id);
                finish(step, took, result, &mut reached, &mut outcome, emit);
                tell_expiry_once(run, &mut outcome);
            }
            () = stop.beyond(signals_seen) => {
                signals_seen = stop.asked();
                outcome.summary.interrupted = true;
                if signals_seen > 1 {
                    outcome.summary.in_flight.extend(in_flight);
                    break;
                }
                emit(RunEvent::Interrupted { in_flight: running.len() });
            }
        }
    }
    outcome
}

/// Counts the steps in flight that are of the kind of this one.
fn of_kind(in_flight: &BTreeSet<ResourceId>, step: &PlanStep) -> usize {
    in_flight.iter().filter(|id| id.kind == step.place.id.kind).count()
}

async fn start<'a>(
    run: StackRun<'_>,
    observed: &ObservedStack,
    step: &'a PlanStep,
    stop: &StopRequest,
    tx: mpsc::UnboundedSender<StepSignal>,
) -> (&'a PlanStep, Duration, Result<(), Error>) {
    let started = Instant::now();
    let tell = move |signal| {
        // The receiver lives as long as the run.
        let _ = tx.unbounded_send(signal);
    };
    let may_lose_data = matches!(step.action, StepAction::Delete { with_data: true, .. });
    let cx = StepContext { may_lose_data, ..StepContext::new(run.session, &step.place, &tell) };
    let result = reconcile(run, &cx, &step.action, observed.found.get(&step.place).cloned(), stop).await;
    (step, started.elapsed(), result)
}

enum StepReadiness {
    Ready,
    NotYet,
    Lost(ResourceRef),
}

fn readiness(step: &PlanStep, reached: &BTreeMap<ResourceRef, StepReached>) -> StepReadiness {
    let mut ready = true;
    for after in &step.after {
        match reached.get(&after.place) {
            Some(StepReached::Milestone(milestone)) => ready &= *milestone >= after.milestone,
            Some(StepReached::Lost { exists: true }) if after.milestone == StepMilestone::Exists => {}
            Some(StepReached::Lost { .. }) => return StepReadiness::Lost(after.place.clone()),
            None => ready = false,
        }
    }
    if ready { StepReadiness::Ready } else { StepReadiness::NotYet }
}

fn take_in(signal: StepSignal, reached: &mut BTreeMap<ResourceRef, StepReached>, emit: &mut dyn FnMut(RunEvent)) {
    match signal {
        StepSignal::Exists(place) => {
            reached.entry(place).or_insert(StepReached::Milestone(StepMilestone::Exists));
        }
        StepSignal::Waiting(id, reason, lasts) => {
            let lasts = lasts.map_or_else(String::new, |lasts| format!(" ({:.0} s)", lasts.as_secs_f64().ceil()));
            emit(RunEvent::Waiting { id, reason: format!("{reason}{lasts}") });
        }
        StepSignal::Note(message) => emit(RunEvent::Note { message }),
    }
}

fn skip(
    step: &PlanStep,
    because: String,
    reached: &mut BTreeMap<ResourceRef, StepReached>,
    outcome: &mut RunOutcome,
    emit: &mut dyn FnMut(RunEvent),
) {
    reached.insert(step.place.clone(), StepReached::Lost { exists: false });
    outcome.summary.skipped += 1;
    emit(RunEvent::Skipped { id: step.place.id.clone(), verb: verb(&step.action), because });
}

fn finish(
    step: &PlanStep,
    took: Duration,
    result: Result<(), Error>,
    reached: &mut BTreeMap<ResourceRef, StepReached>,
    outcome: &mut RunOutcome,
    emit: &mut dyn FnMut(RunEvent),
) {
    let (id, verb) = (step.place.id.clone(), verb(&step.action));
    match result {
        Ok(()) => {
            reached.insert(step.place.clone(), StepReached::Milestone(StepMilestone::Done));
            match verb {
                StepVerb::Create => outcome.summary.created += 1,
                StepVerb::Update => outcome.summary.updated += 1,
                StepVerb::Delete => outcome.summary.deleted += 1,
            }
            emit(RunEvent::Done { id, verb, took });
        }
        // What was refused until then did nothing: that is no failure.
        Err(error) if error.kind == ErrorKind::Interrupted => {
            let exists = matches!(reached.get(&step.place), Some(StepReached::Milestone(_)));
            reached.insert(step.place.clone(), StepReached::Lost { exists });
            // The signal may be heard here before it is heard where the steps are started.
            outcome.summary.interrupted = true;
            if exists {
                outcome.summary.in_flight.push(id.clone());
            } else {
                outcome.summary.skipped += 1;
            }
            emit(RunEvent::Skipped { id, verb, because: error.message });
        }
        Err(error) => {
            let exists = matches!(reached.get(&step.place), Some(StepReached::Milestone(_)));
            reached.insert(step.place.clone(), StepReached::Lost { exists });
            outcome.summary.failed += 1;
            outcome.errors.push(error.clone());
            emit(RunEvent::Failed { id, verb, error });
        }
    }
}

/// Credentials that end fail everything that is under way, for one reason.
fn tell_expiry_once(run: StackRun<'_>, outcome: &mut RunOutcome) {
    if run.session.ledger.credentials_expired.get() {
        let mut seen = BTreeSet::new();
        let reason = |error: &Error| {
            (error.get("code").map(str::to_owned), error.message.rsplit(": ").next().map(str::to_owned))
        };
        outcome.errors.retain(|error| seen.insert(reason(error)));
    }
}

fn verb(action: &StepAction) -> StepVerb {
    match action {
        StepAction::Create { .. } => StepVerb::Create,
        StepAction::Delete { .. } => StepVerb::Delete,
        _ => StepVerb::Update,
    }
}

//! Running a plan: every step starts as soon as what it needs has got far enough. One task, no locks; fail forward.

use super::event::{Event, Summary, Verb};
use super::plan::{Action, Plan, Step};
use super::settle::settle;
use super::stop::Stop;
use super::survey::Survey;
use crate::error::Error;
use crate::kinds::{Cx, Milestone, Place, Session, Signal, kind};
use futures::channel::mpsc;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Steps in flight at once. AWS's quotas are kept by the pace of the calls, not by this.
const WIDTH: usize = 64;

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Counts.
    pub summary: Summary,
    /// Why steps failed.
    pub errors: Vec<Error>,
}

/// How far a resource has got, or that it will get no further.
#[derive(Clone, Copy, PartialEq)]
enum Reached {
    Milestone(Milestone),
    Lost { exists: bool },
}

/// Carries out a plan. A failed step skips what needs it; the rest goes on.
pub async fn execute(
    session: &Session,
    survey: &Survey,
    plan: &Plan,
    stop: &Stop,
    emit: &mut dyn FnMut(Event),
) -> Outcome {
    let mut outcome = Outcome::default();
    let tally = plan.tally();
    (outcome.summary.unchanged, outcome.summary.retained) = (tally.keep, tally.retain);
    let mut reached: BTreeMap<Place, Reached> = BTreeMap::new();
    let mut todo: Vec<&Step> = Vec::new();
    for step in &plan.steps {
        if step.action.changes() {
            todo.push(step);
        } else {
            reached.insert(step.place.clone(), Reached::Milestone(Milestone::Done));
        }
    }
    let (tx, mut signals) = mpsc::unbounded::<Signal>();
    let mut running = FuturesUnordered::new();
    let mut heard = 0;
    loop {
        let mut moved = true;
        while moved {
            moved = false;
            for step in std::mem::take(&mut todo) {
                let because = match readiness(step, &reached) {
                    _ if heard > 0 => "the run was interrupted".to_owned(),
                    _ if session.locked_out.get() => "AWS does not take the credentials any more".to_owned(),
                    Readiness::Lost(place) => format!("{} failed", place.id),
                    Readiness::Ready if running.len() < WIDTH => {
                        emit(Event::Started { id: step.place.id.clone(), verb: verb(&step.action) });
                        running.push(start(session, survey, step, tx.clone()));
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
            Some(signal) = signals.next() => hear(signal, &mut reached, emit),
            Some((step, took, result)) = running.next() => {
                while let Ok(signal) = signals.try_recv() {
                    hear(signal, &mut reached, emit);
                }
                finish(step, took, result, &mut reached, &mut outcome, emit);
                told_once(session, &mut outcome);
            }
            () = stop.beyond(heard) => {
                heard = stop.asked();
                outcome.summary.interrupted = true;
                if heard > 1 {
                    outcome.summary.failed += running.len();
                    break;
                }
                emit(Event::Interrupted { in_flight: running.len() });
            }
        }
    }
    outcome
}

async fn start<'a>(
    session: &'a Session,
    survey: &Survey,
    step: &'a Step,
    tx: mpsc::UnboundedSender<Signal>,
) -> (&'a Step, Duration, Result<(), Error>) {
    let started = Instant::now();
    let tell = move |signal| {
        // The receiver lives as long as the run.
        let _ = tx.unbounded_send(signal);
    };
    let cx = Cx { session, place: &step.place, tell: &tell };
    let result = match kind(step.place.id.kind) {
        Some(kind) => settle(kind, &cx, &step.action, survey.live.get(&step.place).cloned()).await,
        None => Err(Error::new("internal", format!("there is no kind {}", step.place.id.kind))),
    };
    (step, started.elapsed(), result)
}

enum Readiness {
    Ready,
    NotYet,
    Lost(Place),
}

fn readiness(step: &Step, reached: &BTreeMap<Place, Reached>) -> Readiness {
    let mut ready = true;
    for after in &step.after {
        match reached.get(&after.place) {
            Some(Reached::Milestone(milestone)) => ready &= *milestone >= after.milestone,
            Some(Reached::Lost { exists: true }) if after.milestone == Milestone::Exists => {}
            Some(Reached::Lost { .. }) => return Readiness::Lost(after.place.clone()),
            None => ready = false,
        }
    }
    if ready { Readiness::Ready } else { Readiness::NotYet }
}

fn hear(signal: Signal, reached: &mut BTreeMap<Place, Reached>, emit: &mut dyn FnMut(Event)) {
    match signal {
        Signal::Exists(place) => {
            reached.entry(place).or_insert(Reached::Milestone(Milestone::Exists));
        }
        Signal::Waiting(id, reason) => emit(Event::Waiting { id, reason }),
        Signal::Note(message) => emit(Event::Note { message }),
    }
}

fn skip(
    step: &Step,
    because: String,
    reached: &mut BTreeMap<Place, Reached>,
    outcome: &mut Outcome,
    emit: &mut dyn FnMut(Event),
) {
    reached.insert(step.place.clone(), Reached::Lost { exists: false });
    outcome.summary.skipped += 1;
    emit(Event::Skipped { id: step.place.id.clone(), verb: verb(&step.action), because });
}

fn finish(
    step: &Step,
    took: Duration,
    result: Result<(), Error>,
    reached: &mut BTreeMap<Place, Reached>,
    outcome: &mut Outcome,
    emit: &mut dyn FnMut(Event),
) {
    let (id, verb) = (step.place.id.clone(), verb(&step.action));
    match result {
        Ok(()) => {
            reached.insert(step.place.clone(), Reached::Milestone(Milestone::Done));
            match verb {
                Verb::Create => outcome.summary.created += 1,
                Verb::Update => outcome.summary.updated += 1,
                Verb::Delete => outcome.summary.deleted += 1,
            }
            emit(Event::Done { id, verb, took });
        }
        Err(error) => {
            let exists = matches!(reached.get(&step.place), Some(Reached::Milestone(_)));
            reached.insert(step.place.clone(), Reached::Lost { exists });
            outcome.summary.failed += 1;
            outcome.errors.push(error.clone());
            emit(Event::Failed { id, verb, error });
        }
    }
}

/// Credentials that end fail everything that is under way, for one reason.
fn told_once(session: &Session, outcome: &mut Outcome) {
    if session.locked_out.get() {
        let mut seen = BTreeSet::new();
        let reason = |error: &Error| {
            (error.get("code").map(str::to_owned), error.message.rsplit(": ").next().map(str::to_owned))
        };
        outcome.errors.retain(|error| seen.insert(reason(error)));
    }
}

fn verb(action: &Action) -> Verb {
    match action {
        Action::Create { .. } => Verb::Create,
        Action::Delete { .. } => Verb::Delete,
        _ => Verb::Update,
    }
}

//! One step, level-triggered: look, act once, look again, until the world agrees. The only waiter and the only loop over writes.

use super::diff::{FieldChange, SpecDiff, diff, top};
use super::plan::StepAction;
use crate::aws::call::backoff;
use crate::aws::tags::ResourceOwner;
use crate::aws::{AwsError, ErrorClass};
use crate::error::{Error, Result};
use crate::kinds::{
    ErasedKind, ObserveDetail, ObservedResource, PendingTransition, ResourceId, StepContext, StepError, StepResult,
    TransitionPhase, WriteProgress,
};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A role that was just made reaches Lambda within seconds; a trust policy that is wrong never does.
const ROLE_PATIENCE: Duration = Duration::from_secs(60);
/// How often a write without a clear answer is followed up.
const AMBIGUOUS_TRIES: u32 = 6;
/// How often AWS may accept the same difference without showing it before it is called hopeless.
const SAME_DIFF_TRIES: u32 = 4;

/// Carries out one step.
///
/// # Errors
/// The failure, with the resource's id and name among its facts.
pub async fn settle(
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    action: &StepAction,
    seen: Option<ObservedResource<Value>>,
) -> Result<()> {
    let result = run(kind, cx, action, seen).await;
    cx.goes_on();
    result.map_err(|error| error.fact("resource", cx.place.id.to_string()).fact("name", &cx.place.name))
}

/// What one look led to.
enum LookResult {
    /// The world agrees.
    Agreed,
    /// Something was sent.
    Acted(StepResult<WriteProgress>),
    /// It is on its way.
    Wait(String),
}

async fn run(
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    action: &StepAction,
    seen: Option<ObservedResource<Value>>,
) -> Result<()> {
    let started = Instant::now();
    let gone = matches!(action, StepAction::Delete { .. });
    let adopt = matches!(action, StepAction::Update { adopt: true, .. });
    let mut look = if gone { ObserveDetail::Identity } else { ObserveDetail::Whole };
    let mut seen = Some(seen);
    let (mut polls, mut ambiguous, mut hurdles) = (0, 0, 0);
    let mut tried = WriteAttempts::default();
    loop {
        let live = match seen.take() {
            Some(live) => live,
            None => kind.observe(cx, look).await.map_err(Error::from)?,
        };
        let next = if gone {
            delete(kind, cx, live, look).await?
        } else {
            converge(kind, cx, live, adopt, &mut tried).await?
        };
        match next {
            LookResult::Agreed | LookResult::Acted(Ok(WriteProgress::Done)) => return Ok(()),
            LookResult::Acted(Ok(WriteProgress::Settling)) => {
                polls = 0;
                cx.goes_on();
                // All that matters about a deletion under way is when it is over.
                look = if gone { ObserveDetail::Presence } else { ObserveDetail::Whole };
            }
            LookResult::Wait(reason) => {
                // It did not begin after all: the next look is one to delete by.
                if reason == NOT_BEGUN {
                    look = ObserveDetail::Identity;
                }
                cx.waiting(reason.clone());
                if started.elapsed() > kind.patience() {
                    return Err(timed_out(&reason, started.elapsed()));
                }
            }
            LookResult::Acted(Err(StepError::Final(error))) => return Err(*error),
            LookResult::Acted(Err(StepError::Aws(error))) => {
                if error.class == ErrorClass::Ambiguous {
                    ambiguous += 1;
                }
                hurdles += 1;
                let Some(pause) = pause_after(cx, kind, &error, started.elapsed(), ambiguous, hurdles) else {
                    return Err(explain(cx, error));
                };
                cx.waiting(reason_of(&error));
                sleep(pause).await;
                continue;
            }
        }
        sleep(poll_pause(polls)).await;
        polls += 1;
    }
}

/// A deletion was accepted and does not show.
const NOT_BEGUN: &str = "the deletion to begin";

async fn delete(
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    live: Option<ObservedResource<Value>>,
    look: ObserveDetail,
) -> Result<LookResult> {
    let Some(live) = live else { return Ok(LookResult::Agreed) };
    Ok(if live.is_leaving() {
        LookResult::Wait("the deletion to finish".to_owned())
    } else if let Some(PendingTransition { phase: TransitionPhase::Coming, reason }) = live.settling {
        LookResult::Wait(reason)
    } else if live.owner != ResourceOwner::Ours {
        // Ours went, and somebody else's took its name.
        return Err(Error::ownership(format!(
            "{} {} is not this stack's any more: it was left alone",
            cx.place.id, cx.place.name
        )));
    } else if look == ObserveDetail::Presence {
        LookResult::Wait(NOT_BEGUN.to_owned())
    } else {
        LookResult::Acted(kind.delete(cx, &live).await)
    })
}

/// The difference that was last written, and how often AWS accepted it. A refusal says nothing about what accepting would do.
#[derive(Default)]
struct WriteAttempts {
    diff: SpecDiff,
    accepted: u32,
}

async fn converge(
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    live: Option<ObservedResource<Value>>,
    adopt: bool,
    tried: &mut WriteAttempts,
) -> Result<LookResult> {
    // Computed anew every time: the API's id may have become known meanwhile.
    let want = cx.session.desire(kind, cx.place)?;
    Ok(match (want, live) {
        (None, None) => LookResult::Agreed,
        (None, Some(live)) => LookResult::Acted(kind.delete(cx, &live).await),
        (Some(want), None) => LookResult::Acted(kind.create(cx, &want).await),
        (Some(want), Some(live)) => {
            if live.owner != ResourceOwner::Ours && !adopt && live.settling.is_none() {
                return Err(Error::ownership(format!("{} {} appeared meanwhile and was not made by this stack", cx.place.id, cx.place.name))
                    .hint("Another run or somebody else made it: look at it, then `deployer up --adopt` or give ours another `name`."));
            }
            cx.session.outputs.borrow_mut().entry(cx.place.id.clone()).or_default().extend(live.outputs.clone());
            cx.exists();
            if let Some(PendingTransition { reason, .. }) = live.settling {
                return Ok(LookResult::Wait(reason));
            }
            let differs = diff(&want, &live.spec);
            if differs.is_empty() {
                return Ok(LookResult::Agreed);
            }
            if tried.diff != differs {
                *tried = WriteAttempts { diff: differs.clone(), accepted: 0 };
            }
            if tried.accepted >= SAME_DIFF_TRIES {
                return Err(hopeless(&differs));
            }
            let acted = kind.update(cx, &want, &live, &differs).await;
            tried.accepted += u32::from(acted.is_ok());
            LookResult::Acted(acted)
        }
    })
}

/// How long to pause before looking again after a failure; `None` when that would change nothing.
fn pause_after(
    cx: &StepContext<'_>,
    kind: &dyn ErasedKind,
    error: &AwsError,
    elapsed: Duration,
    ambiguous: u32,
    hurdles: u32,
) -> Option<Duration> {
    match error.class {
        // The answer to an earlier call was lost, or somebody else was quicker: the next look tells.
        ErrorClass::Exists | ErrorClass::NotFound if hurdles < AMBIGUOUS_TRIES => Some(backoff(hurdles)),
        ErrorClass::Busy if elapsed < kind.patience() => Some(backoff(hurdles)),
        ErrorClass::Ambiguous if ambiguous < AMBIGUOUS_TRIES => Some(backoff(ambiguous)),
        ErrorClass::NotYet if error.code == "InvalidParameterValueException" => {
            let fresh = cx.session.fresh.borrow().contains(&ResourceId::new("role", cx.place.id.name.clone()));
            // Dense at first: most roles are known within seconds, and every pause is on the critical path.
            (fresh && elapsed < ROLE_PATIENCE).then(|| Duration::from_millis(if hurdles < 8 { 250 } else { 1000 }))
        }
        ErrorClass::NotYet if elapsed < kind.patience() => {
            Some(Duration::from_millis(if hurdles < 10 { 300 } else { 2000 }))
        }
        _ => None,
    }
}

fn reason_of(error: &AwsError) -> String {
    match error.class {
        ErrorClass::NotYet if error.code == "InvalidParameterValueException" => {
            "the new role to become known to Lambda".to_owned()
        }
        ErrorClass::NotYet => format!("{} to become possible", error.op.name),
        ErrorClass::Busy => "another change to finish".to_owned(),
        ErrorClass::Ambiguous => format!("a second look: {} was not answered clearly", error.op.name),
        _ => format!("a second look after {}", error.code),
    }
}

fn explain(cx: &StepContext<'_>, error: AwsError) -> Error {
    let role_refused = error.class == ErrorClass::NotYet && error.code == "InvalidParameterValueException";
    let fresh = cx.session.fresh.borrow().contains(&ResourceId::new("role", cx.place.id.name.clone()));
    let error = Error::from(error);
    match (role_refused, fresh) {
        (true, false) => error.hint("The role was not changed in this run, so waiting does not help: its trust policy must let lambda.amazonaws.com assume it. `deployer plan` shows whether it differs."),
        (true, true) => error.hint("The new role was not known to Lambda for 60 s. Run the same command again: it goes on from here."),
        _ => error,
    }
}

fn timed_out(reason: &str, elapsed: Duration) -> Error {
    Error::timeout(format!("waited {} s for {reason}", elapsed.as_secs()))
        .hint("Run the same command again: it goes on from here.")
}

fn hopeless(differs: &SpecDiff) -> Error {
    let field = |change: &FieldChange| match top(&change.path) {
        // Values of variables may be secrets, also where nothing says so.
        "environment" => change.path.clone(),
        _ => format!("{}: is {}, should be {}", change.path, change.was, change.want),
    };
    let fields: Vec<_> = differs.iter().map(field).collect();
    Error::timeout(format!("AWS accepts the change and does not show it: {}", fields.join("; ")))
        .hint("Something else may be changing the resource back. `deployer status` shows how it is now.")
}

/// Dense at first, then once a second.
fn poll_pause(polls: u32) -> Duration {
    Duration::from_millis(match polls {
        0 => 0,
        1 => 50,
        2 => 100,
        3 => 200,
        4..=8 => 300,
        _ => 1000,
    })
}

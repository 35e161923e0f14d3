//! One step, level-triggered: look, act once, look again, until AWS agrees. The only waiter and the only loop over writes.

#[cfg(test)]
mod tests;

use super::changes::ResourceChanges;
use super::diff::{FieldChange, SpecDiff, top};
use super::plan::StepAction;
use super::retry::{FailedAttempts, pause_after};
use super::run::StackRun;
use super::stop::StopRequest;
use crate::aws::tags::ResourceOwner;
use crate::aws::{ErrorClass, WaitReason};
use crate::error::{Error, Result};
use crate::kinds::{
    ErasedKind, ErasedResource, ObserveDetail, PendingTransition, StepContext, StepError, StepResult, TransitionPhase,
    WriteProgress,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often AWS may accept the same difference without showing it before it is called hopeless.
const SAME_DIFF_TRIES: u32 = 4;

/// Carries out one step. `observed` is the resource as the plan saw it.
///
/// # Errors
/// The failure, with the resource's id and name among its facts.
pub async fn reconcile(
    run: StackRun<'_>,
    cx: &StepContext<'_>,
    action: &StepAction,
    observed: Option<ErasedResource>,
    stop: &StopRequest,
) -> Result<()> {
    let result = repeat(run, cx, action, observed, stop).await;
    cx.goes_on();
    result.map_err(|error| error.fact("resource", cx.place.id.to_string()).fact("name", &cx.place.name))
}

/// What one look led to.
enum LookResult {
    /// AWS agrees.
    Agreed,
    /// Something was sent.
    Acted(StepResult<WriteProgress>),
    /// A change is on its way.
    Wait(WaitReason),
}

async fn repeat(
    run: StackRun<'_>,
    cx: &StepContext<'_>,
    action: &StepAction,
    observed: Option<ErasedResource>,
    stop: &StopRequest,
) -> Result<()> {
    let kind = run.kind(cx.place.id.kind)?;
    let patience = kind.definition().patience;
    let started = Instant::now();
    let deletes = matches!(action, StepAction::Delete { .. });
    let mut detail = if deletes { ObserveDetail::Identity } else { ObserveDetail::Whole };
    let mut first = Some(observed);
    let (mut polls, mut failed, mut accepted) = (0, FailedAttempts::default(), AcceptedWrites::default());
    loop {
        let observed = match first.take() {
            Some(observed) => observed,
            None => kind.observe(cx, detail).await.map_err(Error::from)?,
        };
        let next = if deletes {
            delete(kind, cx, observed, detail).await?
        } else {
            converge(run, kind, cx, observed, action, &mut accepted).await?
        };
        match next {
            LookResult::Agreed | LookResult::Acted(Ok(WriteProgress::Done)) => return Ok(()),
            LookResult::Acted(Ok(WriteProgress::Settling)) => {
                polls = 0;
                cx.goes_on();
                // All that matters about a deletion under way is when it is over.
                detail = if deletes { ObserveDetail::Presence } else { ObserveDetail::Whole };
            }
            LookResult::Wait(reason) => {
                // The deletion did not begin after all: the next look is one to delete by.
                if reason == WaitReason::DeletionToBegin {
                    detail = ObserveDetail::Identity;
                }
                cx.waiting(reason.clone());
                if started.elapsed() > patience {
                    return Err(timed_out(&reason, started.elapsed()));
                }
            }
            LookResult::Acted(Err(StepError::Final(error))) => return Err(*error),
            LookResult::Acted(Err(StepError::Aws(error))) => {
                failed.count(error.class);
                let rule = kind.retry(cx, &error);
                match pause_after(&error, rule.as_ref(), failed, patience, started.elapsed()) {
                    Some((pause, reason)) => {
                        cx.waiting(reason.clone());
                        // What was refused did nothing: after a signal it is not sent again. What a lost answer did is unknown: it is
                        // looked at, so that the report says what is there.
                        tokio::select! {
                            () = sleep(pause) => continue,
                            () = stop.beyond(0), if error.class != ErrorClass::Ambiguous => {
                                return Err(Error::interrupted(format!("interrupted while waiting for {reason}")));
                            }
                        }
                    }
                    None => return Err(rule.iter().fold(error.into(), |error: Error, rule| error.hint(rule.hint))),
                }
            }
        }
        sleep(poll_pause(polls)).await;
        polls += 1;
    }
}

async fn delete(
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    observed: Option<ErasedResource>,
    detail: ObserveDetail,
) -> Result<LookResult> {
    let Some(observed) = observed else { return Ok(LookResult::Agreed) };
    Ok(if observed.is_leaving() {
        LookResult::Wait(WaitReason::DeletionToFinish)
    } else if let Some(PendingTransition { phase: TransitionPhase::Coming, reason }) = observed.settling {
        LookResult::Wait(reason.into())
    } else if observed.owner != ResourceOwner::Ours {
        // Ours went, and somebody else's took its name.
        return Err(Error::ownership(format!(
            "{} {} is not this stack's any more: it was left alone",
            cx.place.id, cx.place.name
        )));
    } else if detail == ObserveDetail::Presence {
        LookResult::Wait(WaitReason::DeletionToBegin)
    } else {
        LookResult::Acted(kind.delete(cx, &observed).await)
    })
}

/// The difference that was last written, and how often AWS accepted it. A refusal says nothing about what accepting would do.
#[derive(Default)]
struct AcceptedWrites {
    diff: SpecDiff,
    times: u32,
}

async fn converge(
    run: StackRun<'_>,
    kind: &dyn ErasedKind,
    cx: &StepContext<'_>,
    observed: Option<ErasedResource>,
    action: &StepAction,
    accepted: &mut AcceptedWrites,
) -> Result<LookResult> {
    let adopt = matches!(action, StepAction::Update { adopt: true, .. });
    // Computed anew every time: an id that AWS makes up may have become known meanwhile.
    let desired = run.desire(cx.place)?;
    Ok(match (desired, observed) {
        (None, None) => LookResult::Agreed,
        (None, Some(observed)) => LookResult::Acted(kind.delete(cx, &observed).await),
        (Some(desired), None) => LookResult::Acted(kind.create(cx, &desired).await),
        (Some(desired), Some(observed)) => {
            if observed.owner != ResourceOwner::Ours && !adopt && observed.settling.is_none() {
                return Err(Error::ownership(format!("{} {} appeared meanwhile and was not made by this stack", cx.place.id, cx.place.name))
                    .hint("Another run or somebody else made it: look at it, then `deployer up --adopt` or give ours another `name`."));
            }
            cx.session.ledger.publish(&cx.place.id, observed.outputs.clone());
            cx.exists();
            if let Some(PendingTransition { reason, .. }) = observed.settling {
                return Ok(LookResult::Wait(reason.into()));
            }
            let ResourceChanges { managed: differs, refused, .. } =
                ResourceChanges::of(kind, &run.session.stack, cx.place, &desired, &observed);
            if let Some((_, error)) = refused.into_iter().find(|(path, _)| !is_planned(action, path)) {
                return Err(error.hint("It came about since the plan was made: nothing of it was changed."));
            }
            if differs.is_empty() {
                return Ok(LookResult::Agreed);
            }
            if accepted.diff != differs {
                *accepted = AcceptedWrites { diff: differs.clone(), times: 0 };
            }
            if accepted.times >= SAME_DIFF_TRIES {
                return Err(hopeless(&differs, kind.definition().confidential));
            }
            let acted = kind.update(cx, &desired, &observed, &differs).await;
            accepted.times += u32::from(acted.is_ok());
            LookResult::Acted(acted)
        }
    })
}

/// Tells whether the user has seen the change of this field in the plan.
fn is_planned(action: &StepAction, path: &str) -> bool {
    matches!(action, StepAction::Update { changes, .. } if changes.iter().any(|change| change.path == path))
}

fn timed_out(reason: &WaitReason, elapsed: Duration) -> Error {
    Error::timeout(format!("waited {} s for {reason}", elapsed.as_secs()))
        .hint("Run the same command again: it goes on from here.")
}

fn hopeless(differs: &SpecDiff, confidential: &[&str]) -> Error {
    let field = |change: &FieldChange| {
        if confidential.contains(&top(&change.path)) {
            change.path.clone()
        } else {
            format!("{}: is {}, should be {}", change.path, change.was, change.want)
        }
    };
    let fields: Vec<_> = differs.iter().map(field).collect();
    Error::timeout(format!("AWS accepts the change and does not show it: {}", fields.join("; ")))
        .hint("Something else may be changing the resource back. `deployer status` shows how it is now.")
}

/// Returns the pause after a look: dense at first, then once a second.
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

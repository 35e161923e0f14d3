//! Decides whether a write that AWS refused is sent again, and when. Pure.

use crate::aws::call::backoff;
use crate::aws::{AwsError, ErrorClass, WaitReason};
use crate::kinds::RetryRule;
use std::time::Duration;

/// How often a write without a clear answer is followed up.
const AMBIGUOUS_TRIES: u32 = 6;
/// Pauses while something that was just created is not known everywhere yet: dense at first.
const NOT_YET_DENSE: (u32, Duration) = (9, Duration::from_millis(300));
/// Every later pause of that sort.
const NOT_YET_SPARSE: Duration = Duration::from_secs(2);

/// The writes of a step that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailedAttempts {
    all: u32,
    ambiguous: u32,
}

impl FailedAttempts {
    /// Counts one more.
    pub fn count(&mut self, class: ErrorClass) {
        self.all += 1;
        self.ambiguous += u32::from(class == ErrorClass::Ambiguous);
    }
}

/// Returns how long to pause before the next look, and what for; `None` when a look would change nothing. `rule` is what the kind says
/// about the error, `patience` the kind's, `elapsed` the time since the step began.
pub fn pause_after(
    error: &AwsError,
    rule: Option<&RetryRule>,
    attempts: FailedAttempts,
    patience: Duration,
    elapsed: Duration,
) -> Option<(Duration, WaitReason)> {
    let stepped = |dense: (u32, Duration), sparse| if attempts.all <= dense.0 { dense.1 } else { sparse };
    if let Some(rule) = rule {
        return (elapsed < rule.patience).then(|| (stepped(rule.dense, rule.sparse), rule.reason.clone()));
    }
    match error.class {
        // The answer to an earlier call was lost, or somebody else was quicker: the next look tells.
        ErrorClass::Exists | ErrorClass::NotFound if attempts.all < AMBIGUOUS_TRIES => {
            Some((backoff(attempts.all), WaitReason::SecondLook(error.code.clone())))
        }
        ErrorClass::Busy if elapsed < patience => {
            Some((backoff(attempts.all), WaitReason::OtherChange(error.message.clone())))
        }
        ErrorClass::Ambiguous if attempts.ambiguous < AMBIGUOUS_TRIES => {
            Some((backoff(attempts.ambiguous), WaitReason::UnclearAnswer(error.op)))
        }
        ErrorClass::NotYet if elapsed < patience => {
            Some((stepped(NOT_YET_DENSE, NOT_YET_SPARSE), WaitReason::NotPossibleYet(error.op)))
        }
        _ => None,
    }
}

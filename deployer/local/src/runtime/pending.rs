//! An event on its way to a function that nobody waits for, and what follows an attempt ("How Lambda handles errors and retries with
//! asynchronous invocation").

use crate::store::function::AsynchronousSettings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// After a function error: one minute to the second attempt, two to the third, which is the last.
const RETRY_AFTER_MS: [i64; 2] = [60_000, 120_000];
/// How old an event may be when it is tried again, in seconds, where the function says nothing else.
const MAX_AGE_S: u32 = 6 * 3600;
/// From one second up to five minutes between two attempts of a throttled event.
const MAX_BACKOFF_MS: i64 = 300_000;

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingInvocation {
    /// The same for all attempts.
    pub(super) request_id: String,
    pub(super) region: String,
    pub(super) function: String,
    /// Base64.
    pub(super) payload: String,
    pub(super) trace_id: Option<String>,
    pub(super) client_context: Option<String>,
    pub(super) accepted_ms: i64,
    pub(super) due_ms: i64,
    /// Attempts that ended in a function error.
    pub(super) failures: usize,
    /// Attempts that were throttled.
    pub(super) throttles: u32,
}

impl PendingInvocation {
    /// Returns the event; `None` when its file is damaged.
    pub fn event(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.payload).ok()
    }

    /// Tells whether it is too old to be tried once more.
    pub fn is_too_old(&self, settings: Option<&AsynchronousSettings>, now_ms: i64) -> bool {
        let max_age_s = settings.and_then(|settings| settings.max_age_s).unwrap_or(MAX_AGE_S);
        self.failures + usize::try_from(self.throttles).unwrap_or(usize::MAX) > 0
            && now_ms - self.accepted_ms >= i64::from(max_age_s) * 1000
    }

    /// Decides what follows an attempt: another one later, or the end.
    pub fn after(
        mut self,
        attempt: AttemptResult,
        settings: Option<&AsynchronousSettings>,
        now_ms: i64,
    ) -> InvocationDecision {
        let delay_ms = match attempt {
            AttemptResult::Done => return InvocationDecision::Over,
            AttemptResult::Interrupted => return InvocationDecision::AtNextStart,
            AttemptResult::TooOld => return InvocationDecision::GiveUp(self, GivingUp::EventAgeExceeded, None),
            AttemptResult::Failed(failure) => {
                let retries = settings.and_then(|settings| settings.retries);
                let retries = retries.and_then(|retries| usize::try_from(retries).ok()).unwrap_or(RETRY_AFTER_MS.len());
                let delay_ms = RETRY_AFTER_MS.iter().take(retries).nth(self.failures);
                self.failures += 1;
                match delay_ms {
                    Some(delay_ms) => *delay_ms,
                    None => return InvocationDecision::GiveUp(self, GivingUp::RetriesExhausted, Some(failure)),
                }
            }
            AttemptResult::Throttled => {
                self.throttles += 1;
                (1000 << (self.throttles - 1).min(10)).min(MAX_BACKOFF_MS)
            }
        };
        self.due_ms = now_ms + delay_ms;
        InvocationDecision::Later(self)
    }
}

/// What follows an attempt.
#[derive(Debug, PartialEq)]
pub enum InvocationDecision {
    /// It is tried again when it is due.
    Later(PendingInvocation),
    /// It is given up, with what the function answered to this attempt.
    GiveUp(PendingInvocation, GivingUp, Option<Bytes>),
    /// It is done, or nobody is there to do it.
    Over,
    /// It stays as it is for the next start.
    AtNextStart,
}

/// How an attempt ended.
pub enum AttemptResult {
    Done,
    /// The function failed, and answered this.
    Failed(Bytes),
    Throttled,
    /// It was not tried any more.
    TooOld,
    Interrupted,
}

/// Why an event is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivingUp {
    /// The function failed as often as it may.
    RetriesExhausted,
    /// The event is too old to be tried again.
    EventAgeExceeded,
}

impl GivingUp {
    /// Returns Lambda's word.
    pub fn condition(self) -> &'static str {
        match self {
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(failures: usize, throttles: u32) -> PendingInvocation {
        PendingInvocation {
            request_id: "id".to_owned(),
            region: "ap-south-1".to_owned(),
            function: "f".to_owned(),
            payload: String::new(),
            trace_id: None,
            client_context: None,
            accepted_ms: 0,
            due_ms: 0,
            failures,
            throttles,
        }
    }

    fn settings(retries: Option<u32>, max_age_s: Option<u32>) -> AsynchronousSettings {
        AsynchronousSettings { retries, max_age_s, on_failure: None, modified: time::OffsetDateTime::UNIX_EPOCH }
    }

    #[test]
    fn an_event_is_tried_as_often_as_the_function_says() {
        for (retries, failures, due_ms) in [
            (None, 0, Some(61_000)),
            (None, 1, Some(121_000)),
            (None, 2, None),
            (Some(2), 1, Some(121_000)),
            (Some(1), 0, Some(61_000)),
            (Some(1), 1, None),
            (Some(0), 0, None),
        ] {
            let settings = settings(retries, None);
            let failed = AttemptResult::Failed(Bytes::from_static(b"{}"));
            let expected = match due_ms {
                Some(due_ms) => InvocationDecision::Later(PendingInvocation { due_ms, ..pending(failures + 1, 0) }),
                None => InvocationDecision::GiveUp(
                    pending(failures + 1, 0),
                    GivingUp::RetriesExhausted,
                    Some(Bytes::from_static(b"{}")),
                ),
            };
            assert_eq!(pending(failures, 0).after(failed, Some(&settings), 1_000), expected, "{retries:?} {failures}");
        }
    }

    #[test]
    fn an_event_is_given_up_when_it_is_old() {
        let short = settings(None, Some(60));
        for (event, settings, now_ms, expected) in [
            (pending(1, 0), Some(&short), 59_999, false),
            (pending(1, 0), Some(&short), 60_000, true),
            (pending(0, 1), Some(&short), 60_000, true),
            // It was never tried: the cloud was not running.
            (pending(0, 0), Some(&short), 60_000, false),
            (pending(1, 0), None, 6 * 3_600_000 - 1, false),
            (pending(1, 0), None, 6 * 3_600_000, true),
        ] {
            assert_eq!(event.is_too_old(settings, now_ms), expected, "{event:?} {now_ms}");
        }
    }
}

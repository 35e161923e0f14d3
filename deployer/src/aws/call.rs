//! Sending one call: paced, with a time limit, and repeated only where that is safe.
//!
//! A throttled call did nothing and is always repeated. A read is repeated after anything passing. A write without a clear answer is
//! *not* repeated here: the engine looks at the resource first and then decides.

use super::error::{AwsError, ErrorClass};
use super::op::{AwsOperation, CallEffect};
use super::pace::{CallPace, PaceStart, PaceVerdict};
use super::wait::WaitReason;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::cell::Cell;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Longest time that a throttled call is repeated. `DeleteRestApi` is allowed once in 30 s, so two queued ones must fit.
const THROTTLE_PATIENCE: Duration = Duration::from_secs(90);
/// Longest time that somebody who answered before is waited for. Nothing reached them, so that anything may be sent again.
const AWAY_PATIENCE: Duration = Duration::from_secs(60);
/// How often a read is tried.
const READ_ATTEMPTS: u32 = 4;
/// How often it is tried where nobody has answered yet.
const FIRST_ATTEMPTS: u32 = 2;

/// Why nothing happens for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallPause {
    /// This is waited for, for so long where that is known beforehand.
    Begins(WaitReason, Option<Duration>),
    /// It goes on.
    Ends,
}

/// Sends calls and keeps AWS's rates.
#[derive(Debug)]
pub struct AwsCaller {
    pace: CallPace,
    /// Whether anybody has answered yet.
    was_answered: Cell<bool>,
    time_scale: TimeScale,
}

/// How many times shorter it waits than AWS needs: for an AWS that answers at once and has no rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeScale {
    /// Pauses before calls and between attempts.
    pub pauses: u32,
    /// Time limits of attempts.
    pub limits: u32,
}

impl AwsCaller {
    /// Makes a caller that waits as AWS needs it, and whose rates begin so.
    pub fn new(start: PaceStart) -> Self {
        Self::scaled(start, TimeScale { pauses: 1, limits: 1 })
    }

    /// Makes a caller that waits less than AWS needs.
    pub fn with_time_scale(scale: TimeScale) -> Self {
        Self::scaled(PaceStart::Published, scale)
    }

    fn scaled(start: PaceStart, scale: TimeScale) -> Self {
        let time_scale = TimeScale { pauses: scale.pauses.max(1), limits: scale.limits.max(1) };
        AwsCaller { pace: CallPace::new(start, time_scale.pauses), was_answered: Cell::new(false), time_scale }
    }

    /// Sends one call. `send` starts it anew for every attempt; `pause` is told why nothing happens for a while.
    ///
    /// # Errors
    /// The classified failure, after the repetitions that its class allows.
    pub async fn call<T, E, F, Fut>(
        &self,
        op: &'static AwsOperation,
        pause: &dyn Fn(CallPause),
        mut send: F,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut attempt = 0;
        // How long was waited because of refusals. The wait for a turn is none of it: behind many others it is long.
        let mut backed_off = Duration::ZERO;
        // Since when nobody can be reached.
        let mut away = None;
        loop {
            attempt += 1;
            let waited = Cell::new(false);
            let turn = |wait| {
                waited.set(true);
                pause(CallPause::Begins(WaitReason::RateLimit(op), Some(wait)));
            };
            let pass = self.pace.enter(op, &turn).await;
            if waited.get() {
                pause(CallPause::Ends);
            }
            let limit = op.time_limit / self.time_scale.limits;
            let error = match timeout(limit, send()).await {
                Ok(Ok(answer)) => {
                    self.was_answered.set(true);
                    pass.settle(PaceVerdict::Passed);
                    return Ok(answer);
                }
                Ok(Err(error)) => AwsError::new(op, &error),
                Err(_) => unanswered(op, limit),
            };
            pass.settle(match error.class {
                ErrorClass::Throttled => PaceVerdict::Refused,
                ErrorClass::Ambiguous | ErrorClass::Unreachable => PaceVerdict::Unknown,
                _ => PaceVerdict::Passed,
            });
            // Not all that answers is AWS: its refusals have a code.
            self.was_answered.set(self.was_answered.get() || !error.code.is_empty());
            let back_off = backoff(attempt) / self.time_scale.pauses;
            let again = match error.class {
                ErrorClass::Throttled => backed_off + back_off < THROTTLE_PATIENCE,
                // Two tries are enough to tell a passing fault from a wrong address.
                ErrorClass::Ambiguous if !self.was_answered.get() => {
                    op.effect == CallEffect::Read && attempt < FIRST_ATTEMPTS
                }
                ErrorClass::Unreachable if !self.was_answered.get() => attempt < FIRST_ATTEMPTS,
                ErrorClass::Unreachable => {
                    let since = *away.get_or_insert_with(Instant::now);
                    since.elapsed() + back_off < AWAY_PATIENCE / self.time_scale.limits
                }
                ErrorClass::Ambiguous => op.effect == CallEffect::Read && attempt < READ_ATTEMPTS,
                _ => false,
            };
            if error.class != ErrorClass::Unreachable {
                away = None;
            }
            if !again {
                return Err(error);
            }
            let reason = match error.class {
                ErrorClass::Throttled => WaitReason::Throttled(op),
                ErrorClass::Unreachable if self.was_answered.get() => WaitReason::Away(op, error.message),
                _ => WaitReason::Unanswered(op),
            };
            pause(CallPause::Begins(reason, None));
            sleep(back_off).await;
            backed_off += back_off;
            pause(CallPause::Ends);
        }
    }
}

fn unanswered(op: &'static AwsOperation, limit: Duration) -> AwsError {
    AwsError {
        op,
        code: String::new(),
        message: format!("nothing was heard for {} s", limit.as_secs_f32().ceil()),
        request_id: None,
        status: None,
        class: ErrorClass::Ambiguous,
        advice: Vec::new(),
    }
}

/// Returns how long to wait before another attempt: exponential with full-width jitter, from 0.1 s to 5 s.
pub fn backoff(attempt: u32) -> Duration {
    let ceiling = 0.2 * f64::from(1u32 << attempt.min(5));
    Duration::from_secs_f64((ceiling * (0.5 + fastrand::f64() / 2.0)).clamp(0.1, 5.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::op;
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use std::cell::RefCell;
    use std::io;

    /// Returns how a caller who was answered before, or was not, deals with somebody who refuses `refusals` connections: what comes of it, the number of
    /// attempts, and what it said that it waits for.
    async fn away(was_answered: bool, limits: u32, refusals: u32) -> (bool, u32, Vec<String>) {
        let caller = AwsCaller::with_time_scale(TimeScale { pauses: 10_000, limits });
        caller.was_answered.set(was_answered);
        let (attempts, reasons) = (Cell::new(0), RefCell::new(Vec::new()));
        let pause = |pause| {
            if let CallPause::Begins(reason, _) = pause {
                reasons.borrow_mut().push(reason.to_string());
            }
        };
        let send = || async {
            attempts.set(attempts.get() + 1);
            if attempts.get() <= refusals {
                let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "tcp connect error: Connection refused");
                let refused = ConnectorError::io(refused.into());
                return Err(SdkError::<GetCallerIdentityError, HttpResponse>::dispatch_failure(refused));
            }
            Ok(())
        };
        let came = caller.call(&op::GET_CALLER_IDENTITY, &pause, send).await.is_ok();
        (came, attempts.get(), reasons.into_inner())
    }

    #[tokio::test]
    async fn who_answered_before_is_waited_for() {
        let (came, attempts, reasons) = away(true, 1, 10).await;
        assert!(came && attempts == 11, "{attempts}");
        assert!(reasons[0].starts_with("sts to be reachable again: ") && reasons[0].contains("refused"), "{reasons:?}");
        let (came, attempts, _) = away(false, 1, 10).await;
        assert!(!came && attempts == FIRST_ATTEMPTS, "an address at which nobody ever answered is wrong");
        let (came, attempts, _) = away(true, 1_000_000, u32::MAX).await;
        assert!(!came && attempts > 0, "not for ever");
    }
}

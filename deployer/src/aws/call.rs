//! Sending one call: paced, with a time limit, and repeated only where that is safe.
//!
//! A throttled call did nothing and is always repeated. A read is repeated after anything passing. A write without a clear answer is
//! *not* repeated here: the engine looks at the resource first and then decides.
use super::{
    error::{AwsError, Class},
    op::{self, Effect, Op},
    pace::Pace,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{cell::Cell, future::Future, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// Longest time that a throttled call is repeated. `DeleteRestApi` is allowed once in 30 s, so two queued ones must fit.
const THROTTLE_PATIENCE: Duration = Duration::from_secs(90);
/// How often a read is tried.
const READ_ATTEMPTS: u32 = 4;
/// How often it is tried where nobody has answered yet.
const FIRST_ATTEMPTS: u32 = 2;

/// Sends calls and keeps AWS's rates.
#[derive(Debug, Default)]
pub struct Caller {
    pace: Pace,
    /// Whether anybody has answered yet.
    heard: Cell<bool>,
}

impl Caller {
    /// Sends one call. `send` starts it anew for every attempt; `waiting` is told why nothing happens for a while.
    ///
    /// # Errors
    /// The classified failure, after the repetitions that its class allows.
    pub async fn call<T, E, F, Fut>(
        &self,
        op: &'static Op,
        waiting: &dyn Fn(String),
        mut send: F,
    ) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let wait = self.pace.take(op, Instant::now());
            if !wait.is_zero() {
                waiting(format!("AWS's limit on {} ({:.0} s)", op.name, wait.as_secs_f64().ceil()));
                sleep(wait).await;
            }
            let error = match timeout(limit(op), send()).await {
                Ok(Ok(answer)) => {
                    self.heard.set(true);
                    return Ok(answer);
                }
                Ok(Err(error)) => AwsError::new(op, &error),
                Err(_) => silence(op),
            };
            self.heard.set(self.heard.get() || error.status.is_some());
            let pause = backoff(attempt);
            let again = match error.class {
                Class::Throttled => started.elapsed() + pause < THROTTLE_PATIENCE,
                // Two tries are enough to tell a passing fault from a wrong address.
                Class::Ambiguous if !self.heard.get() => op.effect == Effect::Read && attempt < FIRST_ATTEMPTS,
                Class::Unreachable => attempt < FIRST_ATTEMPTS,
                Class::Ambiguous => op.effect == Effect::Read && attempt < READ_ATTEMPTS,
                _ => false,
            };
            if !again {
                return Err(error);
            }
            match error.class {
                Class::Throttled => waiting(format!("AWS throttled {}", op.name)),
                _ => waiting(format!("{} to answer", op.name)),
            }
            sleep(pause).await;
        }
    }
}

/// Time limit of one attempt. Uploads take as long as the zip needs.
fn limit(op: &Op) -> Duration {
    Duration::from_secs(match op.effect {
        _ if op == &op::CREATE_FUNCTION || op == &op::UPDATE_FUNCTION_CODE => 300,
        _ if op == &op::INVOKE => 910,
        Effect::Read => 15,
        Effect::Write => 60,
    })
}

fn silence(op: &'static Op) -> AwsError {
    AwsError {
        op,
        code: String::new(),
        message: format!("nothing was heard for {} s", limit(op).as_secs()),
        request_id: None,
        status: None,
        class: Class::Ambiguous,
    }
}

/// Exponential with full-width jitter, from 0.1 s to 5 s.
pub fn backoff(attempt: u32) -> Duration {
    let ceiling = 0.2 * f64::from(1u32 << attempt.min(5));
    let random =
        f64::from(u16::from_be_bytes([uuid::Uuid::new_v4().as_bytes()[0], uuid::Uuid::new_v4().as_bytes()[1]]))
            / f64::from(u16::MAX);
    Duration::from_secs_f64((ceiling * (0.5 + random / 2.0)).clamp(0.1, 5.0))
}

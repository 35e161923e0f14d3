//! Pacing: a token bucket per operation, so that AWS's published rates are kept instead of run into.

use super::op::{AwsOperation, RateQuota};
use std::cell::RefCell;
use std::collections::HashMap;
use tokio::time::{Duration, Instant};

/// The buckets of one run.
#[derive(Debug, Default)]
pub struct CallPace {
    /// When an operation's bucket is full again (the "theoretical arrival time" of the generic cell rate algorithm).
    full: RefCell<HashMap<&'static AwsOperation, Instant>>,
}

impl CallPace {
    /// Takes a token and says how long to wait before the call may be sent.
    pub fn take(&self, op: &'static AwsOperation, now: Instant) -> Duration {
        let Some(RateQuota { every, burst }) = op.quota else { return Duration::ZERO };
        let mut buckets = self.full.borrow_mut();
        let full = buckets.entry(op).or_insert(now);
        *full = (*full).max(now);
        let wait = full.saturating_duration_since(now).saturating_sub(every * (burst - 1));
        *full += every;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::op;

    #[test]
    fn a_burst_is_free_and_then_calls_are_spread() {
        let pace = CallPace::default();
        let start = Instant::now() + Duration::from_secs(3600);
        let waits: Vec<_> = (0..7).map(|_| pace.take(&op::GET_RESOURCES, start).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 400, 800]);
        assert_eq!(pace.take(&op::GET_RESOURCES, start + Duration::from_secs(60)), Duration::ZERO);
        assert_eq!(pace.take(&op::DELETE_REST_API, start), Duration::ZERO);
        assert_eq!(pace.take(&op::DELETE_REST_API, start), Duration::from_secs(30));
        assert_eq!(pace.take(&op::GET_ROLE, start), Duration::ZERO);
    }
}

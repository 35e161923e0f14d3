//! How fast the backfill works.

use std::time::Duration;
use tokio::time::Instant;

/// Spreads work evenly over time.
#[derive(Debug)]
pub struct WorkPace {
    per_second: u32,
    next: Option<Instant>,
}

impl WorkPace {
    /// Makes a pace of so much a second, at least one.
    pub fn new(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), next: None }
    }

    /// Returns when the next `count` pieces of work may begin. Time that was not used is not made up for.
    pub fn due(&mut self, now: Instant, count: u32) -> Instant {
        let due = self.next.map_or(now, |next| next.max(now));
        self.next = Some(due + Duration::from_secs(1) * count / self.per_second);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_spread_and_lost_time_stays_lost() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = WorkPace::new(100);
        assert_eq!([pace.due(start, 1), pace.due(start, 1), pace.due(start, 5)], [at(0), at(10), at(20)]);
        assert_eq!([pace.due(start, 1), pace.due(at(500), 1), pace.due(at(500), 1)], [at(70), at(500), at(510)]);
    }
}

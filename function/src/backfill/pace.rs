//! How fast the backfill works.

use crate::store::StoreError;
use futures::{Stream, StreamExt, stream};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// How many pieces of work are done in parallel.
const CONCURRENCY: usize = 16;
/// How often a call is repeated while the store is busy, and the first pause, which doubles. Together they are half a minute.
const MAX_PAUSES: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

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

    /// Waits until the next `count` pieces of work may begin.
    pub async fn turn(&mut self, count: u32) {
        sleep_until(self.due(Instant::now(), count)).await;
    }

    /// Returns when the next `count` pieces of work may begin. Time that was not used is not made up for.
    fn due(&mut self, now: Instant, count: u32) -> Instant {
        let due = self.next.map_or(now, |next| next.max(now));
        self.next = Some(due + Duration::from_secs(1) * count / self.per_second);
        due
    }
}

/// Works on items in parallel, each when its turn has come.
pub fn paced<'a, I: 'a, T, F: Future<Output = T>>(
    pace: &'a mut WorkPace,
    items: impl IntoIterator<Item = I, IntoIter: 'a>,
    work: impl Fn(I) -> F + 'a,
) -> impl Stream<Item = T> + Unpin {
    let begun = stream::iter(items).map(move |item| {
        let due = pace.due(Instant::now(), 1);
        let work = work(item);
        async move {
            sleep_until(due).await;
            work.await
        }
    });
    Box::pin(begun.buffer_unordered(CONCURRENCY))
}

/// Repeats a call while the store is busy, with pauses that grow.
pub async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(call: impl Fn() -> F) -> Result<T, StoreError> {
    let mut pauses = 0;
    loop {
        match call().await {
            Err(StoreError::Unavailable(_)) if pauses < MAX_PAUSES => {
                sleep(FIRST_PAUSE * 2_u32.pow(pauses)).await;
                pauses += 1;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};

    #[tokio::test(start_paused = true)]
    async fn no_more_is_done_a_second_than_is_allowed() {
        let start = Instant::now();
        let begun = RefCell::new(Vec::new());
        let mut pace = WorkPace::new(10);
        let work = async |item: u32| begun.borrow_mut().push((item, start.elapsed().as_millis()));
        paced(&mut pace, 0..40, work).for_each(|()| async {}).await;
        let expected: Vec<_> = (0..40).map(|item| (item, u128::from(item) * 100)).collect();
        assert_eq!(begun.into_inner(), expected);
        pace.turn(20).await;
        assert_eq!(start.elapsed().as_secs(), 4);
        pace.turn(1).await;
        assert_eq!(start.elapsed().as_secs(), 6, "a page takes the time of all that is in it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_store_is_waited_for_and_not_for_ever() {
        for (busy, succeeds) in [(0, true), (MAX_PAUSES, true), (MAX_PAUSES + 1, false)] {
            let (start, calls) = (Instant::now(), Cell::new(0));
            let result = patiently(async || {
                calls.set(calls.get() + 1);
                if calls.get() <= busy { Err(StoreError::Unavailable("busy".to_owned())) } else { Ok(()) }
            })
            .await;
            assert_eq!(result.is_ok(), succeeds, "{busy}");
            assert_eq!(calls.get(), busy.min(MAX_PAUSES) + 1);
            let waited = FIRST_PAUSE * (2_u32.pow(busy.min(MAX_PAUSES)) - 1);
            assert!(
                start.elapsed() >= waited && start.elapsed() < waited + FIRST_PAUSE,
                "{busy}: {:?}",
                start.elapsed()
            );
        }
        let failed: Result<(), _> = patiently(async || Err(StoreError::Failed("no".to_owned()))).await;
        assert!(failed.is_err(), "what is refused is not repeated");
    }

    #[test]
    fn work_is_spread_and_lost_time_stays_lost() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = WorkPace::new(100);
        assert_eq!([pace.due(start, 1), pace.due(start, 1), pace.due(start, 5)], [at(0), at(10), at(20)]);
        assert_eq!([pace.due(start, 1), pace.due(at(500), 1), pace.due(at(500), 1)], [at(70), at(500), at(510)]);
    }
}

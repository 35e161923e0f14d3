//! Pacing: AWS's rates are learned, beginning with what it publishes.
//!
//! Every call passes the bucket of its operation, where AWS publishes one, and the bucket that all operations of its service share. A
//! bucket begins with the published rate and burst. While tokens lack, a call is sent beyond them now and then; as long as AWS answers
//! those, ever more go, so that an AWS without that limit, or with a higher one, is soon not waited for. The first refusal ends that for
//! a while, and the rate is the published one again, or lower where others use the same account.

use super::op::{AwsOperation, RateQuota, service_quota};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Duration, Instant, sleep};

/// How many more calls are sent beyond the tokens after one of them was answered: their number grows fourfold with each round trip.
const GROWTH: u32 = 3;
/// How long nothing is sent beyond the tokens after the first refusal; twice as long after each further one.
const QUIET: Duration = Duration::from_secs(20);
/// The longest that it becomes.
const LONGEST_QUIET: Duration = Duration::from_secs(600);
/// What the time between two calls is multiplied with after a refusal of a call that had a token.
const SLOWER: f64 = 1.5;
/// What it is multiplied with after each answer, until it is the published one again.
const FASTER: f64 = 0.95;
/// The slowest that a rate becomes, as a part of the published one.
const SLOWEST: f64 = 8.0;
/// How much slower than published it goes where AWS does refuse: calls do not arrive as evenly as they are sent.
const MARGIN: f64 = 1.05;
/// A rate below one call in this time is AWS's word: nothing is tried beyond it.
const RARE: Duration = Duration::from_secs(1);

/// What the rates of an endpoint begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceStart {
    /// With what AWS publishes.
    Published,
    /// With no limit, as is right for an emulator: it has none unless it is told to.
    Unlimited,
}

/// The buckets of one run.
#[derive(Debug)]
pub struct CallPace {
    start: PaceStart,
    /// How many times faster than AWS the tokens come back.
    speed: u32,
    buckets: RefCell<HashMap<BucketKey, Rc<RateBucket>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum BucketKey {
    Operation(&'static AwsOperation),
    Service(&'static str),
}

/// What AWS said to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaceVerdict {
    /// It took the call.
    Passed,
    /// It refused the call because of its rate.
    Refused,
    /// Nothing about its rate.
    Unknown,
}

impl CallPace {
    /// Makes buckets that nothing has passed yet.
    pub fn new(start: PaceStart, speed: u32) -> Self {
        Self { start, speed: speed.max(1), buckets: RefCell::default() }
    }

    /// Waits until the call may be sent. `waiting` is told for how long that will be at most, where it is not at once.
    pub async fn enter(&self, op: &'static AwsOperation, waiting: &dyn Fn(Duration)) -> RatePass {
        let mut pass = RatePass { entries: Vec::new(), sent: Instant::now() };
        let told = Cell::new(false);
        let tell = |wait| {
            if !told.replace(true) {
                waiting(wait);
            }
        };
        for bucket in self.buckets_of(op) {
            let beyond = bucket.enter(&tell).await;
            pass.entries.push((bucket, beyond));
        }
        pass.sent = Instant::now();
        pass
    }

    fn buckets_of(&self, op: &'static AwsOperation) -> Vec<Rc<RateBucket>> {
        let own = op.quota.map(|quota| (BucketKey::Operation(op), quota));
        let shared = service_quota(op.service).map(|quota| (BucketKey::Service(op.service), quota));
        let mut buckets = self.buckets.borrow_mut();
        let bucket = |(key, quota): (BucketKey, RateQuota)| {
            let make = || Rc::new(RateBucket::new(quota, self.start, self.speed));
            Rc::clone(buckets.entry(key).or_insert_with(make))
        };
        own.into_iter().chain(shared).map(bucket).collect()
    }
}

/// The leave to send one call.
#[derive(Debug)]
pub struct RatePass {
    /// The buckets that it passed, and whether beyond their tokens.
    entries: Vec<(Rc<RateBucket>, bool)>,
    sent: Instant,
}

impl RatePass {
    /// Tells the buckets what AWS said to the call.
    pub fn settle(mut self, verdict: PaceVerdict) {
        // A refusal is blamed on the bucket that was overdrawn, else on the narrowest.
        let overdrawn = self.entries.iter().any(|(_, beyond)| *beyond);
        for (at, (bucket, beyond)) in self.entries.drain(..).enumerate() {
            let blamed = if overdrawn { beyond } else { at == 0 };
            let verdict = if verdict == PaceVerdict::Refused && !blamed { PaceVerdict::Unknown } else { verdict };
            bucket.settle(beyond, verdict, self.sent);
        }
    }
}

impl Drop for RatePass {
    fn drop(&mut self) {
        for (bucket, beyond) in self.entries.drain(..) {
            bucket.settle(beyond, PaceVerdict::Unknown, self.sent);
        }
    }
}

#[derive(Debug)]
struct RateBucket {
    /// Time between two calls as published.
    every: Duration,
    burst: u32,
    /// Whether AWS allows less than one call a second.
    rare: bool,
    /// Who stands here is the next; those behind come in the order in which they asked.
    gate: Mutex<()>,
    /// How many stand at the gate or before it.
    queue: Cell<u32>,
    state: RefCell<BucketState>,
    /// Something was answered, so that more may go.
    changed: Notify,
}

#[derive(Debug)]
struct BucketState {
    /// When the bucket is full again (the "theoretical arrival time" of the generic cell rate algorithm).
    full: Instant,
    /// What the published time between two calls is multiplied with.
    slowness: f64,
    /// The least that it may be.
    floor: f64,
    /// How many calls may be under way beyond the tokens.
    beyond: u32,
    /// How many of them are.
    under_way: u32,
    /// When AWS last refused a call that was sent after the refusal before.
    refused: Option<Instant>,
    /// Until when none is sent beyond the tokens.
    quiet_until: Instant,
    /// How long the next refusal will keep it so.
    quiet: Duration,
}

impl RateBucket {
    fn new(quota: RateQuota, start: PaceStart, speed: u32) -> Self {
        let now = Instant::now();
        let rare = quota.every >= RARE;
        let beyond = match start {
            PaceStart::Unlimited => u32::MAX,
            PaceStart::Published => u32::from(!rare),
        };
        let state = BucketState {
            full: now,
            slowness: 1.0,
            floor: 1.0,
            beyond,
            under_way: 0,
            refused: None,
            quiet_until: now,
            quiet: QUIET / speed,
        };
        Self {
            every: quota.every / speed,
            burst: quota.burst,
            rare,
            gate: Mutex::default(),
            queue: Cell::new(0),
            state: RefCell::new(state),
            changed: Notify::new(),
        }
    }

    /// Waits for leave, and tells whether it is beyond the tokens.
    async fn enter(&self, waiting: &dyn Fn(Duration)) -> bool {
        let place = QueuePlace::take(&self.queue);
        let gate = match self.gate.try_lock() {
            Ok(gate) => gate,
            Err(_) => {
                waiting(self.estimate(place.ahead));
                self.gate.lock().await
            }
        };
        loop {
            let taken = self.state.borrow_mut().take(self.every, self.burst, Instant::now());
            match taken {
                Ok(beyond) => {
                    drop(gate);
                    return beyond;
                }
                Err(wait) => {
                    waiting(wait);
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = self.changed.notified() => {}
                    }
                }
            }
        }
    }

    /// Returns how long somebody waits who has so many ahead, at the rate as it is now.
    fn estimate(&self, ahead: u32) -> Duration {
        let state = self.state.borrow();
        let every = self.every.mul_f64(state.slowness);
        let full = state.full.saturating_duration_since(Instant::now()) + every * ahead;
        full.saturating_sub(every * (self.burst - 1))
    }

    fn settle(&self, beyond: bool, verdict: PaceVerdict, sent: Instant) {
        let mut state = self.state.borrow_mut();
        state.under_way -= u32::from(beyond);
        match verdict {
            PaceVerdict::Passed => state.passed(beyond),
            // What was sent before the last refusal came is refused for the same reason.
            PaceVerdict::Refused if state.refused.is_none_or(|refused| sent > refused) => {
                let now = Instant::now();
                state.refused(beyond, self.rare, now);
                // AWS's bucket is empty, whatever ours says. When a rare call will be allowed nobody knows.
                if !self.rare {
                    state.full = state.full.max(now + self.every.mul_f64(state.slowness) * self.burst);
                }
            }
            PaceVerdict::Refused | PaceVerdict::Unknown => {}
        }
        drop(state);
        self.changed.notify_one();
    }
}

/// A place among those who wait at a gate. It ends with whoever has it, so that who gives up does not go on counting.
struct QueuePlace<'a> {
    queue: &'a Cell<u32>,
    ahead: u32,
}

impl<'a> QueuePlace<'a> {
    fn take(queue: &'a Cell<u32>) -> Self {
        let ahead = queue.replace(queue.get() + 1);
        Self { queue, ahead }
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.queue.set(self.queue.get() - 1);
    }
}

impl BucketState {
    /// Takes a token, or leave to go beyond them (`true`), or says when the next token comes.
    fn take(&mut self, every: Duration, burst: u32, now: Instant) -> Result<bool, Duration> {
        let every = every.mul_f64(self.slowness);
        self.full = self.full.max(now);
        let wait = (self.full - now).saturating_sub(every * (burst - 1));
        if wait.is_zero() {
            self.full += every;
            return Ok(false);
        }
        if self.under_way < self.beyond && now >= self.quiet_until {
            self.under_way += 1;
            return Ok(true);
        }
        Err(wait)
    }

    fn passed(&mut self, beyond: bool) {
        self.slowness = (self.slowness * FASTER).max(self.floor);
        if beyond {
            self.beyond = self.beyond.saturating_add(GROWTH);
        }
    }

    fn refused(&mut self, beyond: bool, rare: bool, now: Instant) {
        self.refused = Some(now);
        self.floor = MARGIN;
        let slower = if beyond { self.slowness } else { self.slowness * SLOWER };
        self.slowness = slower.clamp(self.floor, SLOWEST);
        self.beyond = u32::from(!rare);
        self.quiet_until = now + self.quiet;
        self.quiet = (self.quiet * 2).min(LONGEST_QUIET);
    }
}

#[cfg(test)]
mod tests;

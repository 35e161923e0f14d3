//! What time is to a proxy.
//!
//! Chains of calls are measured best when every call takes equally long. On a busy machine no call does, so the clock can tick in
//! lockstep: all calls that are under way are answered together, once the client has nothing more to send. What is counted is
//! then what waited for what, not how fast this machine is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// As it does, in µs, with this latency for every call.
    Real(Duration),
    /// One tick for every call.
    Lockstep,
}

/// A client that was answered sends what it sends next within this time.
const QUIET: Duration = Duration::from_millis(60);

/// A clock that runs.
pub struct Ticking {
    clock: Clock,
    started: Instant,
    tick: watch::Sender<u64>,
    flight: Mutex<Flight>,
}

/// Calls under way.
struct Flight {
    calls: usize,
    /// Those among them whose answer waits for the tick.
    answered: usize,
    changed: Instant,
}

impl Ticking {
    /// Starts the clock.
    pub fn new(clock: Clock) -> Self {
        let flight = Flight { calls: 0, answered: 0, changed: Instant::now() };
        Ticking { clock, started: Instant::now(), tick: watch::Sender::new(0), flight: Mutex::new(flight) }
    }

    /// A call came.
    pub fn arrive(&self) -> Turn<'_> {
        let began = self.now();
        let mut flight = self.flight();
        flight.calls += 1;
        flight.changed = Instant::now();
        Turn { clock: self, began, answered: false }
    }

    fn now(&self) -> u64 {
        match self.clock {
            Clock::Real(_) => u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            Clock::Lockstep => *self.tick.borrow(),
        }
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ticks if every call is answered and the client has been quiet.
    fn advance(&self) {
        let mut flight = self.flight();
        if flight.calls == flight.answered && flight.changed.elapsed() >= QUIET {
            flight.changed = Instant::now();
            self.tick.send_modify(|tick| *tick += 1);
        }
    }
}

/// One call under way.
pub struct Turn<'a> {
    clock: &'a Ticking,
    /// When it came.
    pub began: u64,
    answered: bool,
}

impl Turn<'_> {
    /// Its answer is there: waits until it may leave, and says when that is.
    pub async fn end(&mut self) -> u64 {
        {
            let mut flight = self.clock.flight();
            flight.answered += 1;
            flight.changed = Instant::now();
        }
        self.answered = true;
        match self.clock.clock {
            Clock::Real(latency) => sleep(latency).await,
            Clock::Lockstep => {
                let mut tick = self.clock.tick.subscribe();
                while *tick.borrow_and_update() == self.began {
                    tokio::select! {
                        _ = tick.changed() => {}
                        () = sleep(QUIET / 4) => self.clock.advance(),
                    }
                }
            }
        }
        self.clock.now()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut flight = self.clock.flight();
        flight.calls -= 1;
        flight.answered -= usize::from(self.answered);
    }
}

//! The clock of a proxy.
//!
//! The depth of a command's calls can be measured exactly only if every call takes equally long, which no call does on a busy
//! machine. So the clock can tick in lockstep: all calls in flight are answered together, as soon as the client has nothing more
//! to send. Then the measure depends on which call waits for which, and not on the speed of the machine.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// The unit of the clock, and the latency of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyClock {
    /// Real time in µs. Every call has this latency.
    Real(Duration),
    /// Ticks. Every call takes one tick.
    Lockstep,
}

/// A client that was answered sends its next calls within this time.
const QUIET_TIME: Duration = Duration::from_millis(60);

/// A running clock, with the number of calls in flight.
pub struct RunningClock {
    clock: ProxyClock,
    started: Instant,
    tick: watch::Sender<u64>,
    flight: Mutex<FlightCount>,
}

/// The number of calls in flight.
struct FlightCount {
    calls: usize,
    /// The calls among them whose answer waits for the next tick.
    answered: usize,
    /// When one of the two numbers changed last.
    changed: Instant,
}

impl RunningClock {
    /// Starts a clock.
    pub fn new(clock: ProxyClock) -> Self {
        let flight = FlightCount { calls: 0, answered: 0, changed: Instant::now() };
        RunningClock { clock, started: Instant::now(), tick: watch::Sender::new(0), flight: Mutex::new(flight) }
    }

    /// Notes that a call came in.
    pub fn begin_call(&self) -> CallInFlight<'_> {
        let began = self.now();
        let mut flight = self.flight();
        flight.calls += 1;
        flight.changed = Instant::now();
        CallInFlight { clock: self, began, answered: false }
    }

    /// Returns the time on this clock.
    fn now(&self) -> u64 {
        match self.clock {
            ProxyClock::Real(_) => u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            ProxyClock::Lockstep => *self.tick.borrow(),
        }
    }

    /// Locks the number of calls in flight.
    fn flight(&self) -> MutexGuard<'_, FlightCount> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ticks if every call is answered and the client has sent nothing for [`QUIET_TIME`].
    fn advance(&self) {
        let mut flight = self.flight();
        if flight.calls == flight.answered && flight.changed.elapsed() >= QUIET_TIME {
            flight.changed = Instant::now();
            self.tick.send_modify(|tick| *tick += 1);
        }
    }
}

/// A call in flight.
pub struct CallInFlight<'a> {
    clock: &'a RunningClock,
    /// When the call came in, on the proxy's clock.
    pub began: u64,
    answered: bool,
}

impl CallInFlight<'_> {
    /// Waits, once the answer is there, until it may be sent, and returns that time.
    pub async fn wait_for_end(&mut self) -> u64 {
        {
            let mut flight = self.clock.flight();
            flight.answered += 1;
            flight.changed = Instant::now();
        }
        self.answered = true;
        match self.clock.clock {
            ProxyClock::Real(latency) => sleep(latency).await,
            ProxyClock::Lockstep => {
                let mut tick = self.clock.tick.subscribe();
                while *tick.borrow_and_update() == self.began {
                    tokio::select! {
                        _ = tick.changed() => {}
                        () = sleep(QUIET_TIME / 4) => self.clock.advance(),
                    }
                }
            }
        }
        self.clock.now()
    }
}

impl Drop for CallInFlight<'_> {
    fn drop(&mut self) {
        let mut flight = self.clock.flight();
        flight.calls -= 1;
        flight.answered -= usize::from(self.answered);
    }
}

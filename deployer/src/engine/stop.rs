//! Stopping: after the first signal nothing new starts, after the second nothing is waited for.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::Notify;

/// Shared between whoever receives signals and the engine.
#[derive(Debug, Clone, Default)]
pub struct StopRequest(Rc<StopState>);

#[derive(Debug, Default)]
struct StopState {
    asked: Cell<u32>,
    signal_came: Notify,
}

impl StopRequest {
    /// Notes that a signal came.
    pub fn ask(&self) {
        self.0.asked.set(self.0.asked.get() + 1);
        self.0.signal_came.notify_waiters();
    }

    /// Returns how many signals came.
    pub fn asked(&self) -> u32 {
        self.0.asked.get()
    }

    /// Waits for a signal beyond the first `seen`.
    pub async fn beyond(&self, seen: u32) {
        loop {
            let next = self.0.signal_came.notified();
            if self.asked() > seen {
                return;
            }
            next.await;
        }
    }
}

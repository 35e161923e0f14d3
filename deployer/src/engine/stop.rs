//! Stopping: after the first signal nothing new starts, after the second nothing is waited for.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::Notify;

/// Shared between whoever hears signals and the engine.
#[derive(Debug, Clone, Default)]
pub struct StopRequest(Rc<StopState>);

#[derive(Debug, Default)]
struct StopState {
    asked: Cell<u32>,
    heard: Notify,
}

impl StopRequest {
    /// A signal came.
    pub fn ask(&self) {
        self.0.asked.set(self.0.asked.get() + 1);
        self.0.heard.notify_waiters();
    }

    /// How many signals came.
    pub fn asked(&self) -> u32 {
        self.0.asked.get()
    }

    /// Waits for a signal beyond the first `seen`.
    pub async fn beyond(&self, seen: u32) {
        loop {
            let heard = self.0.heard.notified();
            if self.asked() > seen {
                return;
            }
            heard.await;
        }
    }
}

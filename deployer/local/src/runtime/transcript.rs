//! Where the lines of a sandbox go: its log stream, and the tail that a caller may ask for.

use crate::clock::Clock;
use crate::logs::Logs;
use crate::logs::events::NewEvent;
use std::sync::{Arc, Mutex, PoisonError};

/// `X-Amz-Log-Result` holds the last 4 KB.
const TAIL: usize = 4096;

/// The log of one sandbox.
#[derive(Debug)]
pub struct Transcript {
    /// The sinks.
    pub logs: Arc<Logs>,
    /// Stamps the lines.
    pub clock: Arc<Clock>,
    /// Region of the function.
    pub region: String,
    /// `/aws/lambda/<name>`.
    pub group: String,
    /// `2026/01/31/[$LATEST]<32 hex digits>`.
    pub stream: String,
    /// The last lines of the current invocation.
    pub tail: Mutex<Vec<u8>>,
}

impl Transcript {
    /// Takes one line; Lambda keeps its line break in the event.
    pub fn line(&self, line: &str) {
        let mut message = line.to_owned();
        if !message.ends_with('\n') {
            message.push('\n');
        }
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend_from_slice(message.as_bytes());
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
        // Under the lock, so that two writers cannot swap their lines between here and the stream.
        let event = NewEvent { at_ms: self.clock.now_ms(), message };
        self.logs.append(&self.region, &self.group, &self.stream, vec![event]);
    }

    /// Begins the tail anew.
    pub fn forget(&self) {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The last lines since [`Transcript::forget`], at most 4 KB.
    pub fn tail(&self) -> Vec<u8> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

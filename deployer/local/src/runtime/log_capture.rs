//! Where the lines of a sandbox go: its log stream, and the tail that a caller may ask for.

use super::log_access::LogAccess;
use crate::clock::Clock;
use crate::lock::lock;
use crate::logs::{LogEngine, NewEvent};
use crate::store::function::FunctionRecord;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// `X-Amz-Log-Result` holds the last 4 KB.
const TAIL: usize = 4096;

/// The log of one sandbox.
#[derive(Debug)]
pub struct LogCapture {
    logs: Arc<LogEngine>,
    clock: Arc<Clock>,
    region: String,
    group: String,
    stream: String,
    /// May the role write it?
    writable: AtomicBool,
    /// The last lines of the current invocation.
    tail: Mutex<Vec<u8>>,
}

impl LogCapture {
    /// Makes a log that nothing has been written to, as `stream` of the function's group.
    pub fn new(logs: &Arc<LogEngine>, clock: &Arc<Clock>, function: &FunctionRecord, stream: String) -> Self {
        Self {
            logs: Arc::clone(logs),
            clock: Arc::clone(clock),
            region: function.region.clone(),
            group: function.logging.group.clone(),
            stream,
            writable: AtomicBool::new(false),
            tail: Mutex::default(),
        }
    }

    /// Returns the name of its log stream: `2026/01/31/[$LATEST]<32 hex digits>`.
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// Takes one line; Lambda keeps its line break in the event.
    pub fn line(&self, line: &str) {
        let mut message = line.to_owned();
        if !message.ends_with('\n') {
            message.push('\n');
        }
        let mut tail = lock(&self.tail);
        tail.extend_from_slice(message.as_bytes());
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
        if !self.writable.load(Ordering::Relaxed) {
            return;
        }
        // Under the lock, so that two writers cannot swap their lines between here and the stream.
        let event = NewEvent { at_ms: self.clock.now_ms(), message };
        self.logs.append(&self.region, &self.group, &self.stream, vec![event]);
    }

    /// Returns when there is room for more lines.
    pub async fn room(&self) {
        self.logs.room().await;
    }

    /// Begins an invocation: the tail is empty, and the role may have got other policies. A group that is missing is made
    /// when the role may do that.
    pub fn begin(&self, access: LogAccess) {
        self.writable.store(access.write, Ordering::Relaxed);
        if access.create_group {
            self.logs.ensure_group(&self.region, &self.group);
        }
        lock(&self.tail).clear();
    }

    /// Returns the last lines since [`LogCapture::begin`], at most 4 KB.
    pub fn tail(&self) -> Vec<u8> {
        lock(&self.tail).clone()
    }
}

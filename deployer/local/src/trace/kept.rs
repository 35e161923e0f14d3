//! The traces in memory, from which the file is written anew.

use super::record::RequestTrace;
use crate::lock::lock;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Which traces to read, newest first.
#[derive(Clone, Copy, Debug)]
pub struct TraceRange {
    /// Only those after this number.
    pub after: u64,
    /// Only those before this number.
    pub before: u64,
    /// Only those that failed.
    pub failed: bool,
    /// At most so many.
    pub limit: usize,
}

impl Default for TraceRange {
    fn default() -> Self {
        Self { after: 0, before: u64::MAX, failed: false, limit: 100 }
    }
}

/// The traces in memory, oldest first.
#[derive(Debug)]
pub(super) struct KeptTraces {
    ring: Mutex<TraceRing>,
    /// The number of the newest trace that can be read.
    newest: watch::Sender<u64>,
    failed: AtomicBool,
}

#[derive(Debug, Default)]
struct TraceRing {
    /// Each with the length of its line.
    traces: VecDeque<(usize, Arc<RequestTrace>)>,
    bytes: usize,
    newest: u64,
}

impl TraceRing {
    fn push(&mut self, length: usize, trace: RequestTrace) {
        self.newest = trace.sequence;
        self.bytes += length;
        self.traces.push_back((length, Arc::new(trace)));
        while self.bytes > KeptTraces::MOST_BYTES || self.traces.len() > KeptTraces::MOST_TRACES {
            self.bytes -= self.traces.pop_front().map_or(0, |(length, _)| length);
        }
    }
}

impl KeptTraces {
    /// The most bytes of JSON that are kept in memory; the file holds at most twice as many.
    pub const MOST_BYTES: usize = 6 * 1024 * 1024;
    /// The most traces that are kept.
    const MOST_TRACES: usize = 5_000;

    /// Reads a file. A line that is no trace, such as one that was not finished, is left out.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let content = match std::fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            content => content?,
        };
        let mut ring = TraceRing::default();
        for line in content.split(|byte| *byte == b'\n') {
            if let Ok(trace) = serde_json::from_slice::<RequestTrace>(line) {
                ring.push(line.len() + 1, trace);
            }
        }
        let newest = watch::Sender::new(ring.newest);
        Ok(Self { ring: Mutex::new(ring), newest, failed: AtomicBool::new(false) })
    }

    /// Adds a trace, which gets its number, and returns its line for the file.
    pub fn add(&self, mut trace: RequestTrace) -> Vec<u8> {
        let mut ring = lock(&self.ring);
        trace.sequence = ring.newest + 1;
        let mut line = serde_json::to_vec(&trace).unwrap_or_default();
        line.push(b'\n');
        ring.push(line.len(), trace);
        line
    }

    /// Tells those who wait which trace is the newest.
    pub fn tell(&self) {
        let newest = lock(&self.ring).newest;
        self.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
    }

    /// Returns how many bytes all lines have.
    pub fn bytes(&self) -> usize {
        lock(&self.ring).bytes
    }

    /// Returns all lines for a file.
    pub fn lines(&self) -> Vec<u8> {
        let traces: Vec<_> = lock(&self.ring).traces.iter().map(|(_, trace)| Arc::clone(trace)).collect();
        let mut lines = Vec::new();
        for trace in traces {
            lines.extend(serde_json::to_vec(trace.as_ref()).unwrap_or_default());
            lines.push(b'\n');
        }
        lines
    }

    /// Forgets everything but how far the numbers have come.
    pub fn clear(&self) {
        let mut ring = lock(&self.ring);
        *ring = TraceRing { newest: ring.newest, ..TraceRing::default() };
    }

    /// Returns true the first time.
    pub fn first_failure(&self) -> bool {
        !self.failed.swap(true, Ordering::Relaxed)
    }

    /// Returns how far the numbers have come, as it changes.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Returns traces, newest first.
    pub fn list(&self, range: TraceRange) -> Vec<Arc<RequestTrace>> {
        let ring = lock(&self.ring);
        let newest_first = ring.traces.iter().rev().map(|(_, trace)| trace);
        let within = newest_first
            .skip_while(|trace| trace.sequence >= range.before)
            .take_while(|trace| trace.sequence > range.after);
        within.filter(|trace| !range.failed || trace.is_failed()).take(range.limit).cloned().collect()
    }

    /// Finds a trace by its id, by that of the invocation within it, which is in the function's log, or by the beginning of it, if only one begins so.
    pub fn find(&self, id: &str) -> Option<Arc<RequestTrace>> {
        let ring = lock(&self.ring);
        let traces = || ring.traces.iter().rev().map(|(_, trace)| trace);
        let exact = traces().find(|trace| trace.id == id || trace.invocation() == Some(id));
        exact
            .or_else(|| {
                let mut beginning = traces().filter(|trace| {
                    id.len() >= 4
                        && (trace.id.starts_with(id) || trace.invocation().is_some_and(|own| own.starts_with(id)))
                });
                beginning.next().filter(|_| beginning.next().is_none())
            })
            .cloned()
    }
}

//! The last requests, and which of them a sandbox works on.

use super::active::{ActiveTrace, TraceOrigin};
use super::kept::{KeptTraces, TraceRange};
use super::record::RequestTrace;
use super::writer::{self, TraceSender};
use crate::lock::lock;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The traces of a cloud.
#[derive(Debug)]
pub struct TraceLog {
    kept: Arc<KeptTraces>,
    sender: TraceSender,
    /// By the session token of the sandbox.
    sandboxes: Mutex<HashMap<String, ActiveTrace>>,
}

impl TraceLog {
    /// Opens or makes the file. A line that is no trace, such as one that was not finished, is left out.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> std::io::Result<Arc<Self>> {
        let kept = Arc::new(KeptTraces::read(path)?);
        let sender = writer::start(path, Arc::clone(&kept))?;
        Ok(Arc::new(Self { kept, sender, sandboxes: Mutex::default() }))
    }

    /// Begins the trace of a request.
    pub fn begin(&self, origin: TraceOrigin) -> ActiveTrace {
        ActiveTrace::begin(origin, self.sender.clone())
    }

    /// Returns the trace of the request that a sandbox with this session token works on.
    pub(crate) fn of_sandbox(&self, token: &str) -> Option<ActiveTrace> {
        lock(&self.sandboxes).get(token).cloned()
    }

    pub(super) fn attach(&self, token: &str, trace: ActiveTrace) {
        let before = lock(&self.sandboxes).insert(token.to_owned(), trace);
        drop(before);
    }

    pub(super) fn detach(&self, token: &str) {
        let before = lock(&self.sandboxes).remove(token);
        drop(before);
    }

    /// Returns traces, newest first, with all that ended before this was called.
    pub async fn list(&self, range: TraceRange) -> Vec<Arc<RequestTrace>> {
        self.sender.flush().await;
        self.kept.list(range)
    }

    /// Returns the trace of a request by its id or by the beginning of it, if only one begins so.
    pub async fn find(&self, id: &str) -> Option<Arc<RequestTrace>> {
        self.sender.flush().await;
        self.kept.find(id)
    }

    /// Waits until there is a trace after a number, for so long at most.
    pub async fn wait(&self, after: u64, at_most: Duration) {
        let mut newest = self.kept.newest();
        // Nobody came in time: the list says so.
        let _ = tokio::time::timeout(at_most, newest.wait_for(|newest| *newest > after)).await;
    }

    /// Forgets all traces so far.
    pub async fn clear(&self) {
        self.sender.forget().await;
    }

    /// Returns how many traces were dropped because the writer lagged.
    pub fn lost(&self) -> u64 {
        self.sender.lost()
    }

    /// Returns the number of the newest trace; 0 when there never was one.
    pub fn newest(&self) -> u64 {
        *self.kept.newest().borrow()
    }
}

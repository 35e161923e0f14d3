//! Asynchronous invocations: accepted at once, run soon, retried as Lambda does ("How Lambda handles errors and retries
//! with asynchronous invocation").
//!
//! Every accepted event is a file until it is done: after `kill -9` it runs again.

use super::engine::FunctionRuntime;
use super::invocation::{InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions};
use crate::clock::Clock;
use crate::store::file;
use crate::store::function::FunctionRecord;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::{fs, io};
use tokio::sync::{Semaphore, mpsc};

/// After a function error: one minute to the second attempt, two to the third, which is the last.
const RETRY_AFTER_MS: [i64; 2] = [60_000, 120_000];
/// A throttled event is tried again for this long.
const MAX_AGE_MS: i64 = 6 * 3_600_000;
/// From one second up to five minutes between two attempts of a throttled event.
const MAX_BACKOFF_MS: i64 = 300_000;

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingInvocation {
    /// The same for all attempts.
    request_id: String,
    region: String,
    function: String,
    /// Base64.
    payload: String,
    trace_id: Option<String>,
    client_context: Option<String>,
    accepted_ms: i64,
    due_ms: i64,
    /// Attempts that ended in a function error.
    failures: usize,
    /// Attempts that were throttled.
    throttles: u32,
}

/// What is known of an event without its file, which may be large: when it is due, and its request id.
type DueInvocation = (i64, String);

/// The accepted events.
#[derive(Debug)]
pub struct InvocationQueue {
    dir: PathBuf,
    inbox: mpsc::UnboundedSender<DueInvocation>,
    /// One for each event that is in memory.
    attempts: Arc<Semaphore>,
}

/// So many events are tried at once, and in memory; the others stay in their files.
const MOST_ATTEMPTS: usize = 64;

/// What the worker needs to begin: the inbox and what an earlier run has left.
pub struct QueueBacklog {
    incoming: mpsc::UnboundedReceiver<DueInvocation>,
    left: Vec<DueInvocation>,
}

impl InvocationQueue {
    /// Opens the directory with the events that are not done.
    ///
    /// # Errors
    /// When it cannot be made or read. A file that is no event is skipped with a word in the cloud's own log.
    pub fn open(dir: &Path) -> io::Result<(Self, QueueBacklog)> {
        file::private_dir(dir)?;
        let mut left = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                match serde_json::from_slice::<PendingInvocation>(&fs::read(&path)?) {
                    Ok(pending) => left.push((pending.due_ms, pending.request_id)),
                    Err(error) => eprintln!("{} is no queued event and is left alone: {error}", path.display()),
                }
            }
        }
        let (inbox, incoming) = mpsc::unbounded_channel();
        Ok((
            Self { dir: dir.to_owned(), inbox, attempts: Arc::new(Semaphore::new(MOST_ATTEMPTS)) },
            QueueBacklog { incoming, left },
        ))
    }

    /// Accepts an event: it is on disk when this returns its request id.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub fn accept(
        &self,
        clock: &Clock,
        function: &FunctionRecord,
        payload: &Bytes,
        options: InvokeOptions,
    ) -> io::Result<String> {
        let now_ms = clock.now_ms();
        let pending = PendingInvocation {
            request_id: options.request_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            region: function.region.clone(),
            function: function.name.clone(),
            payload: STANDARD.encode(payload),
            trace_id: options.trace_id,
            client_context: options.client_context,
            accepted_ms: now_ms,
            due_ms: now_ms,
            failures: 0,
            throttles: 0,
        };
        self.save(&pending)?;
        let request_id = pending.request_id.clone();
        // The worker ends only with the cloud, and then the file is found by the next one.
        let _ = self.inbox.send((pending.due_ms, pending.request_id));
        Ok(request_id)
    }

    fn save(&self, pending: &PendingInvocation) -> io::Result<()> {
        file::replace(&self.path(&pending.request_id), &serde_json::to_vec(pending)?, false)
    }

    fn load(&self, request_id: &str) -> io::Result<PendingInvocation> {
        Ok(serde_json::from_slice(&fs::read(self.path(request_id))?)?)
    }

    fn path(&self, request_id: &str) -> PathBuf {
        self.dir.join(format!("{request_id}.json"))
    }

    /// Decides what follows an attempt: another one later, or the end.
    fn settle(&self, mut pending: PendingInvocation, attempt: &AttemptResult, now_ms: i64) {
        let delay_ms = match attempt {
            AttemptResult::Done => None,
            AttemptResult::Failed => RETRY_AFTER_MS.get(pending.failures).copied(),
            AttemptResult::Throttled if now_ms - pending.accepted_ms >= MAX_AGE_MS => None,
            AttemptResult::Throttled => Some((1000 << pending.throttles.min(10)).min(MAX_BACKOFF_MS)),
            // It stays as it is for the next start.
            AttemptResult::Interrupted => return,
        };
        match attempt {
            AttemptResult::Failed => pending.failures += 1,
            _ => pending.throttles += 1,
        }
        let result = match delay_ms {
            Some(delay_ms) => {
                pending.due_ms = now_ms + delay_ms;
                let saved = self.save(&pending);
                let _ = self.inbox.send((pending.due_ms, pending.request_id));
                saved
            }
            None => fs::remove_file(self.path(&pending.request_id)),
        };
        if let Err(error) = result {
            eprintln!("an asynchronous invocation may run once more after the next start: {error}");
        }
    }
}

enum AttemptResult {
    Done,
    Failed,
    Throttled,
    Interrupted,
}

/// Runs what is due until the runtime is gone.
pub async fn work(runtime: Weak<FunctionRuntime>, clock: Arc<Clock>, backlog: QueueBacklog) {
    let QueueBacklog { mut incoming, left } = backlog;
    let mut waiting = BTreeSet::from_iter(left);
    loop {
        let next = waiting.first().map(|(due_ms, _)| *due_ms);
        let due = async {
            clock.sleep_until(next.unwrap_or_default()).await;
            let attempts = Arc::clone(&runtime.upgrade()?.queue.attempts);
            attempts.acquire_owned().await.ok()
        };
        tokio::select! {
            received = incoming.recv() => match received {
                Some(added) => {
                    waiting.insert(added);
                }
                None => return,
            },
            permit = due, if next.is_some() => {
                let Some((runtime, permit)) = runtime.upgrade().zip(permit) else { return };
                let Some((_, request_id)) = waiting.pop_first() else { continue };
                tokio::spawn(async move {
                    match runtime.queue.load(&request_id) {
                        Ok(pending) => {
                            let attempt = attempt(&runtime, &pending).await;
                            runtime.queue.settle(pending, &attempt, runtime.clock.now_ms());
                        }
                        Err(error) => eprintln!("the event {request_id} is dropped: its file cannot be read: {error}"),
                    }
                    drop(permit);
                });
            }
        }
    }
}

async fn attempt(runtime: &Arc<FunctionRuntime>, pending: &PendingInvocation) -> AttemptResult {
    // The function as it is now: an update between two attempts counts.
    let document = runtime.store.snapshot();
    let Some(function) = document.region(&pending.region).functions.get(&pending.function) else {
        eprintln!("the event {} is dropped: its function {} is gone", pending.request_id, pending.function);
        return AttemptResult::Done;
    };
    let Ok(payload) = STANDARD.decode(&pending.payload) else {
        eprintln!("the event {} is dropped: its file is damaged", pending.request_id);
        return AttemptResult::Done;
    };
    let options = InvokeOptions {
        request_id: Some(pending.request_id.clone()),
        trace_id: pending.trace_id.clone(),
        client_context: pending.client_context.clone(),
        origin: InvocationOrigin::Queue(
            u32::try_from(pending.failures).unwrap_or(u32::MAX).saturating_add(pending.throttles),
        ),
    };
    match runtime.invoke(function, Bytes::from(payload), options).await.map(|invocation| invocation.outcome) {
        Ok(InvocationOutcome::Answered(_)) => AttemptResult::Done,
        Ok(InvocationOutcome::Failed(_)) | Err(InvocationRefused::CodeMissing { .. } | InvocationRefused::TooLarge) => {
            AttemptResult::Failed
        }
        Err(InvocationRefused::Throttled) => AttemptResult::Throttled,
        Err(InvocationRefused::ShuttingDown) => AttemptResult::Interrupted,
    }
}

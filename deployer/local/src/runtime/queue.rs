//! Asynchronous invocations: accepted at once, run soon, retried as Lambda does ("How Lambda handles errors and retries
//! with asynchronous invocation").
//!
//! Every accepted event is a file until it is done: after `kill -9` it runs again.

use super::engine::FunctionRuntime;
use super::given_up;
use super::invocation::{InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions};
use super::pending::{AttemptResult, InvocationDecision, PendingInvocation};
use crate::clock::Clock;
use crate::store::file;
use crate::store::function::FunctionRecord;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::{fs, io};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;

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

    /// Keeps an event for later.
    fn keep(&self, pending: PendingInvocation) {
        let saved = self.save(&pending);
        let _ = self.inbox.send((pending.due_ms, pending.request_id));
        Self::warn(saved);
    }

    /// Forgets an event.
    fn forget(&self, request_id: &str) {
        Self::warn(fs::remove_file(self.path(request_id)));
    }

    fn warn(result: io::Result<()>) {
        if let Err(error) = result {
            eprintln!("an asynchronous invocation may run once more after the next start: {error}");
        }
    }
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
                        Ok(pending) => try_once(&runtime, pending).await,
                        Err(error) => eprintln!("the event {request_id} is dropped: its file cannot be read: {error}"),
                    }
                    drop(permit);
                });
            }
        }
    }
}

/// Tries an event once and does what follows. What is given up is told before it is forgotten: a cloud that is killed between the two
/// tells it twice.
async fn try_once(runtime: &Arc<FunctionRuntime>, pending: PendingInvocation) {
    let request_id = pending.request_id.clone();
    let attempt = attempt(runtime, &pending).await;
    // The settings as they are now: a change while the function ran counts.
    let settings = runtime.store.read(|document| {
        document.region(&pending.region).functions.get(&pending.function).and_then(|it| it.asynchronous.clone())
    });
    match pending.after(attempt, settings.as_ref(), runtime.clock.now_ms()) {
        InvocationDecision::Later(pending) => runtime.queue.keep(pending),
        InvocationDecision::AtNextStart => {}
        InvocationDecision::Over => runtime.queue.forget(&request_id),
        InvocationDecision::GiveUp(pending, why, failure) => {
            let told_by = Arc::clone(runtime);
            let told = spawn_blocking(move || {
                let FunctionRuntime { store, queues, clock, .. } = &*told_by;
                given_up::tell(store, queues, clock, &pending, why, failure.as_deref())
            })
            .await;
            if let Err(problem) = told.map_err(|error| error.to_string()).and_then(|told| told) {
                eprintln!("that the event {request_id} is given up could not be told: {problem}");
            }
            runtime.queue.forget(&request_id);
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
    if pending.is_too_old(function.asynchronous.as_ref(), runtime.clock.now_ms()) {
        return AttemptResult::TooOld;
    }
    let Some(payload) = pending.event() else {
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
        Ok(InvocationOutcome::Failed(failure)) => AttemptResult::Failed(failure),
        Err(refused @ (InvocationRefused::CodeMissing { .. } | InvocationRefused::TooLarge)) => {
            AttemptResult::Failed(serde_json::json!({ "errorMessage": refused.to_string() }).to_string().into())
        }
        Err(InvocationRefused::Throttled) => AttemptResult::Throttled,
        Err(InvocationRefused::ShuttingDown) => AttemptResult::Interrupted,
    }
}

//! The Lambda data plane: runs the uploaded code.
//!
//! Every invocation has a process of its own, started from the unpacked zip with a clean environment and kept warm for the
//! next one. Initialisation has an allowance of its own (10 s); the function's timeout counts for the invocation alone.
//! Memory is reported, not limited, and `/tmp` is the machine's.

mod api;
mod environment;
mod failure;
mod log_access;
mod orphans;
mod output;
pub mod permission;
mod pool;
mod queue;
mod report;
mod run;
mod sandbox;
mod transcript;

use crate::clock::{Clock, real_ms};
use crate::logs::Logs;
use crate::store::Store;
use crate::store::function::FunctionRecord;
use api::Work;
use bytes::Bytes;
use pool::{Pools, Taken};
use queue::Queue;
use run::{Finished, INIT, Run};
use sandbox::Sandbox;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

/// The largest event of a synchronous invocation, in bytes.
pub const MAX_EVENT: usize = 6 * 1024 * 1024;

const REAP: Duration = Duration::from_secs(15);

/// What a caller may say about an invocation.
#[derive(Clone, Debug, Default)]
pub struct InvokeOptions {
    /// The id of the invocation; `None`: a new one.
    pub request_id: Option<String>,
    /// `X-Amzn-Trace-Id`; `None`: a new one, not sampled.
    pub trace_id: Option<String>,
    /// `X-Amz-Client-Context`, decoded.
    pub client_context: Option<String>,
}

/// A finished invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its id, which is in the log.
    pub request_id: String,
    /// What the function said.
    pub outcome: Outcome,
    /// The last 4 KB of its log, for `X-Amz-Log-Result`.
    pub log_tail: Vec<u8>,
    /// From handing over the event to the answer.
    pub duration: Duration,
}

/// What a function said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its answer.
    Answered(Bytes),
    /// An error object: reported by the function, or made of its crash or timeout. `X-Amz-Function-Error: Unhandled`.
    Failed(Bytes),
}

/// Why an invocation did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `TooManyRequestsException` 429, reason `ReservedFunctionConcurrentInvocationLimitExceeded`.
    #[error("Rate Exceeded.")]
    Throttled,
    /// `RequestTooLargeException` 413.
    #[error("Request must be smaller than {MAX_EVENT} bytes for the InvokeFunction operation")]
    TooLarge,
    /// `ServiceException` 500: the uploaded code is gone from the disk.
    #[error("the code of the function is not on this machine any more: upload it again")]
    CodeMissing,
    /// `ServiceException` 500.
    #[error("the embedded cloud is shutting down")]
    ShuttingDown,
}

/// Runs functions. Share it by `Arc`.
#[derive(Debug)]
pub struct Runtime {
    store: Arc<Store>,
    logs: Arc<Logs>,
    clock: Arc<Clock>,
    endpoint: String,
    queue: Queue,
    pools: Mutex<Pools>,
    /// One permit per invocation that has, or may start, a process.
    slots: Semaphore,
    max_processes: usize,
    closing: watch::Sender<bool>,
}

impl Runtime {
    /// A runtime without processes: those of an earlier cloud that was killed are ended. It goes on with the asynchronous
    /// invocations that are left in `queue`. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the directory `queue` cannot be used.
    pub fn open(
        queue: &Path,
        store: Arc<Store>,
        logs: Arc<Logs>,
        clock: Arc<Clock>,
        endpoint: String,
    ) -> io::Result<Arc<Self>> {
        let (queue, backlog) = Queue::open(queue)?;
        orphans::end(store.code().dir());
        // Functions mostly wait for the cloud itself: more processes than cores, but no fork bomb.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let max_processes = (4 * cores).max(16);
        let runtime = Arc::new(Self {
            store,
            logs,
            clock: Arc::clone(&clock),
            endpoint,
            queue,
            pools: Mutex::default(),
            slots: Semaphore::new(max_processes),
            max_processes,
            closing: watch::Sender::new(false),
        });
        tokio::spawn(reap(Arc::downgrade(&runtime)));
        tokio::spawn(queue::work(Arc::downgrade(&runtime), clock, backlog));
        Ok(runtime)
    }

    /// Runs a function once and returns what it says. When the caller goes away the invocation goes on, as on AWS.
    ///
    /// # Errors
    /// See [`Refused`]; a function that fails is no error but [`Outcome::Failed`].
    pub async fn invoke(
        self: &Arc<Self>,
        function: &FunctionRecord,
        event: Bytes,
        options: InvokeOptions,
    ) -> Result<Invocation, Refused> {
        if event.len() > MAX_EVENT {
            return Err(Refused::TooLarge);
        }
        let running = Running::enter(self, function).ok_or(Refused::Throttled)?;
        let function = function.clone();
        let task = tokio::spawn(async move {
            let runtime = Arc::clone(&running.runtime);
            let mut closing = runtime.closing.subscribe();
            tokio::select! {
                biased;
                () = async { drop(closing.wait_for(|closing| *closing).await) } => Err(Refused::ShuttingDown),
                result = runtime.run(&function, event, options) => result,
            }
        });
        // The task is never aborted, and a panic in it is a bug that must not take the cloud down.
        task.await.unwrap_or(Err(Refused::ShuttingDown))
    }

    /// Accepts an event for an asynchronous invocation and returns its request id. The event survives a restart; a function
    /// that fails gets it twice more, after one and two minutes of the cloud's clock.
    ///
    /// # Errors
    /// When the event cannot be saved.
    pub fn enqueue(&self, function: &FunctionRecord, event: &Bytes, options: InvokeOptions) -> io::Result<String> {
        self.queue.accept(&self.clock, function, event, options)
    }

    /// Ends the idle sandboxes of a function, and the busy ones after their invocation: its code or configuration has
    /// changed, or it is deleted.
    pub fn retire(&self, arn: &str) {
        let retired = self.pools().retire(arn);
        drop(retired);
    }

    /// Ends everything. Running invocations fail.
    pub async fn shutdown(&self) {
        self.closing.send_replace(true);
        let everything = u32::try_from(self.max_processes).unwrap_or(u32::MAX);
        // All permits: no invocation has a process any more. Nobody gets one again.
        if let Ok(permits) = self.slots.acquire_many(everything).await {
            permits.forget();
        }
        self.slots.close();
        let idle = self.pools().clear();
        drop(idle);
        self.logs.flush().await;
    }

    async fn run(
        &self,
        function: &FunctionRecord,
        event: Bytes,
        options: InvokeOptions,
    ) -> Result<Invocation, Refused> {
        let code = self.store.code().unpacked(&function.code_sha256).ok_or(Refused::CodeMissing)?;
        let _slot = self.slots.acquire().await.map_err(|_| Refused::ShuttingDown)?;
        let request_id = options.request_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let work = Work {
            request_id: request_id.clone(),
            payload: event,
            // Known when the work is handed over.
            deadline_ms: 0,
            arn: function.arn.clone(),
            trace_id: options.trace_id.unwrap_or_else(new_trace_id),
            client_context: options.client_context,
        };
        let Taken { warm, generation } = self.take(function).await;
        let run = Run::new(self, function, &request_id);
        let Finished { sandbox, log_tail, duration, result } = match warm {
            Some(sandbox) => run.warm(sandbox, work).await,
            None => run.cold(&code, work).await,
        };
        if let Some(sandbox) = sandbox {
            let refused = self.pools().put(&function.arn, generation, sandbox);
            drop(refused);
        }
        let outcome = match result {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure.payload(&request_id, function.timeout_s)),
        };
        Ok(Invocation { request_id, outcome, log_tail, duration })
    }

    /// A warm sandbox, or the right to start one: an idle one of another function is ended when there are too many.
    async fn take(&self, function: &FunctionRecord) -> Taken {
        loop {
            let mut rubbish = Vec::new();
            let mut taken = self.pools().take(&function.arn, &function.revision, &mut rubbish);
            drop(rubbish);
            let Some(sandbox) = &mut taken.warm else {
                let busy = self.max_processes - self.slots.available_permits();
                while let Some(evicted) = self.evict(self.max_processes - busy) {
                    drop(evicted);
                }
                return taken;
            };
            // It may have ended after its last answer: then the next one gets a chance, not the caller an error.
            if sandbox.ready(Instant::now() + INIT).await.is_ok() {
                return taken;
            }
        }
    }

    fn evict(&self, keep: usize) -> Option<Sandbox> {
        self.pools().evict(keep)
    }

    fn pools(&self) -> MutexGuard<'_, Pools> {
        // Every method leaves the pools consistent at each step: a panic elsewhere does no harm.
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running invocation, counted until it is dropped.
struct Running {
    runtime: Arc<Runtime>,
    arn: String,
}

impl Running {
    fn enter(runtime: &Arc<Runtime>, function: &FunctionRecord) -> Option<Self> {
        let entered = runtime.pools().enter(&function.arn, function.reserved_concurrency);
        entered.then(|| Self { runtime: Arc::clone(runtime), arn: function.arn.clone() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.runtime.pools().leave(&self.arn);
    }
}

async fn reap(runtime: Weak<Runtime>) {
    loop {
        tokio::time::sleep(REAP).await;
        let Some(runtime) = runtime.upgrade() else { return };
        let rubbish = runtime.pools().reap(std::time::Instant::now());
        drop(rubbish);
    }
}

/// Whether functions of a runtime are run here. Others can be kept until their code is replaced; calling them fails.
pub fn runs(runtime: &str) -> bool {
    matches!(runtime, "provided.al2023" | "provided.al2")
}

/// An X-Ray header that is not sampled: `Root=1-<seconds>-<24 hex digits>;Parent=…;Sampled=0`.
pub fn new_trace_id() -> String {
    let seconds = real_ms() / 1000;
    let random = uuid::Uuid::new_v4().simple().to_string();
    let parent = uuid::Uuid::new_v4().simple().to_string();
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", &random[..24], &parent[..16])
}

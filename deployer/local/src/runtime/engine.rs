//! Running functions: slots for processes, warm sandboxes, the queue of asynchronous invocations.

use super::api::InvocationWork;
use super::invocation::{FunctionInvocation, InvocationOutcome, InvocationRefused, InvokeOptions, MAX_EVENT, trace_id};
use super::pool::{SandboxPools, TakenSandbox};
use super::queue::{self, InvocationQueue};
use super::run::{FinishedRun, INIT, InvocationRun};
use super::sandbox::FunctionSandbox;
use super::traced::TracedInvocation;
use super::{metrics, orphans};
use crate::clock::Clock;
use crate::lock::lock;
use crate::logs::LogEngine;
use crate::queues::QueueEngine;
use crate::state::MetricStore;
use crate::store::CloudStore;
use crate::store::function::FunctionRecord;
use crate::trace::{ActiveTrace, SpanKind, TraceLog};
use bytes::Bytes;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

const REAP: Duration = Duration::from_secs(15);

/// Runs functions. Share it by `Arc`.
#[derive(Debug)]
pub struct FunctionRuntime {
    pub(super) store: Arc<CloudStore>,
    pub(super) logs: Arc<LogEngine>,
    pub(super) clock: Arc<Clock>,
    pub(super) traces: Arc<TraceLog>,
    pub(super) metrics: Arc<MetricStore>,
    pub(super) queues: Arc<QueueEngine>,
    pub(super) endpoint: String,
    pub(super) queue: InvocationQueue,
    pools: Mutex<SandboxPools>,
    /// One permit per invocation that has, or may start, a process.
    slots: Semaphore,
    max_processes: usize,
    closing: watch::Sender<bool>,
}

/// What a runtime is made from.
pub struct RuntimeParts {
    /// The functions and their code.
    pub store: Arc<CloudStore>,
    /// Where functions log.
    pub logs: Arc<LogEngine>,
    /// The time that the services see.
    pub clock: Arc<Clock>,
    /// Where invocations are traced.
    pub traces: Arc<TraceLog>,
    /// Where invocations are counted.
    pub metrics: Arc<MetricStore>,
    /// Whom events that are given up are told.
    pub queues: Arc<QueueEngine>,
    /// The URL of the cloud.
    pub endpoint: String,
}

impl FunctionRuntime {
    /// Makes a runtime without processes: those of an earlier cloud that was killed are ended. It goes on with the
    /// asynchronous
    /// invocations that are left in `queue`. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the directory `queue` cannot be used.
    pub fn open(queue: &Path, parts: RuntimeParts) -> io::Result<Arc<Self>> {
        let RuntimeParts { store, logs, clock, traces, metrics, queues, endpoint } = parts;
        let (queue, backlog) = InvocationQueue::open(queue)?;
        orphans::end(store.code().dir());
        // Functions mostly wait for the cloud itself: more processes than cores, but no fork bomb.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let max_processes = (4 * cores).max(16);
        let runtime = Arc::new(Self {
            store,
            logs,
            clock: Arc::clone(&clock),
            traces,
            metrics,
            queues,
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
    /// See [`InvocationRefused`]; a function that fails is no error but [`InvocationOutcome::Failed`].
    pub async fn invoke(
        self: &Arc<Self>,
        function: &FunctionRecord,
        event: Bytes,
        mut options: InvokeOptions,
    ) -> Result<FunctionInvocation, InvocationRefused> {
        let request_id = options.request_id.take().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let x_ray = trace_id(options.trace_id.as_deref());
        let traced =
            TracedInvocation::begin(&self.traces, self.clock.now_ms(), function, &request_id, &x_ray, &options.origin);
        let invocation =
            self.attempt(function, event, InvocationIds { request_id, x_ray }, options, &traced.trace).await;
        traced.end(function, &invocation);
        invocation
    }

    /// Runs a function once, as part of a trace.
    async fn attempt(
        self: &Arc<Self>,
        function: &FunctionRecord,
        event: Bytes,
        ids: InvocationIds,
        options: InvokeOptions,
        trace: &ActiveTrace,
    ) -> Result<FunctionInvocation, InvocationRefused> {
        if event.len() > MAX_EVENT {
            return Err(InvocationRefused::TooLarge);
        }
        let running = RunningInvocation::enter(self, function).ok_or_else(|| {
            metrics::throttled(&self.metrics, function);
            InvocationRefused::Throttled
        })?;
        let (function, trace) = (function.clone(), trace.clone());
        let task = tokio::spawn(async move {
            let runtime = Arc::clone(&running.runtime);
            let mut closing = runtime.closing.subscribe();
            tokio::select! {
                biased;
                () = async { drop(closing.wait_for(|closing| *closing).await) } => Err(InvocationRefused::ShuttingDown),
                result = runtime.run(&function, event, ids, options, &trace) => result,
            }
        });
        // The task is never aborted, and a panic in it is a bug that must not take the cloud down.
        task.await.unwrap_or(Err(InvocationRefused::ShuttingDown))
    }

    /// Accepts an event for an asynchronous invocation and returns its request id. The event survives a restart; a function
    /// that fails gets it twice more, after one and two minutes of the cloud's clock, where its settings say nothing else.
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
        ids: InvocationIds,
        options: InvokeOptions,
        trace: &ActiveTrace,
    ) -> Result<FunctionInvocation, InvocationRefused> {
        let code = self.store.code().unpacked(&function.code_sha256).ok_or_else(|| self.code_missing(function))?;
        let _slot = self.slot(trace).await?;
        let InvocationIds { request_id, x_ray } = ids;
        let work = InvocationWork {
            request_id: request_id.clone(),
            payload: event,
            // Known when the work is handed over.
            deadline_ms: 0,
            arn: function.arn.clone(),
            trace_id: x_ray,
            client_context: options.client_context,
        };
        let TakenSandbox { warm, generation } = self.take(function).await;
        let run = InvocationRun::new(self, function, &request_id, trace);
        let FinishedRun { sandbox, log_tail, duration, result } = match warm {
            Some(sandbox) => run.warm(sandbox, work).await,
            None => run.cold(&code, work).await,
        };
        if let Some(sandbox) = sandbox {
            let refused = self.pools().put(&function.arn, generation, sandbox);
            drop(refused);
        }
        let outcome = match result {
            Ok(answer) => InvocationOutcome::Answered(answer),
            Err(failure) => InvocationOutcome::Failed(failure.payload(&request_id, function.timeout_s)),
        };
        Ok(FunctionInvocation { request_id, outcome, log_tail, duration })
    }

    /// Makes the refusal for a function whose code is gone, and sees to it that the function shows that.
    fn code_missing(&self, function: &FunctionRecord) -> InvocationRefused {
        if let Err(error) = self.store.forget_lost_code() {
            eprintln!("that the code of {} is gone was not saved: {error}", function.name);
        }
        let code = self.store.code();
        let dir = code.place(&function.code_sha256).unwrap_or_else(|| code.dir().to_owned());
        InvocationRefused::CodeMissing { function: function.name.clone(), dir }
    }

    /// Waits until one process more may run; the trace tells of it when that took time.
    async fn slot(&self, trace: &ActiveTrace) -> Result<SemaphorePermit<'_>, InvocationRefused> {
        if let Ok(slot) = self.slots.try_acquire() {
            return Ok(slot);
        }
        let began = std::time::Instant::now();
        let slot = self.slots.acquire().await.map_err(|_| InvocationRefused::ShuttingDown)?;
        let name = format!("{} processes run", self.max_processes);
        trace.add(trace.span(SpanKind::Queue, name, began));
        Ok(slot)
    }

    /// Takes a warm sandbox, or the right to start one: an idle one of another function is ended when there are too
    /// many.
    async fn take(&self, function: &FunctionRecord) -> TakenSandbox {
        loop {
            let mut garbage = Vec::new();
            let ahead = self.clock.offset();
            let mut taken = self.pools().take(&function.arn, &function.revision, ahead, &mut garbage);
            drop(garbage);
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

    /// Takes a sandbox out, so that it is dropped without the lock.
    fn evict(&self, keep: usize) -> Option<FunctionSandbox> {
        self.pools().evict(keep)
    }

    fn pools(&self) -> MutexGuard<'_, SandboxPools> {
        lock(&self.pools)
    }
}

/// The ids of one invocation.
struct InvocationIds {
    request_id: String,
    /// The header of X-Ray.
    x_ray: String,
}

/// A running invocation, counted until it is dropped.
struct RunningInvocation {
    runtime: Arc<FunctionRuntime>,
    arn: String,
}

impl RunningInvocation {
    fn enter(runtime: &Arc<FunctionRuntime>, function: &FunctionRecord) -> Option<Self> {
        let entered = runtime.pools().enter(&function.arn, function.reserved_concurrency);
        entered.then(|| Self { runtime: Arc::clone(runtime), arn: function.arn.clone() })
    }
}

impl Drop for RunningInvocation {
    fn drop(&mut self) {
        self.runtime.pools().leave(&self.arn);
    }
}

async fn reap(runtime: Weak<FunctionRuntime>) {
    loop {
        tokio::time::sleep(REAP).await;
        let Some(runtime) = runtime.upgrade() else { return };
        let garbage = runtime.pools().reap(std::time::Instant::now());
        drop(garbage);
    }
}

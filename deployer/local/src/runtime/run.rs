//! One invocation on its way through a sandbox, warm or cold, and what is written into the log about it.

use super::api::InvocationWork;
use super::engine::FunctionRuntime;
use super::failure::{InvocationFailure, failure_text};
use super::invocation::runs;
use super::log_access::LogAccess;
use super::log_capture::LogCapture;
use super::metrics;
use super::report::{InvocationReport, PlatformLines};
use super::sandbox::FunctionSandbox;
use crate::clock::real_ms;
use crate::store::function::FunctionRecord;
use crate::trace::{ActiveTrace, SandboxCredential, SpanKind};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What Lambda grants a process to initialise outside of any invocation.
pub const INIT: Duration = Duration::from_secs(10);

/// An invocation.
pub struct InvocationRun<'a> {
    runtime: &'a FunctionRuntime,
    function: &'a FunctionRecord,
    request_id: &'a str,
    trace: &'a ActiveTrace,
    access: LogAccess,
}

/// What an invocation leaves.
pub struct FinishedRun {
    /// The sandbox, when it can be used again.
    pub sandbox: Option<FunctionSandbox>,
    /// The last 4 KB of the log.
    pub log_tail: Vec<u8>,
    /// From handing over the work to the answer.
    pub duration: Duration,
    /// The answer.
    pub result: Result<Bytes, InvocationFailure>,
}

impl<'a> InvocationRun<'a> {
    /// Prepares an invocation.
    pub fn new(
        runtime: &'a FunctionRuntime,
        function: &'a FunctionRecord,
        request_id: &'a str,
        trace: &'a ActiveTrace,
    ) -> Self {
        let access = runtime.store.read(|document| LogAccess::of(document, function));
        Self { runtime, function, request_id, trace, access }
    }

    /// Runs in a sandbox that has initialised before.
    pub async fn warm(&self, sandbox: FunctionSandbox, work: InvocationWork) -> FinishedRun {
        sandbox.log_capture().begin(self.access);
        sandbox.work_on(Some(self.trace));
        self.start(sandbox, work, None).await
    }

    /// Starts a process and initialises it. When that fails Lambda tries once more as part of the invocation, with the
    /// function's timeout: a slow start is no error as long as it fits into that.
    pub async fn cold(&self, code: &Path, work: InvocationWork) -> FinishedRun {
        let log_capture = Arc::new(self.log_capture());
        log_capture.begin(self.access);
        let begun = Instant::now();
        let launched = self.launch(code, &log_capture, begun + INIT).await;
        self.trace_start(begun, launched.as_ref().err());
        let failure = match launched {
            Ok(sandbox) => return self.start(sandbox, work, Some(begun.elapsed())).await,
            Err(failure) => failure,
        };
        log_capture.line(&self.platform().init_failed(millis(begun.elapsed()), &failure));
        log_capture.line(&self.platform().start(self.request_id));
        let begun = Instant::now();
        let work = self.with_deadline(work);
        let deadline = begun + self.timeout();
        match self.launch(code, &log_capture, deadline).await {
            Ok(mut sandbox) => {
                let result = sandbox.work(work, deadline).await;
                self.finish(sandbox, begun, None, result).await
            }
            Err(failure) => {
                let duration = begun.elapsed();
                self.trace_start(begun, Some(&failure));
                self.conclude(&log_capture, duration, None, None, Some(&failure));
                FinishedRun { sandbox: None, log_tail: log_capture.tail(), duration, result: Err(failure) }
            }
        }
    }

    /// Hands the work over to a sandbox that waits for it.
    async fn start(&self, mut sandbox: FunctionSandbox, work: InvocationWork, init: Option<Duration>) -> FinishedRun {
        sandbox.log_capture().line(&self.platform().start(self.request_id));
        let begun = Instant::now();
        let result = sandbox.work(self.with_deadline(work), begun + self.timeout()).await;
        self.finish(sandbox, begun, init, result).await
    }

    async fn launch(
        &self,
        code: &Path,
        log_capture: &Arc<LogCapture>,
        deadline: Instant,
    ) -> Result<FunctionSandbox, InvocationFailure> {
        if !runs(&self.function.runtime) {
            return Err(InvocationFailure::Runtime(self.function.runtime.clone()));
        }
        let (endpoint, ahead) = (&self.runtime.endpoint, self.runtime.clock.offset());
        let credential = SandboxCredential::new(Arc::clone(&self.runtime.traces));
        // What it calls while it starts belongs to the request that made it start.
        credential.attach(self.trace);
        let log_capture = Arc::clone(log_capture);
        let mut sandbox =
            FunctionSandbox::launch(self.function, code, endpoint, ahead, log_capture, credential).await?;
        let ready = sandbox.ready(deadline).await;
        if ready.is_err() {
            // Its last words explain why.
            sandbox.drain().await;
        }
        ready.map(|()| sandbox)
    }

    /// Completes the log.
    async fn finish(
        &self,
        sandbox: FunctionSandbox,
        begun: Instant,
        init: Option<Duration>,
        result: Result<Bytes, InvocationFailure>,
    ) -> FinishedRun {
        let duration = begun.elapsed();
        let used_mb = sandbox.used_mb();
        let span = self.trace.lasting(SpanKind::Run, &self.function.name, begun.into_std(), duration);
        let used = used_mb.map(|used| format!("{used} of {} MB", self.function.memory_mb));
        let problem = result.as_ref().err().map(|failure| self.problem(failure));
        self.trace.add(span.attribute("memory", used).problem(problem));
        sandbox.drain().await;
        sandbox.work_on(None);
        self.conclude(sandbox.log_capture(), duration, init, used_mb, result.as_ref().err());
        let log_tail = sandbox.log_capture().tail();
        let usable = result.as_ref().err().is_none_or(InvocationFailure::is_survivable);
        FinishedRun { sandbox: usable.then_some(sandbox), log_tail, duration, result }
    }

    fn conclude(
        &self,
        log_capture: &LogCapture,
        duration: Duration,
        init: Option<Duration>,
        used_mb: Option<u64>,
        failure: Option<&InvocationFailure>,
    ) {
        let platform = self.platform();
        let said = failure.and_then(|failure| platform.failure(self.request_id, failure, self.function.timeout_s));
        let report = InvocationReport {
            request_id: self.request_id,
            duration_ms: millis(duration),
            init_ms: init.map(millis),
            memory_mb: self.function.memory_mb,
            used_mb,
            failure,
        };
        for line in said.into_iter().chain(platform.end(&report)) {
            log_capture.line(&line);
        }
        metrics::invoked(&self.runtime.metrics, self.function, report.duration_ms, failure.is_some());
    }

    /// Adds the span of a start of the process.
    fn trace_start(&self, begun: Instant, failure: Option<&InvocationFailure>) {
        let span = self.trace.span(SpanKind::ColdStart, &self.function.name, begun.into_std());
        self.trace.add(span.problem(failure.map(|failure| self.problem(failure))));
    }

    /// Says why there is no answer, for the trace.
    fn problem(&self, failure: &InvocationFailure) -> String {
        match failure {
            InvocationFailure::Reported { body, .. } => failure_text(body),
            _ => format!("{}: {}", failure.error_type(), failure.message(self.function.timeout_s)),
        }
    }

    fn platform(&self) -> PlatformLines<'_> {
        PlatformLines { json: self.function.logging.format == "JSON", clock: &self.runtime.clock }
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.function.timeout_s))
    }

    fn with_deadline(&self, work: InvocationWork) -> InvocationWork {
        InvocationWork { deadline_ms: real_ms() + i64::from(self.function.timeout_s) * 1000, ..work }
    }

    fn log_capture(&self) -> LogCapture {
        if !self.access.write {
            eprintln!(
                "the function {} has no log: its role {} does not allow logs:CreateLogStream and logs:PutLogEvents on {}",
                self.function.name, self.function.role, self.function.logging.group
            );
        }
        let today = self.runtime.clock.now().date();
        let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
        let id = uuid::Uuid::new_v4().simple();
        let stream = format!("{year:04}/{month:02}/{day:02}/[$LATEST]{id}");
        LogCapture::new(&self.runtime.logs, &self.runtime.clock, self.function, stream)
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

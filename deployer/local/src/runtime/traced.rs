//! An invocation as its trace tells of it.

use super::failure::failure_text;
use super::invocation::{FunctionInvocation, InvocationOrigin, InvocationOutcome, InvocationRefused};
use crate::store::function::FunctionRecord;
use crate::trace::{ActiveTrace, RequestSource, SpanKind, TraceLog, TraceOrigin};
use std::time::Instant;

/// An invocation as a trace sees it.
pub struct TracedInvocation {
    /// The trace that it belongs to.
    pub trace: ActiveTrace,
    began: Instant,
    request_id: String,
    /// How often a queued event was tried before.
    tried: Option<u32>,
    /// Whether the trace is of this invocation alone.
    is_whole: bool,
}

impl TracedInvocation {
    /// Begins an invocation: with a trace of its own, or as a part of its request's. The time is the cloud's, in milliseconds.
    pub fn begin(
        traces: &TraceLog,
        time_ms: i64,
        function: &FunctionRecord,
        request_id: &str,
        x_ray: &str,
        origin: &InvocationOrigin,
    ) -> Self {
        let whole = |source| {
            let (id, trace_id, name) = (request_id.to_owned(), x_ray.to_owned(), function.name.clone());
            traces.begin(TraceOrigin { id, trace_id, source, name, time_ms })
        };
        let (trace, tried) = match origin {
            InvocationOrigin::Request(trace) => (trace.clone(), None),
            InvocationOrigin::Caller => (whole(RequestSource::Invoke), None),
            InvocationOrigin::Queue(tried) => (whole(RequestSource::Event), Some(*tried)),
        };
        let is_whole = !matches!(origin, InvocationOrigin::Request(_));
        Self { trace, began: Instant::now(), request_id: request_id.to_owned(), tried, is_whole }
    }

    /// Ends it with what came of it.
    pub fn end(self, function: &FunctionRecord, invocation: &Result<FunctionInvocation, InvocationRefused>) {
        let problem = match invocation {
            Ok(FunctionInvocation { outcome: InvocationOutcome::Answered(_), .. }) => None,
            Ok(FunctionInvocation { outcome: InvocationOutcome::Failed(error), .. }) => Some(failure_text(error)),
            Err(InvocationRefused::Throttled) => Some(match function.reserved_concurrency {
                Some(0) => "it is switched off: its reserved concurrency is 0".to_owned(),
                Some(limit) => format!("throttled: {limit} run already, its reserved concurrency"),
                None => "throttled".to_owned(),
            }),
            Err(refused) => Some(refused.to_string()),
        };
        let span = self.trace.span(SpanKind::Function, &function.name, self.began);
        let attempt = self.tried.filter(|tried| *tried > 0).map(|tried| tried.saturating_add(1));
        let span = span.attribute("request", Some(&self.request_id)).attribute("attempt", attempt);
        self.trace.add(span.problem(problem.clone()));
        if self.is_whole {
            self.trace.answered(None, problem);
        }
    }
}

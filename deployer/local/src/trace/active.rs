//! A trace while its request is worked on.

use super::record::{RequestSource, RequestTrace, SpanKind, TraceSpan, short};
use super::writer::TraceSender;
use crate::lock::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The most spans of a trace; further ones are counted.
const MOST_SPANS: usize = 200;

/// What is known of a request when it comes.
#[derive(Clone, Debug)]
pub struct TraceOrigin {
    /// The request's id.
    pub id: String,
    /// The header of X-Ray.
    pub trace_id: String,
    /// How it came.
    pub source: RequestSource,
    /// `POST /orders`, or the name of the function.
    pub name: String,
    /// When it came, on the cloud's clock, in milliseconds since 1970.
    pub time_ms: i64,
}

/// A trace that grows. Everybody who works on the request holds a clone; with the last one the trace is done.
#[derive(Clone, Debug)]
pub struct ActiveTrace(Arc<GrowingTrace>);

#[derive(Debug)]
struct GrowingTrace {
    began: Instant,
    trace: Mutex<Option<RequestTrace>>,
    sender: TraceSender,
}

impl ActiveTrace {
    /// Begins a trace that the sender gets when it is done.
    pub(super) fn begin(origin: TraceOrigin, sender: TraceSender) -> Self {
        let root = origin.trace_id.split(';').find(|part| part.trim_start().starts_with("Root="));
        let trace = RequestTrace {
            sequence: 0,
            id: origin.id,
            trace_id: root.unwrap_or(&origin.trace_id).trim().to_owned(),
            source: origin.source,
            name: short(origin.name),
            time_ms: origin.time_ms,
            duration_us: 0,
            status: None,
            problem: None,
            spans: Vec::new(),
            dropped_spans: 0,
        };
        Self(Arc::new(GrowingTrace { began: Instant::now(), trace: Mutex::new(Some(trace)), sender }))
    }

    /// Returns when the request came.
    pub fn began(&self) -> Instant {
        self.0.began
    }

    /// Makes a span that began at a time and ends now.
    pub fn span(&self, kind: SpanKind, name: impl Into<String>, began: Instant) -> TraceSpan {
        self.lasting(kind, name, began, began.elapsed())
    }

    /// Makes a span that began at a time and lasted so long.
    pub fn lasting(&self, kind: SpanKind, name: impl Into<String>, began: Instant, lasted: Duration) -> TraceSpan {
        TraceSpan {
            kind,
            name: short(name.into()),
            start_us: micros(began.saturating_duration_since(self.0.began)),
            duration_us: micros(lasted),
            status: None,
            problem: None,
            capacity: None,
            attributes: BTreeMap::new(),
        }
    }

    /// Adds a span.
    pub fn add(&self, span: TraceSpan) {
        self.change(|trace| match trace.spans.len() < MOST_SPANS {
            true => trace.spans.push(span),
            false => trace.dropped_spans += 1,
        });
    }

    /// Says that the request is answered now, and how.
    pub fn answered(&self, status: Option<u16>, problem: Option<String>) {
        let duration_us = micros(self.0.began.elapsed());
        self.change(|trace| {
            trace.duration_us = duration_us;
            trace.status = status;
            trace.problem = problem.map(short);
        });
    }

    fn change(&self, change: impl FnOnce(&mut RequestTrace)) {
        if let Some(trace) = lock(&self.0.trace).as_mut() {
            change(trace);
        }
    }
}

impl Drop for GrowingTrace {
    fn drop(&mut self) {
        if let Some(trace) = lock(&self.trace).take() {
            self.sender.send(trace);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

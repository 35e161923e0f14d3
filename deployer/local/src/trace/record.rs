//! A trace as it is kept and shown.

use super::capacity::CapacityUse;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest text in a trace, in bytes. Longer ones end in `…`: a trace says what happened, the data are elsewhere.
const LONGEST_TEXT: usize = 4 * 1024;

/// A request and everything that it led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestTrace {
    /// Counts the traces of a cloud, from 1; a newer one has a larger number.
    pub sequence: u64,
    /// The request's id: `x-amzn-RequestId`, or that of the invocation.
    pub id: String,
    /// The `Root=…` of X-Ray.
    pub trace_id: String,
    /// How it came.
    pub source: RequestSource,
    /// `POST /orders?limit=10`, or the name of the function.
    pub name: String,
    /// When it came, on the cloud's clock, in milliseconds since 1970.
    pub time_ms: i64,
    /// Microseconds until it was answered.
    pub duration_us: u64,
    /// The HTTP status of the answer; of requests through an API alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What was done for it, in the order in which it ended.
    pub spans: Vec<TraceSpan>,
    /// How many spans more there were than are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped_spans: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl RequestTrace {
    /// Tells whether it failed: a problem, or a status from 400 on.
    pub fn is_failed(&self) -> bool {
        self.problem.is_some() || self.status.is_some_and(|status| status >= 400)
    }

    /// Returns the first reason for a failure that the trace knows: its own, else that of the last span that has one.
    pub fn reason(&self) -> Option<&str> {
        let of_span = || self.spans.iter().rev().find_map(|span| span.problem.as_deref());
        self.problem.as_deref().or_else(|| self.is_failed().then(of_span).flatten())
    }

    /// Returns the capacity of tables that its calls consumed together; `None` where they consumed none.
    pub fn capacity(&self) -> Option<CapacityUse> {
        self.spans.iter().filter_map(|span| span.capacity).reduce(CapacityUse::and)
    }

    /// Returns the id of the invocation that it led to: the one that the function knows, and its log.
    pub fn invocation(&self) -> Option<&str> {
        let function = self.spans.iter().find(|span| span.kind == SpanKind::Function)?;
        function.attributes.get("request").map(String::as_str)
    }

    /// Returns the spans as a tree is read: each before those within it, siblings by their start.
    pub fn in_order(&self) -> Vec<&TraceSpan> {
        let mut spans: Vec<&TraceSpan> = self.spans.iter().collect();
        spans.sort_by_key(|span| (span.start_us, span.kind.depth(), std::cmp::Reverse(span.duration_us)));
        spans
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestSource {
    /// Through a deployed API.
    Api,
    /// By an `Invoke` that waits for the answer.
    Invoke,
    /// By an event that was queued: a schedule's, or an `Invoke` that does not wait.
    Event,
}

impl RequestSource {
    /// Returns the word that stands for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Invoke => "invoke",
            Self::Event => "event",
        }
    }
}

/// What a span is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// The gateway: from the request's arrival to its answer.
    Gateway,
    /// Who calls: a signature, the resource policy, an API key and its plan.
    Authorization,
    /// The rate of the stage or of the route.
    Throttle,
    /// An invocation of a function, with everything that it waits for.
    Function,
    /// Waiting until fewer processes run.
    Queue,
    /// Starting a process, until it asks for work.
    ColdStart,
    /// The function's code.
    Run,
    /// A call of the function to a service.
    Call,
}

impl SpanKind {
    /// Returns how deep it stands in the tree of spans.
    pub fn depth(self) -> usize {
        match self {
            Self::Gateway => 0,
            Self::Authorization | Self::Throttle | Self::Function => 1,
            Self::Queue | Self::ColdStart | Self::Run => 2,
            Self::Call => 3,
        }
    }

    /// Tells whether such a part holds parts of another kind.
    pub fn holds(self, other: Self) -> bool {
        match self {
            Self::Gateway => other.depth() == 1,
            Self::Function => other.depth() == 2,
            Self::Run => other == Self::Call,
            _ => false,
        }
    }

    /// Returns the word that stands for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Authorization => "authorization",
            Self::Throttle => "throttle",
            Self::Function => "function",
            Self::Queue => "queue",
            Self::ColdStart => "cold_start",
            Self::Run => "run",
            Self::Call => "call",
        }
    }
}

/// A part of what was done for a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceSpan {
    /// What it is about.
    pub kind: SpanKind,
    /// `/orders/{order_id}`, the name of a function, `dynamodb:PutItem`.
    pub name: String,
    /// Microseconds after the request's arrival.
    pub start_us: u64,
    /// Microseconds that it took.
    pub duration_us: u64,
    /// The HTTP status of a call's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The capacity of tables that a call consumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityUse>,
    /// Further facts by name: `item`, `statement`, `fault`, `memory`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl TraceSpan {
    /// Adds what went wrong, when something did.
    #[must_use]
    pub fn problem(self, problem: Option<String>) -> Self {
        Self { problem: problem.map(short), ..self }
    }

    /// Adds a status.
    #[must_use]
    pub fn status(self, status: Option<u16>) -> Self {
        Self { status, ..self }
    }

    /// Adds the capacity that a call consumed, when it consumed some.
    #[must_use]
    pub fn capacity(self, capacity: Option<CapacityUse>) -> Self {
        Self { capacity, ..self }
    }

    /// Adds a fact, when it is known.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.attributes.insert(name.to_owned(), short(value.to_string()));
        }
        self
    }
}

/// Returns a text of at most [`LONGEST_TEXT`] bytes.
pub(super) fn short(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push('…');
    }
    text
}

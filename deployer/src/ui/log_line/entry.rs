//! What a line of a log says.

use serde_json::{Map, Value};

/// What a line of a log says.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEntry<'m> {
    /// A request begins.
    Start {
        /// Its id.
        request: &'m str,
    },
    /// A request is over.
    End,
    /// What the start of an environment took that came to nothing.
    Init(InvocationReport<'m>),
    /// What a request took.
    Report(InvocationReport<'m>),
    /// The function tells of an HTTP request that it answered.
    Request {
        /// Status of its answer.
        status: u64,
        /// `POST /orders`.
        call: String,
        /// How long it took, in milliseconds.
        took_ms: Option<f64>,
        /// Id of the invocation.
        id: Option<String>,
        /// What went wrong, in the function's words.
        error: Option<String>,
    },
    /// A JSON object with a message.
    Record {
        /// `ERROR`.
        level: Option<String>,
        /// The message.
        message: String,
        /// The other members, as `name=value`.
        members: String,
    },
    /// Anything else.
    Text(&'m str),
}

/// The lines `REPORT` and `INIT_REPORT` of Lambda; the latter is of no request.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct InvocationReport<'m> {
    /// Id of the request.
    pub request: &'m str,
    /// `1.23 ms`.
    pub duration: &'m str,
    /// `256 MB`.
    pub memory: &'m str,
    /// `16 MB`.
    pub used: &'m str,
    /// `6.22 ms`, where an environment was started for it.
    pub init: Option<&'m str>,
    /// `timeout` or `error`.
    pub status: Option<&'m str>,
    /// `Runtime.ExitError`.
    pub error: Option<&'m str>,
}

/// Members that say what the line says already: when, how grave, for whose metrics.
const LEFT_OUT: &[&str] =
    &["_aws", "level", "message", "msg", "timestamp", "time", "fields", "request_id", "requestId"];

impl<'m> LogEntry<'m> {
    /// Reads a line.
    pub fn read(message: &'m str) -> Self {
        if let Some(rest) = message.strip_prefix("START RequestId: ") {
            return Self::Start { request: rest.split_whitespace().next().unwrap_or_default() };
        }
        if message.starts_with("END RequestId: ") {
            return Self::End;
        }
        if let Some(rest) = message.strip_prefix("REPORT RequestId: ") {
            let (request, rest) = rest.split_once('\t').unwrap_or((rest, ""));
            return Self::Report(InvocationReport { request: request.trim(), ..report(rest) });
        }
        if let Some(rest) = message.strip_prefix("INIT_REPORT ") {
            return Self::Init(report(rest));
        }
        match serde_json::from_str::<Value>(message) {
            Ok(Value::Object(members)) => request(&members).or_else(|| record(&members)).unwrap_or(Self::Text(message)),
            _ => Self::Text(message),
        }
    }
}

fn report(rest: &str) -> InvocationReport<'_> {
    let mut report = InvocationReport::default();
    for (name, value) in rest.split('\t').filter_map(|part| part.trim().split_once(": ")) {
        match name {
            "Duration" => report.duration = value,
            "Memory Size" => report.memory = value,
            "Max Memory Used" => report.used = value,
            "Init Duration" => report.init = Some(value),
            "Status" => report.status = Some(value),
            "Error Type" => report.error = Some(value),
            _ => {}
        }
    }
    report
}

fn text(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| members.get(*name)).and_then(Value::as_str).map(str::to_owned)
}

/// Reads what many frameworks write for a request: status, method and path.
fn request<'m>(members: &Map<String, Value>) -> Option<LogEntry<'m>> {
    let status = members.get("status").or_else(|| members.get("status_code")).and_then(Value::as_u64)?;
    let method = text(members, &["method"])?;
    let path = text(members, &["path", "route", "uri"])?;
    let took_ms = ["latency_ms", "duration_ms", "took_ms"].iter().find_map(|name| members.get(*name)?.as_f64());
    let id = text(members, &["request_id", "requestId"]);
    let error = text(members, &["error", "message"]);
    Some(LogEntry::Request { status, call: format!("{method} {path}"), took_ms, id, error })
}

/// Reads what loggers write: a message with its level, at the top or, as `tracing` has it, in `fields`.
fn record<'m>(members: &Map<String, Value>) -> Option<LogEntry<'m>> {
    let fields = members.get("fields").and_then(Value::as_object);
    let message = text(members, &["message", "msg"]).or_else(|| text(fields?, &["message"]))?;
    let named = |(name, value): (&String, &Value)| {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (!LEFT_OUT.contains(&name.as_str())).then(|| format!("{name}={shown}"))
    };
    let all = members.iter().chain(fields.into_iter().flatten());
    let members_text = all.filter_map(named).collect::<Vec<_>>().join(" ");
    Some(LogEntry::Record { level: text(members, &["level"]), message, members: members_text })
}

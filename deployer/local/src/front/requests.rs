//! The traces of requests over HTTP.

use super::otlp;
use crate::context::Context;
use crate::trace::{CapacityUse, RequestTrace, TraceRange};
use crate::wire::HttpRequest;
use http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The most traces of one answer.
const MOST: usize = 1_000;
/// The longest wait for a newer trace. A cloud that stops waits for those who wait here.
const LONGEST_WAIT_MS: u64 = 1_000;

/// A request in a list: without its spans.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestSummary<'a> {
    sequence: u64,
    id: &'a str,
    source: &'static str,
    name: &'a str,
    time_ms: i64,
    duration_us: u64,
    status: Option<u16>,
    failed: bool,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<CapacityUse>,
}

impl<'a> From<&'a RequestTrace> for RequestSummary<'a> {
    fn from(trace: &'a RequestTrace) -> Self {
        Self {
            sequence: trace.sequence,
            id: &trace.id,
            source: trace.source.name(),
            name: &trace.name,
            time_ms: trace.time_ms,
            duration_us: trace.duration_us,
            status: trace.status,
            failed: trace.is_failed(),
            reason: trace.reason(),
            capacity: trace.capacity(),
        }
    }
}

/// Answers `requests`: a list, newest first, or what is left after all were forgotten.
///
/// # Errors
/// What is wrong with the request, in words.
pub(super) async fn list(cx: &Context, request: &HttpRequest) -> Result<Value, String> {
    match *request.method() {
        Method::GET => {
            let query = ListQuery::read(request.uri().query().unwrap_or_default())?;
            if query.wait_ms > 0 {
                cx.traces.wait(query.range.after, Duration::from_millis(query.wait_ms)).await;
            }
            let traces = cx.traces.list(query.range).await;
            let requests: Vec<_> = traces.iter().map(|trace| RequestSummary::from(trace.as_ref())).collect();
            Ok(json!({ "requests": requests, "newest": cx.traces.newest(), "lost": cx.traces.lost() }))
        }
        Method::DELETE => {
            cx.traces.clear().await;
            Ok(json!({}))
        }
        ref other => Err(format!("{other} is not possible here: GET the requests, or DELETE them")),
    }
}

/// Answers `requests/{id}`: one trace with its spans. `None` when there is none of that id.
pub(super) async fn one(cx: &Context, id: &str) -> Option<Value> {
    let trace = cx.traces.find(id).await?;
    let mut value = serde_json::to_value(trace.as_ref()).unwrap_or_default();
    value["failed"] = json!(trace.is_failed());
    value["reason"] = json!(trace.reason());
    if let Some(capacity) = trace.capacity() {
        value["capacity"] = json!(capacity);
    }
    value["spans"] = json!(trace.in_order());
    Some(value)
}

/// Answers `requests/{id}/otlp`: one trace as a collector takes it. `None` when there is none of that id.
pub(super) async fn as_otlp(cx: &Context, id: &str) -> Option<Value> {
    Some(otlp::export(cx.traces.find(id).await?.as_ref()))
}

/// What a list is asked for.
#[derive(Debug)]
struct ListQuery {
    range: TraceRange,
    wait_ms: u64,
}

impl ListQuery {
    fn read(query: &str) -> Result<Self, String> {
        let mut read = Self { range: TraceRange::default(), wait_ms: 0 };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let number = |most: u64| match value.parse() {
                Ok(number) if number <= most => Ok(number),
                _ => Err(format!("{name} is {value:?}, not a whole number from 0 to {most}")),
            };
            match name.as_ref() {
                "after" => read.range.after = number(u64::MAX)?,
                "before" => read.range.before = number(u64::MAX)?,
                "limit" => read.range.limit = usize::try_from(number(MOST as u64)?).unwrap_or(MOST),
                "waitMs" => read.wait_ms = number(LONGEST_WAIT_MS)?,
                "failed" => {
                    let flag = value.parse();
                    read.range.failed = flag.map_err(|_| format!("failed is {value:?}, not true or false"))?;
                }
                _ => return Err(format!("{name} is not known: there are after, before, failed, limit and waitMs")),
            }
        }
        Ok(read)
    }
}

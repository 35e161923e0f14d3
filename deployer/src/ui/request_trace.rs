//! Requests to the embedded cloud, a line each, and one of them as a waterfall with the reasons.

use super::look::{TerminalLook, TextTone};
use super::text;
use serde::Deserialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The form of times in a list, as in that of log lines.
const DAY_TIME: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]:[second]");
/// Characters of an id in a list: as many as tell the last requests apart, and as `local trace` takes them.
const SHORT_ID: usize = 8;
/// Columns of the waterfall's bars.
const BAR: usize = 24;

/// A request, as a list has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine {
    /// Larger for a newer one.
    pub sequence: u64,
    /// The request's id.
    pub id: String,
    /// Method and path, or the function.
    pub name: String,
    /// On the cloud's clock, in milliseconds since 1970.
    pub time_ms: i64,
    /// Microseconds.
    pub duration_us: u64,
    /// The HTTP status, when it came through an API.
    pub status: Option<u16>,
    /// Whether it failed.
    pub failed: bool,
    /// Why it failed.
    pub reason: Option<String>,
}

/// A request with what it did.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestWaterfall {
    /// The request.
    #[serde(flatten)]
    pub line: RequestLine,
    /// The `Root` of X-Ray.
    pub trace_id: String,
    /// What was done for it, each before what is within it.
    pub spans: Vec<SpanLine>,
    /// How many spans more there were.
    #[serde(default)]
    pub dropped_spans: u64,
}

/// Read units and write units of DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct CapacityUse {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

/// A part of what was done for a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanLine {
    /// `gateway`, `function`, `call` …
    pub kind: String,
    /// The route, the function, the operation.
    pub name: String,
    /// Microseconds after the request came.
    pub start_us: u64,
    /// Microseconds.
    pub duration_us: u64,
    /// The HTTP status of a call.
    pub status: Option<u16>,
    /// What went wrong.
    pub problem: Option<String>,
    /// Capacity of tables that a call consumed.
    pub capacity: Option<CapacityUse>,
    /// Further facts by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// Renders a line a request, in the order given.
pub fn render_list(requests: &[RequestLine], look: &TerminalLook) -> String {
    requests.iter().map(|request| list_line(request, look)).collect()
}

fn list_line(request: &RequestLine, look: &TerminalLook) -> String {
    let time = moment(request.time_ms).and_then(|time| time.format(DAY_TIME).ok()).unwrap_or_default();
    let said = said(request);
    let said = if request.failed { look.paint(TextTone::Bad, said) } else { said };
    let took = look.paint(TextTone::Dim, milliseconds(request.duration_us));
    let id: String = request.id.chars().take(SHORT_ID).collect();
    format!("{}  {said}  {took}  {}\n", look.paint(TextTone::Dim, time), look.paint(TextTone::Dim, text::clean(&id)))
}

/// Returns status, name and reason of a request in one line.
fn said(request: &RequestLine) -> String {
    let status = request.status.map(|status| status.to_string());
    let outcome = status.unwrap_or_else(|| if request.failed { "failed" } else { "done" }.to_owned());
    let reason = request.reason.as_ref().map_or(String::new(), |reason| format!("  {}", text::clean(reason)));
    format!("{outcome}  {}{reason}", text::clean(&request.name))
}

/// Renders a request as a waterfall: a line for each part with when it ran, and under it what is known of it.
pub fn render_waterfall(request: &RequestWaterfall, look: &TerminalLook) -> String {
    let line = &request.line;
    let time = moment(line.time_ms).and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default();
    let tone = if line.failed { TextTone::Bad } else { TextTone::Strong };
    let mut out = format!("{}  {}\n", look.paint(tone, said(line)), milliseconds(line.duration_us));
    out += &look.paint(
        TextTone::Dim,
        format!("{time}  request {}  trace {}", text::clean(&line.id), text::clean(&request.trace_id)),
    );
    out += "\n\n";
    let labels: Vec<String> = request.spans.iter().map(label).collect();
    let width = labels.iter().map(|label| text::width(label)).max().unwrap_or(0).min(48);
    let end = request.spans.iter().map(|span| span.start_us.saturating_add(span.duration_us)).max().unwrap_or(0);
    for (span, label) in request.spans.iter().zip(&labels) {
        let tone = if span.problem.is_some() { TextTone::Bad } else { TextTone::Good };
        let bar = look.paint(tone, bar(span, end.max(line.duration_us)));
        let status = span.status.map_or(String::new(), |status| format!("  {status}"));
        out += &format!("{}  {bar}  {}{status}\n", text::pad(label, width), milliseconds(span.duration_us));
        let indent = "  ".repeat(depth(&span.kind) + 1);
        if let Some(problem) = &span.problem {
            out += &format!("{indent}{}\n", look.paint(TextTone::Bad, text::clean(problem)));
        }
        if let Some(CapacityUse { read, write }) = span.capacity {
            let units = [(read, "read"), (write, "write")].map(|(units, axis)| format!("{units} {axis}"));
            out += &format!("{indent}{} {} units\n", look.paint(TextTone::Dim, "capacity:"), units.join(" and "));
        }
        for (name, value) in &span.attributes {
            out += &format!(
                "{indent}{} {}\n",
                look.paint(TextTone::Dim, format!("{}:", text::clean(name))),
                text::clean(value)
            );
        }
    }
    if request.dropped_spans > 0 {
        out += &format!("and {} more that were not kept\n", request.dropped_spans);
    }
    out
}

fn label(span: &SpanLine) -> String {
    let kind = span.kind.replace('_', " ");
    let name = match span.kind.as_str() {
        "call" => span.name.clone(),
        // The function that they belong to stands above them.
        "cold_start" | "run" => kind,
        _ => format!("{kind} {}", span.name),
    };
    format!("{}{}", "  ".repeat(depth(&span.kind)), text::clean(&name))
}

/// Returns how deep a kind of span stands in the tree.
fn depth(kind: &str) -> usize {
    match kind {
        "gateway" => 0,
        "authorization" | "throttle" | "function" => 1,
        "queue" | "cold_start" | "run" => 2,
        _ => 3,
    }
}

/// Returns [`BAR`] columns, filled where the span ran; a short one has one column.
fn bar(span: &SpanLine, whole_us: u64) -> String {
    let column = |us: u64| usize::try_from(us.saturating_mul(BAR as u64) / whole_us.max(1)).unwrap_or(BAR).min(BAR);
    let from = column(span.start_us).min(BAR - 1);
    let to = column(span.start_us.saturating_add(span.duration_us)).max(from + 1);
    format!("{}{}{}", "·".repeat(from), "━".repeat(to - from), "·".repeat(BAR - to))
}

fn moment(time_ms: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(time_ms) * 1_000_000).ok()
}

/// Words microseconds: `0.8 ms`, `12 ms`, `1840 ms`.
fn milliseconds(us: u64) -> String {
    match us {
        0..9_950 => format!("{}.{} ms", (us + 50) / 1_000, (us + 50) % 1_000 / 100),
        _ => format!("{} ms", us.saturating_add(500) / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(failed: bool) -> serde_json::Value {
        json!({
            "sequence": 3, "id": "0a1b2c3d-8f83-4b88-a4f0-16441d416266", "source": "api", "name": "POST /orders?x=\u{1b}[31m",
            "timeMs": 1_700_000_000_000_i64, "durationUs": 12_345, "status": if failed { 502 } else { 201 }, "failed": failed,
            "reason": if failed { json!("the function api failed") } else { json!(null) },
        })
    }

    #[test]
    fn a_line_a_request() {
        let read = |value| serde_json::from_value::<RequestLine>(value).unwrap();
        let mut invoked = read(request(true));
        invoked.status = None;
        insta::assert_snapshot!(render_list(&[read(request(false)), read(request(true)), invoked], &TerminalLook::PLAIN), @r"
        22:13:20  201  POST /orders?x=\u{1b}[31m  12 ms  0a1b2c3d
        22:13:20  502  POST /orders?x=\u{1b}[31m  the function api failed  12 ms  0a1b2c3d
        22:13:20  failed  POST /orders?x=\u{1b}[31m  the function api failed  12 ms  0a1b2c3d
        ");
    }

    #[test]
    fn a_waterfall_with_the_reasons() {
        let span = |kind: &str, name: &str, start: u64, took: u64| json!({"kind": kind, "name": name, "startUs": start, "durationUs": took});
        let mut call = span("call", "dynamodb:PutItem", 6_000, 900);
        call["status"] = json!(400);
        call["problem"] = json!("AccessDeniedException: no");
        call["capacity"] = json!({"read": 0.5, "write": 0.0});
        call["attributes"] = json!({"item": "id=\u{202e}7", "verdict": "denied: no statement allows it"});
        let mut value = request(true);
        value["traceId"] = json!("Root=1-2-3");
        value["droppedSpans"] = json!(2);
        value["spans"] = json!([
            span("gateway", "POST /orders", 0, 12_345),
            span("authorization", "open to everybody", 3, 1),
            span("function", "api", 100, 12_000),
            span("cold_start", "api", 120, 4_000),
            span("run", "api", 4_200, 7_900),
            call,
        ]);
        let read: RequestWaterfall = serde_json::from_value(value).unwrap();
        insta::assert_snapshot!(render_waterfall(&read, &TerminalLook::PLAIN), @r"
        502  POST /orders?x=\u{1b}[31m  the function api failed  12 ms
        2023-11-14T22:13:20Z  request 0a1b2c3d-8f83-4b88-a4f0-16441d416266  trace Root=1-2-3

        gateway POST /orders               ━━━━━━━━━━━━━━━━━━━━━━━━  12 ms
          authorization open to everybody  ━·······················  0.0 ms
          function api                     ━━━━━━━━━━━━━━━━━━━━━━━·  12 ms
            cold start                     ━━━━━━━━················  4.0 ms
            run                            ········━━━━━━━━━━━━━━━·  7.9 ms
              dynamodb:PutItem             ···········━━···········  0.9 ms  400
                AccessDeniedException: no
                capacity: 0.5 read and 0 write units
                item: id=\u{202e}7
                verdict: denied: no statement allows it
        and 2 more that were not kept
        ");
    }

    #[test]
    fn every_bar_has_its_columns() {
        for (start, took, whole) in [(0, 0, 0), (0, 10, 10), (10, 0, 10), (9, 5, 10), (u64::MAX, u64::MAX, 3)] {
            let span = SpanLine {
                kind: "call".to_owned(),
                name: String::new(),
                start_us: start,
                duration_us: took,
                status: None,
                problem: None,
                capacity: None,
                attributes: BTreeMap::new(),
            };
            let bar = bar(&span, whole);
            assert_eq!(bar.chars().count(), BAR, "{start} {took} {whole}: {bar}");
            assert!(bar.contains('━'), "{start} {took} {whole}: {bar}");
        }
    }
}

//! A trace in OpenTelemetry's form, as a collector takes it: OTLP/JSON
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids in hexadecimal, times and other 64-bit numbers as text.

use crate::trace::{RequestTrace, SpanKind, TraceSpan};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The code of a status that is an error.
const ERROR: u8 = 2;

/// Writes a trace as an `ExportTraceServiceRequest`.
pub(super) fn export(trace: &RequestTrace) -> Value {
    let spans = trace.in_order();
    let parents = parents(&spans);
    let trace_id = trace_id(trace);
    let begin_ns = i128::from(trace.time_ms) * 1_000_000;
    let time = |us: u64| (begin_ns + i128::from(us) * 1_000).to_string();
    let shown = spans.iter().enumerate().map(|(number, span)| {
        let mut shown = json!({
            "traceId": trace_id,
            "spanId": span_id(trace, number),
            "name": name(trace, span),
            "kind": kind(span.kind),
            "startTimeUnixNano": time(span.start_us),
            "endTimeUnixNano": time(span.start_us.saturating_add(span.duration_us)),
            "attributes": attributes(trace, span),
        });
        if let Some(parent) = parents.get(number).copied().flatten() {
            shown["parentSpanId"] = json!(span_id(trace, parent));
        }
        if let Some(problem) = &span.problem {
            shown["status"] = json!({ "code": ERROR, "message": problem });
        }
        if span.kind == SpanKind::Gateway && trace.is_failed() {
            shown["status"] = json!({ "code": ERROR, "message": trace.reason().unwrap_or_default() });
        }
        shown
    });
    let shown: Vec<Value> = shown.collect();
    let resource = [text("service.name", "deployer-local"), text("cloud.provider", "aws")];
    let scope = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{ "scope": scope, "spans": shown }],
    }] })
}

/// Returns for each span the number of the one that it is within: the last before it that holds such a one.
fn parents(spans: &[&TraceSpan]) -> Vec<Option<usize>> {
    let parent = |(number, span): (usize, &&TraceSpan)| {
        spans.get(..number)?.iter().rposition(|before| before.kind.holds(span.kind))
    };
    spans.iter().enumerate().map(parent).collect()
}

/// Returns the id of W3C that X-Ray's stands for: its digits without the version and the hyphens
/// ("Tracing header" of X-Ray). A header that a caller made up gets one of its own.
fn trace_id(trace: &RequestTrace) -> String {
    let root = trace.trace_id.trim_start_matches("Root=");
    let digits: String = root.split_once('-').map_or("", |(_, rest)| rest).split('-').collect();
    let is_id = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_id { digits.to_ascii_lowercase() } else { hex(&Sha256::digest(trace.trace_id.as_bytes()), 16) }
}

/// Returns an id that a span has whenever it is asked for.
fn span_id(trace: &RequestTrace, number: usize) -> String {
    hex(&Sha256::digest(format!("{} {number}", trace.id).as_bytes()), 8)
}

fn hex(bytes: &[u8], count: usize) -> String {
    bytes.iter().take(count).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns who is called by whom: `SPAN_KIND_SERVER` is what comes in, `SPAN_KIND_CLIENT` what goes out, `SPAN_KIND_INTERNAL` the rest.
fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Gateway => 2,
        SpanKind::Call => 3,
        _ => 1,
    }
}

fn name<'a>(trace: &'a RequestTrace, span: &'a TraceSpan) -> &'a str {
    match span.kind {
        SpanKind::Gateway => &trace.name,
        SpanKind::Function | SpanKind::Call => &span.name,
        other => other.name(),
    }
}

/// Returns what is known of a span, by the names of OpenTelemetry's conventions where there are some.
fn attributes(trace: &RequestTrace, span: &TraceSpan) -> Vec<Value> {
    let mut shown = Vec::new();
    let status = span.status.or(trace.status.filter(|_| span.kind == SpanKind::Gateway));
    shown.extend(status.map(|status| whole("http.response.status_code", u64::from(status))));
    match span.kind {
        SpanKind::Gateway => shown.push(text("http.route", &span.name)),
        SpanKind::Function => shown.push(text("faas.name", &span.name)),
        SpanKind::Call => {
            let (service, method) = span.name.split_once(':').unwrap_or(("", &span.name));
            shown.extend([text("rpc.system", "aws-api"), text("rpc.service", service), text("rpc.method", method)]);
        }
        SpanKind::Authorization | SpanKind::Throttle | SpanKind::Queue => shown.push(text("deployer.what", &span.name)),
        SpanKind::ColdStart => shown.push(json!({ "key": "faas.coldstart", "value": { "boolValue": true } })),
        SpanKind::Run => {}
    }
    if let Some(capacity) = span.capacity {
        let units = [("aws.dynamodb.read_units", capacity.read), ("aws.dynamodb.write_units", capacity.write)];
        shown.extend(units.map(|(name, units)| json!({ "key": name, "value": { "doubleValue": units } })));
    }
    shown.extend(span.attributes.iter().map(|(name, value)| match (name.as_str(), span.kind) {
        ("request", SpanKind::Function) => text("faas.invocation_id", value),
        ("request", _) => text("aws.request_id", value),
        _ => text(&format!("deployer.{name}"), value),
    }));
    shown
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn whole(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::RequestSource;
    use std::collections::BTreeMap;

    fn span(kind: SpanKind, start_us: u64, duration_us: u64) -> TraceSpan {
        TraceSpan {
            kind,
            name: "dynamodb:PutItem".to_owned(),
            start_us,
            duration_us,
            status: None,
            problem: (kind == SpanKind::Call).then(|| "no".to_owned()),
            capacity: None,
            attributes: BTreeMap::from([("request".to_owned(), "r-1".to_owned())]),
        }
    }

    fn trace(trace_id: &str) -> RequestTrace {
        RequestTrace {
            sequence: 1,
            id: "id".to_owned(),
            trace_id: trace_id.to_owned(),
            source: RequestSource::Api,
            name: "POST /orders".to_owned(),
            time_ms: 1_700_000_000_123,
            duration_us: 100,
            status: Some(502),
            problem: None,
            spans: vec![
                span(SpanKind::Call, 30, 5),
                span(SpanKind::ColdStart, 5, 10),
                span(SpanKind::Run, 20, 60),
                span(SpanKind::Function, 2, 90),
                span(SpanKind::Authorization, 1, 1),
                span(SpanKind::Gateway, 0, 100),
            ],
            dropped_spans: 0,
        }
    }

    #[test]
    fn spans_stand_within_each_other_with_times_of_64_bits_as_text() {
        let exported = export(&trace("Root=1-67891233-ABCDEF012345678912345678"));
        let spans = exported["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let id_of = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap()["spanId"].clone();
        let parents: Vec<_> = spans.iter().map(|span| (&span["name"], &span["parentSpanId"])).collect();
        let expected = [
            ("POST /orders", Value::Null),
            ("authorization", id_of("POST /orders")),
            ("dynamodb:PutItem", id_of("POST /orders")),
            ("cold_start", spans[2]["spanId"].clone()),
            ("run", spans[2]["spanId"].clone()),
            ("dynamodb:PutItem", id_of("run")),
        ];
        assert_eq!(parents.len(), expected.len());
        for ((name, parent), (expected_name, expected_parent)) in parents.iter().zip(&expected) {
            assert_eq!((*name, *parent), (&json!(expected_name), expected_parent));
        }
        assert_eq!(spans[0]["traceId"], "67891233abcdef012345678912345678");
        assert_eq!(spans[0]["startTimeUnixNano"], "1700000000123000000");
        assert_eq!(spans[5]["endTimeUnixNano"], "1700000000123035000");
        assert_eq!((&spans[0]["kind"], &spans[5]["kind"], &spans[4]["kind"]), (&json!(2), &json!(3), &json!(1)));
        assert_eq!(spans[5]["status"], json!({ "code": 2, "message": "no" }));
        assert_eq!(spans[0]["status"]["message"], "no", "the reason of the whole");
        assert!(spans[4]["status"].is_null());
        let ids: std::collections::BTreeSet<_> = spans.iter().map(|span| span["spanId"].as_str().unwrap()).collect();
        assert!(ids.len() == 6 && ids.iter().all(|id| id.len() == 16), "{ids:?}");
    }

    #[test]
    fn a_header_that_is_no_id_gets_one() {
        for made_up in ["", "Root=1-x", "Root=1-67891233-abcdef01234567891234567g", "hello"] {
            let id = trace_id(&trace(made_up));
            assert!(id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{made_up}: {id}");
        }
    }
}

//! The last requests, and one of them as a waterfall with the reasons.

use super::layout::{Page, address, facts, milliseconds, moment, not_found, page, with_query};
use super::traffic::{outcome, rows};
use super::visit::PageVisit;
use crate::trace::{RequestTrace, SpanKind, TraceRange, TraceSpan};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Requests on a page.
const ON_A_PAGE: usize = 100;

/// Shows the last requests, or those that failed.
pub async fn list(visit: &PageVisit, query: &BTreeMap<String, String>) -> Page {
    let failed = query.get("failed").is_some_and(|failed| failed == "true");
    let before = query.get("before").and_then(|before| before.parse().ok()).unwrap_or(u64::MAX);
    let traces = visit.cx.traces.list(TraceRange { before, failed, limit: ON_A_PAGE, ..TraceRange::default() }).await;
    let title = if failed { "Failures" } else { "Requests" };
    let older = traces.last().filter(|_| traces.len() == ON_A_PAGE).map(|oldest| oldest.sequence.to_string());
    let list = address(&["requests"]);
    let content = html! {
        h1 { (title) }
        div data-live=[(before == u64::MAX).then_some("requests")] {
            @if traces.is_empty() {
                p { @if failed { "None of the last requests failed." } @else { "There was no request yet. Send one to the API's endpoint, or invoke a function." } }
            } @else { (rows(&traces)) }
            @if visit.cx.traces.lost() > 0 { p.reason { (visit.cx.traces.lost()) " requests came too fast to be kept." } }
        }
        @if let Some(older) = older {
            p { a href=(with_query(&list, &[("failed", if failed { "true" } else { "false" }), ("before", &older)])) { "Older ones" } }
        }
    };
    page(visit, title, content)
}

/// Shows what one request did.
pub async fn one(visit: &PageVisit, id: &str) -> Page {
    let Some(trace) = visit.cx.traces.find(id).await else {
        return not_found(visit, "None of the last requests has this id.");
    };
    let content = html! {
        h1 { bdi { (trace.name) } }
        @if let Some(reason) = trace.reason() { p.reason.large role="status" { bdi { (reason) } } }
        (facts([
            ("Answer", outcome(&trace)),
            ("Took", html! { (milliseconds(trace.duration_us)) }),
            ("Capacity", html! { @match trace.capacity() { Some(capacity) => (capacity), None => "none" } }),
            ("Came", html! { time { (moment(trace.time_ms)) } }),
            ("Request", html! { code { (trace.id) } }),
            ("X-Ray", html! { code { bdi { (trace.trace_id) } } }),
        ]))
        h2 { "What it did" }
        (waterfall(&trace))
        @if trace.dropped_spans > 0 { p { "And " (trace.dropped_spans) " more calls that were not kept." } }
    };
    page(visit, &trace.name, content)
}

fn waterfall(trace: &RequestTrace) -> Markup {
    let end = |span: &TraceSpan| span.start_us.saturating_add(span.duration_us);
    let whole = trace.spans.iter().map(end).max().unwrap_or(0).max(trace.duration_us).max(1);
    html! {
        ol.waterfall {
            @for span in trace.in_order() {
                li class=(classes(span)) {
                    div.span {
                        span.label { (label(span.kind)) " " bdi { (name(span)) } @if let Some(status) = span.status { " " span.status { (status) } } }
                        (bar(span, whole))
                        span.took { (milliseconds(span.duration_us)) }
                    }
                    @if let Some(problem) = &span.problem { p.reason { bdi { (problem) } } }
                    @if span.capacity.is_some() || !span.attributes.is_empty() {
                        dl.attributes { @if let Some(capacity) = span.capacity { div { dt { "capacity" } dd { (capacity) } } } @for (term, value) in &span.attributes { div { dt { (term) } dd { bdi { (value) } } } } }
                    }
                }
            }
        }
    }
}

/// Returns the classes of a span: how deep it stands, and whether it failed.
fn classes(span: &TraceSpan) -> String {
    let failed = if span.problem.is_some() { " failed" } else { "" };
    format!("depth-{}{failed}", span.kind.depth())
}

/// Renders when a span ran: a picture whose places are attributes, because styles within a page are forbidden.
fn bar(span: &TraceSpan, whole_us: u64) -> Markup {
    let share = |us: u64| us as f64 * 1_000.0 / whole_us as f64;
    let (from, width) = (share(span.start_us).min(995.0), share(span.duration_us).max(5.0));
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track x="0" y="0" width="1000" height="10" {}
            rect.fill x={ (format!("{from:.1}")) } y="0" width={ (format!("{:.1}", width.min(1_000.0 - from))) } height="10" {}
        }
    }
}

fn label(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Gateway => "gateway",
        SpanKind::Authorization => "authorization",
        SpanKind::Throttle => "throttle",
        SpanKind::Function => "function",
        SpanKind::Queue => "waits:",
        SpanKind::ColdStart => "cold start",
        SpanKind::Run => "run",
        SpanKind::Call => "call",
    }
}

/// Returns the name of a span where it says more than the one above it.
fn name(span: &TraceSpan) -> &str {
    if matches!(span.kind, SpanKind::ColdStart | SpanKind::Run) { "" } else { &span.name }
}

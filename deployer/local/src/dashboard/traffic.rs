//! Requests as rows: what came, how it ended, and why.

use super::layout::{address, milliseconds, moment};
use crate::trace::RequestTrace;
use maud::{Markup, html};
use std::sync::Arc;

/// Renders requests as a table, newest first.
pub fn rows(traces: &[Arc<RequestTrace>]) -> Markup {
    html! {
        table.requests {
            thead { tr { th scope="col" { "Time" } th scope="col" { "Answer" } th scope="col" { "Request" } th scope="col" { "Capacity" } th.number scope="col" { "Took" } } }
            tbody {
                @for trace in traces {
                    tr.failed[trace.is_failed()] {
                        td data-label="Time" { time { (moment(trace.time_ms)) } }
                        td data-label="Answer" { (outcome(trace)) }
                        td data-label="Request" {
                            a href=(address(&["requests", &trace.id])) { bdi { (trace.name) } }
                            @if let Some(reason) = trace.reason() { p.reason { bdi { (reason) } } }
                        }
                        td data-label="Capacity" { @match trace.capacity() { Some(capacity) => (capacity), None => span.none { "–" } } }
                        td.number data-label="Took" { (milliseconds(trace.duration_us)) }
                    }
                }
            }
        }
    }
}

/// Renders how a request ended.
pub fn outcome(trace: &RequestTrace) -> Markup {
    let text = match trace.status {
        Some(status) => status.to_string(),
        None if trace.is_failed() => "failed".to_owned(),
        None => "done".to_owned(),
    };
    html! { span.badge.bad[trace.is_failed()].good[!trace.is_failed()] { (text) } }
}

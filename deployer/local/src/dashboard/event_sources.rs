//! Event source mappings: what runs a function, and the functions that a queue or a table runs.

use super::layout::address;
use super::service_call::ask;
use super::visit::PageVisit;
use crate::context::Context;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::sync::Arc;

/// Returns the mappings of a function, as Lambda shows them.
///
/// # Errors
/// Lambda's, in words.
pub async fn of_function(cx: &Arc<Context>, region: &str, name: &str) -> Result<Vec<Value>, String> {
    list(cx, region, json!({ "FunctionName": name })).await
}

/// Returns the mappings of a queue or of a table's stream, as Lambda shows them.
///
/// # Errors
/// Lambda's, in words.
pub async fn of_source(cx: &Arc<Context>, region: &str, arn: &str) -> Result<Vec<Value>, String> {
    list(cx, region, json!({ "EventSourceArn": arn })).await
}

async fn list(cx: &Arc<Context>, region: &str, mut asked: Value) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    loop {
        let mut page =
            ask(cx, "lambda", "ListEventSourceMappings", region, &asked).await.map_err(|error| error.to_string())?;
        if let Value::Array(mappings) = page["EventSourceMappings"].take() {
            found.extend(mappings);
        }
        match page["NextMarker"].take() {
            Value::Null => return Ok(found),
            marker => asked["Marker"] = marker,
        }
    }
}

/// What an ARN names, if it has a page.
#[derive(Debug, PartialEq, Eq)]
struct NamedSource<'a> {
    kind: &'static str,
    folder: &'static str,
    region: &'a str,
    name: &'a str,
}

impl<'a> NamedSource<'a> {
    /// Reads the ARN of a queue, of a table's stream or of a function.
    fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, region, _, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (kind, folder, name) = match service {
            "sqs" => ("queue", "queues", resource),
            "dynamodb" => ("table", "tables", resource.strip_prefix("table/")?.split('/').next()?),
            "lambda" => ("function", "functions", resource.strip_prefix("function:")?),
            _ => return None,
        };
        Some(Self { kind, folder, region, name })
    }
}

/// Renders what an ARN names, with the way there.
pub fn named(arn: &str) -> Markup {
    match NamedSource::read(arn) {
        Some(source) => html! {
            a href=(address(&[source.folder, source.region, source.name])) { (source.kind) " " bdi { (source.name) } }
        },
        None => html! { code { bdi { (arn) } } },
    }
}

/// Renders the sources of a function: how each is, what came of its last work, and a switch.
pub fn sources(visit: &PageVisit, address: &str, mappings: &[Value]) -> Markup {
    html! {
        @for mapping in mappings {
            article {
                h3 { (named(text(mapping, "EventSourceArn"))) }
                (state(mapping))
                @let enabled = is_on(mapping);
                (visit.form(address, "source", html! {
                    input type="hidden" name="source" value=(text(mapping, "UUID"));
                    input type="hidden" name="enabled" value=(!enabled);
                    button type="submit" aria-label={ (if enabled { "Switch off " } else { "Switch on " }) (text(mapping, "EventSourceArn")) } {
                        (if enabled { "Switch off" } else { "Switch on" })
                    }
                }))
            }
        }
    }
}

/// Renders the functions that a source runs.
pub fn functions(region: &str, mappings: &[Value]) -> Markup {
    html! {
        @for mapping in mappings {
            @let arn = text(mapping, "FunctionArn");
            article {
                h3 { @match NamedSource::read(arn) {
                    Some(function) => a href=(address(&["functions", region, function.name])) { bdi { (function.name) } },
                    None => code { bdi { (arn) } },
                } }
                (state(mapping))
            }
        }
    }
}

fn state(mapping: &Value) -> Markup {
    let is_off = !is_on(mapping);
    let last = mapping["LastProcessingResult"].as_str();
    let filters = mapping["FilterCriteria"]["Filters"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        p {
            span.reason[is_off] { (text(mapping, "State")) } ", up to " (mapping["BatchSize"]) " at once"
            @if let Some(seconds) = mapping["MaximumBatchingWindowInSeconds"].as_u64().filter(|seconds| *seconds > 0) { ", gathered for " (seconds) " s" }
            @if let Some(most) = mapping["ScalingConfig"]["MaximumConcurrency"].as_u64() { ", at most " (most) " at the same time" }
            @if let Some(start) = mapping["StartingPosition"].as_str() { ", from " (start) }
        }
        @if let Some(last) = last { p.reason[is_problem(last)] { "Last: " bdi { (last) } } }
        @if let Some(queue) = mapping["DestinationConfig"]["OnFailure"]["Destination"].as_str() { p { "What is given up goes to " (named(queue)) } }
        @for filter in filters { p { "Only what fits " code { bdi { (text(filter, "Pattern")) } } } }
    }
}

fn is_on(mapping: &Value) -> bool {
    !matches!(text(mapping, "State"), "Disabled" | "Disabling")
}

/// Tells whether what came of the last work is worth a look. Lambda says `OK`, `No records processed` or `PROBLEM: …`
/// ("GetEventSourceMapping").
fn is_problem(last: &str) -> bool {
    last.starts_with("PROBLEM")
}

/// Switches a mapping on or off, as a form says.
///
/// # Errors
/// Lambda's refusal, in words.
pub async fn switch(cx: &Arc<Context>, region: &str, uuid: &str, enabled: &str) -> Result<String, String> {
    let enabled: bool = enabled.parse().map_err(|_| "it is switched on or off: true or false")?;
    let input = json!({ "UUID": uuid, "Enabled": enabled });
    ask(cx, "lambda", "UpdateEventSourceMapping", region, &input).await.map_err(|error| error.to_string())?;
    Ok(format!("It is switched {}.", if enabled { "on" } else { "off" }))
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_read_as_what_has_a_page() {
        for (arn, expected) in [
            ("arn:aws:sqs:eu-west-1:000000000000:jobs.fifo", Some(("queues", "jobs.fifo"))),
            (
                "arn:aws:dynamodb:eu-west-1:000000000000:table/Orders/stream/2026-01-01T00:00:00.000",
                Some(("tables", "Orders")),
            ),
            ("arn:aws:lambda:eu-west-1:000000000000:function:api", Some(("functions", "api"))),
            ("arn:aws:kinesis:eu-west-1:000000000000:stream/x", None),
            ("arn:aws:dynamodb:eu-west-1:000000000000:global-table/x", None),
            ("arn", None),
        ] {
            let read = NamedSource::read(arn).map(|source| (source.folder, source.name));
            assert_eq!(read, expected, "{arn}");
        }
    }
}

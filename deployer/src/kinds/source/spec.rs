//! A mapping as it is compared.

use super::place::{DescribedSource, target};
use crate::aws::arn::ArnScope;
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
use crate::kinds::{DesiredScope, ResourceId, StreamStart, TableBlock, queue, table};
use crate::stack::Stack;
use aws_sdk_lambda::types::{EventSourceMappingConfiguration, FunctionResponseType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Managed fields of a mapping. What is `None` and left out is about the other sort of sources.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceSpec {
    /// ARN of the queue or stream.
    pub source: String,
    /// Whether it runs the function.
    pub enabled: bool,
    /// Most messages or records of one run.
    pub batch_size: i32,
    /// Seconds.
    pub window: i32,
    /// Patterns.
    pub filter: Vec<Value>,
    /// Whether the function's answer names what it could not handle.
    pub partial_failures: bool,
    /// Most runs at once.
    pub max_concurrency: Option<i32>,
    /// TRIM_HORIZON or LATEST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Times; -1 without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
    /// Seconds; -1 without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
    /// Whether a batch that failed is split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bisect: Option<bool>,
    /// ARN of the queue that is told of what is given up.
    pub on_failure: Option<String>,
    /// Tags.
    pub tags: ResourceTags,
}

/// What Lambda says for no limit.
const ENDLESS: i32 = -1;

/// What stands for a stream that is not on yet.
const NOT_YET: &str = "(known when the table's stream is on)";

fn number(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl SourceSpec {
    /// Returns what the description asks for.
    ///
    /// # Errors
    /// `internal` for what is not declared, `refused` where a table of others has no stream.
    pub fn of(source: &DescribedSource, stack: &Stack, scope: &DesiredScope<'_>, tags: ResourceTags) -> Result<Self> {
        let block = &source.block;
        let (sort, id) = target(block);
        let is_stream = sort == table::NAME;
        let limit = |own: Option<u32>| is_stream.then(|| own.map_or(ENDLESS, number));
        let arn = if is_stream { stream(stack, id, scope)? } else { scope.arn.queue(&queue::name_of(stack, id)?) };
        let on_failure = block.on_failure.as_deref().map(|id| queue::name_of(stack, id)).transpose()?;
        Ok(Self {
            source: arn,
            enabled: block.enabled,
            batch_size: number(block.batch_size.unwrap_or(if is_stream { 100 } else { 10 })),
            window: number(block.window),
            filter: patterns(block.filter.iter().map(String::as_str)),
            partial_failures: block.partial_failures,
            max_concurrency: block.max_concurrency.map(number),
            start: is_stream.then(|| block.start.unwrap_or(StreamStart::TrimHorizon).position()),
            retries: limit(block.retries),
            max_age: limit(block.max_age),
            bisect: is_stream.then_some(block.bisect.unwrap_or(false)),
            on_failure: on_failure.map(|name| scope.arn.queue(&name)),
            tags,
        })
    }

    /// Reads a mapping.
    pub fn read(found: &EventSourceMappingConfiguration, tags: ResourceTags) -> Self {
        let source = found.event_source_arn().unwrap_or_default().to_owned();
        let is_stream = is_stream(&source);
        let failure = found.destination_config().and_then(|config| config.on_failure()?.destination());
        Self {
            enabled: !matches!(found.state(), Some("Disabled" | "Disabling")),
            batch_size: found.batch_size().unwrap_or_default(),
            window: found.maximum_batching_window_in_seconds().unwrap_or_default(),
            filter: patterns(found.filter_criteria().into_iter().flat_map(|c| c.filters()).filter_map(|f| f.pattern())),
            partial_failures: found.function_response_types().contains(&FunctionResponseType::ReportBatchItemFailures),
            max_concurrency: found.scaling_config().and_then(|config| config.maximum_concurrency()),
            start: found.starting_position().map(|start| start.as_str().to_owned()).filter(|_| is_stream),
            retries: is_stream.then(|| found.maximum_retry_attempts().unwrap_or(ENDLESS)),
            max_age: is_stream.then(|| found.maximum_record_age_in_seconds().unwrap_or(ENDLESS)),
            bisect: is_stream.then(|| found.bisect_batch_on_function_error().unwrap_or(false)),
            on_failure: failure.filter(|arn| !arn.is_empty()).map(str::to_owned),
            source,
            tags,
        }
    }

    /// Tells whether Lambda can be told of the source: it is there.
    pub fn is_known(&self) -> bool {
        self.source != NOT_YET
    }
}

/// Tells whether an ARN is one of a stream.
fn is_stream(source: &str) -> bool {
    source.contains(":table/")
}

/// Reads patterns, in one order: what is no JSON stays as it is.
fn patterns<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let mut patterns: Vec<Value> =
        texts.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))).collect();
    patterns.sort_by_key(Value::to_string);
    patterns
}

/// Returns the ARN of a table's stream, which has the time in it when the stream was switched on. A stream whose records are to carry
/// something else is not the one: it will be switched off, and another on.
fn stream(stack: &Stack, id: &str, scope: &DesiredScope<'_>) -> Result<String> {
    let own = stack.get::<TableBlock>(id);
    let place = ResourceId::new(if own.is_some() { table::NAME } else { table::EXTERNAL_PLACE }, id);
    let view = own.as_ref().and_then(|table| table.stream.as_ref()?.on()).map(|view| view.word());
    let stays = view.is_none_or(|view| scope.output(&place, table::STREAM_VIEW) == Some(view));
    match scope.output(&place, table::STREAM).filter(|_| stays) {
        Some(stream) => Ok(stream.to_owned()),
        None if own.is_some() => Ok(NOT_YET.to_owned()),
        None => Err(Error::refused(format!("{place} has no stream that could run a function"))
            .hint("What is others' is used as it is: have its owner switch a stream on.")),
    }
}

/// Returns the ARN pattern of all streams of a table, for policies.
pub fn streams(arn: &ArnScope, table: &str) -> String {
    format!("{}/stream/*", arn.table(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lambda_leaves_out_of_a_stream_means_no_limit() {
        let read = |source: &str| {
            let mapping = EventSourceMappingConfiguration::builder().event_source_arn(source).state("Enabled");
            SourceSpec::read(&mapping.build(), ResourceTags::new())
        };
        let stream = read("arn:aws:dynamodb:x:1:table/t/stream/a");
        assert_eq!((stream.retries, stream.max_age, stream.bisect), (Some(-1), Some(-1), Some(false)));
        let queue = read("arn:aws:sqs:x:1:q");
        assert_eq!((queue.retries, queue.max_age, queue.bisect, queue.enabled), (None, None, None, true));
    }

    #[test]
    fn patterns_are_compared_by_meaning() {
        let of = |list: &[&str]| patterns(list.iter().copied());
        assert_eq!(of(&["{\"a\": [1], \"b\": [2]}", "{}"]), of(&["{}", "{\"b\":[2],\"a\":[1]}"]));
        assert_ne!(of(&["{\"a\": [1]}"]), of(&["{\"a\": [2]}"]));
    }
}

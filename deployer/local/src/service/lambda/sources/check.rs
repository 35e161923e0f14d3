//! What Lambda checks of an event source mapping, and what it is when a caller says nothing.

use super::access;
use super::filter::is_pattern;
use super::input::MappingInput;
use crate::arn::queue_arn;
use crate::service::lambda::lookup::{constraint, invalid_parameter};
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::store::source_mapping::SourceMapping;
use crate::wire::validation::{constraint_of, in_range};
use crate::wire::{ServiceError, ServiceResult};
use std::collections::BTreeMap;

/// Patterns of a mapping, and characters of one.
const MOST_PATTERNS: usize = 10;
const LONGEST_PATTERN: usize = 4096;

/// Returns a mapping with Lambda's defaults, which nobody has configured yet.
pub(super) fn unconfigured(source_arn: String, function: String, now_ms: i64) -> SourceMapping {
    let batch_size = if source_arn.contains(":sqs:") { 10 } else { 100 };
    SourceMapping {
        source_arn,
        function,
        enabled: true,
        batch_size,
        window_s: 0,
        filters: Vec::new(),
        partial_failures: false,
        most_concurrent: None,
        start: None,
        parallel: 1,
        retries: -1,
        oldest_s: -1,
        bisect: false,
        on_failure: None,
        tags: BTreeMap::new(),
        modified_ms: now_ms,
        settling: None,
    }
}

/// Checks numbers against the ranges of the API's model.
fn check_ranges(input: &MappingInput) -> ServiceResult<()> {
    for (value, member, min, max) in [
        (input.batch_size, "batchSize", 1, 10_000),
        (input.maximum_batching_window_in_seconds, "maximumBatchingWindowInSeconds", 0, 300),
        (input.parallelization_factor, "parallelizationFactor", 1, 10),
        (input.maximum_retry_attempts, "maximumRetryAttempts", -1, 10_000),
        (input.maximum_record_age_in_seconds, "maximumRecordAgeInSeconds", -1, 604_800),
        (input.tumbling_window_in_seconds, "tumblingWindowInSeconds", 0, 900),
        (
            input.scaling_config.as_ref().and_then(|scaling| scaling.maximum_concurrency),
            "scalingConfig.maximumConcurrency",
            2,
            1000,
        ),
    ] {
        value.map_or(Ok(()), |value| in_range("ValidationException", value, member, min, max))?;
    }
    if input.maximum_record_age_in_seconds.is_some_and(|age| (0..60).contains(&age)) {
        return Err(invalid_parameter("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."));
    }
    Ok(())
}

/// Changes a mapping as a caller says, and checks what comes of it.
pub(super) fn apply(input: &MappingInput, mapping: &mut SourceMapping) -> ServiceResult<()> {
    check_ranges(input)?;
    if input.tumbling_window_in_seconds.is_some_and(|window| window > 0) {
        return Err(ServiceError::not_modelled("TumblingWindowInSeconds"));
    }
    check_kind(input, mapping.is_stream())?;
    let unsigned = |value: i64| u32::try_from(value).unwrap_or_default();
    mapping.enabled = input.enabled.unwrap_or(mapping.enabled);
    mapping.batch_size = input.batch_size.map_or(mapping.batch_size, unsigned);
    mapping.window_s = input.maximum_batching_window_in_seconds.map_or(mapping.window_s, unsigned);
    mapping.parallel = input.parallelization_factor.map_or(mapping.parallel, unsigned);
    mapping.retries = input.maximum_retry_attempts.unwrap_or(mapping.retries);
    mapping.oldest_s = input.maximum_record_age_in_seconds.unwrap_or(mapping.oldest_s);
    mapping.bisect = input.bisect_batch_on_function_error.unwrap_or(mapping.bisect);
    if let Some(criteria) = &input.filter_criteria {
        let patterns = criteria.filters.iter().map(|filter| filter.pattern.clone().unwrap_or_default());
        mapping.filters = patterns.collect();
        check_patterns(&mapping.filters)?;
    }
    if let Some(types) = &input.function_response_types {
        if let Some(other) = types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
            return Err(constraint(
                other,
                "functionResponseTypes",
                "satisfy enum value set: [ReportBatchItemFailures]",
            ));
        }
        mapping.partial_failures = !types.is_empty();
    }
    if let Some(scaling) = &input.scaling_config {
        mapping.most_concurrent = scaling.maximum_concurrency.map(unsigned);
    }
    if input.destination_config.is_some() {
        mapping.on_failure = input.destination().map(str::to_owned);
    }
    if mapping.batch_size > 10 && mapping.window_s == 0 && !mapping.is_stream() {
        return Err(invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ));
    }
    if mapping.source_arn.ends_with(".fifo") {
        if mapping.batch_size > 10 {
            return Err(invalid_parameter("Batch size must be at most 10 for SQS FIFO queues."));
        }
        if mapping.window_s > 0 {
            return Err(invalid_parameter("Batching window is not supported for FIFO queues"));
        }
    }
    Ok(())
}

/// Refuses settings of the other kind of source.
fn check_kind(input: &MappingInput, stream: bool) -> ServiceResult<()> {
    let unfit = if stream {
        input.scaling_config.is_some().then_some("ScalingConfig")
    } else {
        let of_streams = [
            (input.starting_position.is_some(), "StartingPosition"),
            (input.parallelization_factor.is_some(), "ParallelizationFactor"),
            (input.maximum_retry_attempts.is_some(), "MaximumRetryAttempts"),
            (input.maximum_record_age_in_seconds.is_some(), "MaximumRecordAgeInSeconds"),
            (input.bisect_batch_on_function_error.is_some(), "BisectBatchOnFunctionError"),
            (input.tumbling_window_in_seconds.is_some(), "TumblingWindowInSeconds"),
            (input.destination().is_some(), "DestinationConfig"),
        ];
        of_streams.into_iter().find(|(given, _)| *given).map(|(_, member)| member)
    };
    let kind = if stream { "DynamoDB streams" } else { "SQS" };
    unfit.map_or(Ok(()), |member| {
        Err(invalid_parameter(format!(
            "Unsupported parameter for given event source mapping type: {member} is not valid for {kind} event sources."
        )))
    })
}

fn check_patterns(patterns: &[String]) -> ServiceResult<()> {
    if patterns.len() > MOST_PATTERNS {
        return Err(invalid_parameter(format!("at most {MOST_PATTERNS} filters are allowed")));
    }
    if patterns.iter().any(|pattern| pattern.len() > LONGEST_PATTERN || !is_pattern(pattern)) {
        return Err(invalid_parameter("Invalid filter pattern definition."));
    }
    Ok(())
}

/// Checks where the reading of a stream begins.
pub(super) fn check_start(input: &MappingInput) -> ServiceResult<Option<String>> {
    match input.starting_position.as_deref() {
        Some("TRIM_HORIZON" | "LATEST") => Ok(input.starting_position.clone()),
        Some("AT_TIMESTAMP") => {
            Err(invalid_parameter("Unsupported starting position for DynamoDB streams: AT_TIMESTAMP."))
        }
        Some(other) => {
            Err(constraint(other, "startingPosition", "satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"))
        }
        None => Err(constraint_of("ValidationException", "Value null", "startingPosition", "not be null")),
    }
}

/// Checks a mapping against what there is: its queue, its function and what the function's role may do.
pub(super) fn check_surroundings(
    document: &CloudDocument,
    region: &str,
    mapping: &SourceMapping,
    function: &FunctionRecord,
) -> ServiceResult<()> {
    let queues = &document.region(region).queues.queues;
    let queue = |arn: &str| arn.strip_prefix(&queue_arn(region, "")).and_then(|name| queues.get(name));
    if !mapping.is_stream() {
        let queue = queue(&mapping.source_arn).ok_or_else(|| {
            invalid_parameter("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
        })?;
        let (visibility_s, timeout_s) = (queue.visibility_ms() / 1000, i64::from(function.timeout_s));
        if visibility_s < timeout_s {
            return Err(invalid_parameter(format!(
                "Queue visibility timeout: {visibility_s} seconds is less than Function timeout: {timeout_s} seconds"
            )));
        }
    }
    access::check_source(document, function, &mapping.source_arn).map_err(invalid_parameter)?;
    let Some(arn) = &mapping.on_failure else { return Ok(()) };
    if !arn.contains(":sqs:") {
        return Err(ServiceError::not_modelled(format_args!("the destination {arn}: only queues")));
    }
    match queue(arn) {
        Some(queue) if !queue.is_fifo() => {
            access::check_destination(document, function, arn).map_err(invalid_parameter)
        }
        Some(_) => Err(invalid_parameter("SQS FIFO queues are not supported as destinations.")),
        None => Err(invalid_parameter(format!("The destination ARN {arn} is invalid: there is no such queue."))),
    }
}

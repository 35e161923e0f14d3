//! How an event source mapping is shown.

use crate::arn::{arn, function_arn};
use crate::context::Context;
use crate::store::source_mapping::SourceMapping;
use serde_json::{Value, json};

/// Returns the ARN of a mapping.
pub(in crate::service::lambda) fn mapping_arn(region: &str, uuid: &str) -> String {
    arn("lambda", region, format_args!("event-source-mapping:{uuid}"))
}

/// Shows a mapping in a state, or in that which it has: `Enabled` or `Disabled`.
pub(super) fn view(cx: &Context, (region, uuid): (&str, &str), mapping: &SourceMapping, state: Option<&str>) -> Value {
    let resting = if mapping.enabled { "Enabled" } else { "Disabled" };
    let response_types = if mapping.partial_failures { vec!["ReportBatchItemFailures"] } else { Vec::new() };
    let mut view = json!({
        "UUID": uuid,
        "EventSourceMappingArn": mapping_arn(region, uuid),
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": function_arn(region, &mapping.function),
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": mapping.window_s,
        "FunctionResponseTypes": response_types,
        "LastModified": mapping.modified_ms / 1000,
        "State": state.or(mapping.settling_state(cx.clock.now_ms())).unwrap_or(resting),
        "StateTransitionReason": "USER_INITIATED",
    });
    if !mapping.filters.is_empty() {
        let filters: Vec<Value> = mapping.filters.iter().map(|pattern| json!({"Pattern": pattern})).collect();
        view["FilterCriteria"] = json!({"Filters": filters});
    }
    if let Some(most) = mapping.most_concurrent {
        view["ScalingConfig"] = json!({"MaximumConcurrency": most});
    }
    if mapping.is_stream() {
        let on_failure = mapping.on_failure.as_ref().map_or(json!({}), |queue| json!({"Destination": queue}));
        view["StartingPosition"] = json!(mapping.start);
        view["ParallelizationFactor"] = json!(mapping.parallel);
        view["MaximumRetryAttempts"] = json!(mapping.retries);
        view["MaximumRecordAgeInSeconds"] = json!(mapping.oldest_s);
        view["BisectBatchOnFunctionError"] = json!(mapping.bisect);
        view["TumblingWindowInSeconds"] = json!(0);
        view["DestinationConfig"] = json!({"OnFailure": on_failure});
        view["LastProcessingResult"] = json!("No records processed");
    }
    if let Some(result) = cx.sources.result(uuid) {
        view["LastProcessingResult"] = json!(result);
    }
    view
}

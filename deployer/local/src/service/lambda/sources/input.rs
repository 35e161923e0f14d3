//! What a caller says of an event source mapping.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The settings of a mapping.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MappingInput {
    pub event_source_arn: Option<String>,
    pub function_name: Option<String>,
    #[serde(rename = "UUID")]
    pub uuid: Option<String>,
    pub enabled: Option<bool>,
    pub batch_size: Option<i64>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub filter_criteria: Option<FilterCriteriaInput>,
    pub function_response_types: Option<Vec<String>>,
    pub scaling_config: Option<ScalingInput>,
    pub starting_position: Option<String>,
    pub parallelization_factor: Option<i64>,
    pub maximum_retry_attempts: Option<i64>,
    pub maximum_record_age_in_seconds: Option<i64>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub tumbling_window_in_seconds: Option<i64>,
    pub destination_config: Option<DestinationInput>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl MappingInput {
    /// Returns the ARN of who is told of what was given up.
    pub fn destination(&self) -> Option<&str> {
        let on_failure = self.destination_config.as_ref()?.on_failure.as_ref()?;
        on_failure.destination.as_deref().filter(|arn| !arn.is_empty())
    }
}

/// Patterns for records.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FilterCriteriaInput {
    #[serde(default)]
    pub filters: Vec<FilterInput>,
}

/// One pattern.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FilterInput {
    pub pattern: Option<String>,
}

/// How many invocations there may be.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ScalingInput {
    pub maximum_concurrency: Option<i64>,
}

/// Who is told of what was given up.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DestinationInput {
    pub on_failure: Option<OnFailureInput>,
}

/// Who is told of failures.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OnFailureInput {
    pub destination: Option<String>,
}

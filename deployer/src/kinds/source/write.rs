//! Changing a mapping.

use super::place::SourcePlace;
use super::read;
use super::read::SourceState;
use super::spec::SourceSpec;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::Error;
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::{ObservedResource, RetryRule, StepContext, StepResult, WriteProgress, tag_sync};
use aws_sdk_lambda::types::{
    DestinationConfig, EventSourcePosition, Filter, FilterCriteria, FunctionResponseType, OnFailure, ScalingConfig,
};
use std::time::Duration;

/// How long what a role may do takes to reach Lambda, which asks for it when a source is made.
const RIGHTS_PATIENCE: Duration = Duration::from_secs(60);

/// Says how to go on after Lambda found that the role may not read the source yet.
pub fn retry(error: &AwsError) -> Option<RetryRule> {
    (error.class == ErrorClass::RoleUnusable).then(|| RetryRule {
        patience: RIGHTS_PATIENCE,
        dense: (7, Duration::from_millis(500)),
        sparse: Duration::from_secs(2),
        reason: "the role's rights to become known to Lambda".into(),
        hint: "Lambda did not see for 60 s that the role may read the source, or send to the queue of `on_failure`. `deployer plan` shows whether its policy differs; a permissions boundary may forbid it.",
    })
}

/// Puts the settings of a mapping that `sends` tells into a request: CreateEventSourceMapping and UpdateEventSourceMapping take the
/// same ones, by builders that share no type.
macro_rules! with_settings {
    ($request:expr, $desired:expr, $sends:expr) => {{
        let (desired, sends) = ($desired, $sends);
        $request
            .set_enabled(sends("enabled").then_some(desired.enabled))
            .set_batch_size(sends("batch_size").then_some(desired.batch_size))
            .set_maximum_batching_window_in_seconds(sends("window").then_some(desired.window))
            .set_filter_criteria(sends("filter").then(|| criteria(desired)))
            .set_function_response_types(sends("partial_failures").then(|| response_types(desired)))
            .set_scaling_config(
                sends("max_concurrency")
                    .then(|| ScalingConfig::builder().set_maximum_concurrency(desired.max_concurrency).build()),
            )
            .set_maximum_retry_attempts(desired.retries.filter(|_| sends("retries")))
            .set_maximum_record_age_in_seconds(desired.max_age.filter(|_| sends("max_age")))
            .set_bisect_batch_on_function_error(desired.bisect.filter(|_| sends("bisect")))
            .set_destination_config(sends("on_failure").then(|| destination(desired)))
    }};
}

/// Creates the mapping.
pub async fn create(cx: &StepContext<'_>, desired: &SourceSpec) -> StepResult<WriteProgress> {
    if !desired.is_known() {
        return Err(Error::internal(format!("the stream of {} is not known", cx.place.id)).into());
    }
    // A setting that is off is not mentioned: not every sort of source takes every one.
    let sends = |field: &str| match field {
        "window" => desired.window > 0,
        "filter" => !desired.filter.is_empty(),
        "partial_failures" => desired.partial_failures,
        "max_concurrency" => desired.max_concurrency.is_some(),
        "on_failure" => desired.on_failure.is_some(),
        _ => true,
    };
    let request = with_settings!(cx.clients().lambda.create_event_source_mapping(), desired, sends)
        .function_name(SourcePlace::of(cx.place)?.function)
        .event_source_arn(&desired.source)
        .set_starting_position(desired.start.as_deref().map(EventSourcePosition::from))
        .set_tags(Some(desired.tags.clone().into_iter().collect()));
    let answer = cx.call(&op::CREATE_EVENT_SOURCE_MAPPING, || request.clone().send()).await?;
    cx.exists();
    Ok(progress(answer.state()))
}

/// Sends what differs. A mapping of another stream of the same table is made anew: Lambda cannot change what it reads.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &SourceSpec,
    observed: &ObservedResource<SourceSpec, SourceState>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    if touches(diff, "source") {
        return delete(cx, observed).await;
    }
    let lambda = &cx.clients().lambda;
    let SourceState { uuid, arn } = &observed.state;
    let mut progress_made = WriteProgress::Done;
    if diff.iter().any(|change| !change.path.starts_with("tags")) {
        let request = with_settings!(lambda.update_event_source_mapping(), desired, |field: &str| touches(diff, field))
            .uuid(uuid);
        let answer = cx.call(&op::UPDATE_EVENT_SOURCE_MAPPING, || request.clone().send()).await?;
        progress_made = progress(answer.state());
    }
    tag_sync::sync_lambda(cx, arn, &desired.tags, &observed.spec.tags).await?;
    Ok(progress_made)
}

/// Deletes the mapping: it takes nothing more from its source, and is gone when the runs that it began are over.
pub async fn delete(
    cx: &StepContext<'_>,
    observed: &ObservedResource<SourceSpec, SourceState>,
) -> StepResult<WriteProgress> {
    let lambda = &cx.clients().lambda;
    let uuid = &observed.state.uuid;
    let gone = cx
        .find(&op::DELETE_EVENT_SOURCE_MAPPING, || lambda.delete_event_source_mapping().uuid(uuid).send())
        .await?
        .is_none();
    Ok(if gone { WriteProgress::Done } else { WriteProgress::Settling })
}

fn progress(state: Option<&str>) -> WriteProgress {
    if read::settling(state).is_some() { WriteProgress::Settling } else { WriteProgress::Done }
}

fn criteria(desired: &SourceSpec) -> FilterCriteria {
    let filters = desired.filter.iter().map(|pattern| Filter::builder().pattern(pattern.to_string()).build());
    FilterCriteria::builder().set_filters(Some(filters.collect())).build()
}

fn response_types(desired: &SourceSpec) -> Vec<FunctionResponseType> {
    desired.partial_failures.then_some(FunctionResponseType::ReportBatchItemFailures).into_iter().collect()
}

fn destination(desired: &SourceSpec) -> DestinationConfig {
    let failure = OnFailure::builder().set_destination(desired.on_failure.clone()).build();
    DestinationConfig::builder().on_failure(failure).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::classify;

    #[test]
    fn rights_that_lambda_does_not_see_yet_are_waited_for() {
        let rights = "The provided execution role does not have permissions to call ReceiveMessage on SQS";
        for (code, message, waits) in [
            ("InvalidParameterValueException", rights, true),
            ("InvalidParameterValueException", "Batch size must be between 1 and 10000", false),
            ("ResourceConflictException", "An event source mapping with SQS arn already exists", false),
        ] {
            let op = &op::CREATE_EVENT_SOURCE_MAPPING;
            let error = AwsError {
                op,
                code: code.to_owned(),
                message: message.to_owned(),
                request_id: None,
                status: Some(400),
                class: classify(op, code, message, 400),
                advice: Vec::new(),
            };
            assert_eq!(retry(&error).is_some(), waits, "{message}");
        }
    }
}

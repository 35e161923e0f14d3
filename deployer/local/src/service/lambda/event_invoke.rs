//! `EventInvokeConfig`: what becomes of asynchronous invocations that fail.

use super::lookup::{constraint, function, function_mut, invalid_parameter};
use super::name;
use super::sources::access;
use crate::arn::queue_arn;
use crate::context::Context;
use crate::store::function::{AsynchronousSettings, FunctionRecord};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutInput {
    function_name: String,
    qualifier: Option<String>,
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
    destination_config: Option<AsynchronousDestinations>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AsynchronousDestinations {
    on_success: Option<AsynchronousDestination>,
    on_failure: Option<AsynchronousDestination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AsynchronousDestination {
    destination: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedInput {
    function_name: String,
    qualifier: Option<String>,
}

pub(super) fn put_function_event_invoke_config(cx: &Context, call: &Call) -> ServiceResult {
    let input: PutInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve_version(region, &input.function_name, input.qualifier.as_deref())?.name;
    let retries = ranged(input.maximum_retry_attempts, "maximumRetryAttempts", (0, 2))?;
    let max_age_s = ranged(input.maximum_event_age_in_seconds, "maximumEventAgeInSeconds", (60, 21_600))?;
    let given = |target: Option<AsynchronousDestination>| {
        target.and_then(|target| target.destination).filter(|destination| !destination.is_empty())
    };
    let (on_success, on_failure) =
        input.destination_config.map_or((None, None), |config| (given(config.on_success), given(config.on_failure)));
    if on_success.is_some() {
        return Err(ServiceError::not_modelled("OnSuccess of DestinationConfig"));
    }
    let settings = AsynchronousSettings { retries, max_age_s, on_failure, modified: cx.clock.now() };
    cx.store.write(|document| {
        let record = function(document, region, &name)?;
        if let Some(arn) = &settings.on_failure {
            check_destination(region, arn)?;
            access::check_destination(document, record, arn).map_err(invalid_parameter)?;
        }
        let record = function_mut(document, region, &name)?;
        let view = view(record, &settings);
        record.asynchronous = Some(settings);
        Ok(view)
    })
}

pub(super) fn get_function_event_invoke_config(cx: &Context, call: &Call) -> ServiceResult {
    let input: NamedInput = call.input()?;
    let name = name::resolve_version(&call.region, &input.function_name, input.qualifier.as_deref())?.name;
    cx.store.read(|document| {
        let record = function(document, &call.region, &name)?;
        record.asynchronous.as_ref().map(|settings| view(record, settings)).ok_or_else(|| without(record))
    })
}

pub(super) fn delete_function_event_invoke_config(cx: &Context, call: &Call) -> ServiceResult {
    let input: NamedInput = call.input()?;
    let name = name::resolve_version(&call.region, &input.function_name, input.qualifier.as_deref())?.name;
    cx.store.write(|document| {
        let record = function_mut(document, &call.region, &name)?;
        record.asynchronous.take().map(|_| Value::Null).ok_or_else(|| without(record))
    })
}

/// Checks that a number is in its range.
fn ranged(given: Option<i64>, member: &str, (least, most): (i64, i64)) -> ServiceResult<Option<u32>> {
    match given {
        Some(number) if number < least => {
            Err(constraint(number, member, format_args!("have value greater than or equal to {least}")))
        }
        Some(number) if number > most => {
            Err(constraint(number, member, format_args!("have value less than or equal to {most}")))
        }
        given => Ok(given.and_then(|number| u32::try_from(number).ok())),
    }
}

/// Checks that a destination is one that is modelled: a standard queue of this account and region.
fn check_destination(region: &str, arn: &str) -> ServiceResult<()> {
    if !arn.starts_with(&queue_arn(region, "")) {
        return Err(ServiceError::not_modelled(format_args!("the destination {arn}: only queues of {region} are")));
    }
    if arn.ends_with(".fifo") {
        return Err(invalid_parameter(format!("The destination ARN {arn} is invalid.")));
    }
    Ok(())
}

fn without(function: &FunctionRecord) -> ServiceError {
    let message = format!("The function {}:$LATEST doesn't have an EventInvokeConfig", function.arn);
    ServiceError::new(404, "ResourceNotFoundException", message)
}

fn view(function: &FunctionRecord, settings: &AsynchronousSettings) -> Value {
    let mut view = json!({
        "FunctionArn": format!("{}:$LATEST", function.arn),
        "LastModified": settings.modified.unix_timestamp(),
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    });
    if let Some(retries) = settings.retries {
        view["MaximumRetryAttempts"] = retries.into();
    }
    if let Some(max_age_s) = settings.max_age_s {
        view["MaximumEventAgeInSeconds"] = max_age_s.into();
    }
    if let Some(arn) = &settings.on_failure {
        view["DestinationConfig"]["OnFailure"]["Destination"] = arn.as_str().into();
    }
    view
}

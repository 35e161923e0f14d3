//! Reserved concurrency.

use super::lookup::{function, function_mut, invalid_parameter, latest};
use super::name;
use crate::context::Context;
use crate::wire::{Call, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};

/// Concurrent executions of an account in a region, unless raised.
pub(super) const ACCOUNT_LIMIT: u32 = 1000;
/// What must stay unreserved.
const MIN_UNRESERVED: u32 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutFunctionConcurrencyInput {
    function_name: String,
    reserved_concurrent_executions: u32,
}

pub(super) fn put_function_concurrency(cx: &Context, call: &Call) -> ServiceResult {
    let input: PutFunctionConcurrencyInput = call.input()?;
    let region = call.region.as_str();
    let name = name::resolve_unqualified(region, &input.function_name)?;
    let reserved = input.reserved_concurrent_executions;
    cx.store.write(|document| {
        latest(document, region, &name)?;
        function_mut(document, region, &name)?.reserved_concurrency = Some(reserved);
        let all = document.region(region).functions.values().filter_map(|f| f.reserved_concurrency);
        if all.fold(0, u32::saturating_add) > ACCOUNT_LIMIT - MIN_UNRESERVED {
            return Err(invalid_parameter(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution \
                 below its minimum value of [{MIN_UNRESERVED}]."
            )));
        }
        Ok(json!({"ReservedConcurrentExecutions": reserved}))
    })
}

pub(super) fn get_function_concurrency(cx: &Context, call: &Call) -> ServiceResult {
    let [function_name] = call.texts(["FunctionName"])?;
    let name = name::resolve(&call.region, function_name)?;
    cx.store.read(|document| match function(document, &call.region, &name)?.reserved_concurrency {
        Some(reserved) => Ok(json!({"ReservedConcurrentExecutions": reserved})),
        None => Ok(json!({})),
    })
}

pub(super) fn delete_function_concurrency(cx: &Context, call: &Call) -> ServiceResult {
    let [function_name] = call.texts(["FunctionName"])?;
    let name = name::resolve(&call.region, function_name)?;
    cx.store.write(|document| {
        function_mut(document, &call.region, &name)?.reserved_concurrency = None;
        Ok(Value::Null)
    })
}

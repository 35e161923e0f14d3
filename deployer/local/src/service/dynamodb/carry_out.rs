//! How operations are carried out: on items by the engine alone, on tables by what is around it.

use super::consumed::{self, CapacityAxis};
use super::engine::MeasuredAnswer;
use super::region_arn::{globalise, globalise_text, localise};
use super::stack_room::with_room;
use super::{engine, expression, legacy_query, page_end, removal, shape, table, target};
use crate::context::Context;
use crate::trace::CapacityUse;
use crate::wire::{Call, JsonVersion, Output, ServiceError, ServiceResult, aws_json};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Carries an operation on items out.
pub(super) async fn item(cx: &Arc<Context>, call: &Call) -> ServiceResult<Output> {
    let (cx, call) = (Arc::clone(cx), call.clone());
    let answered = spawn_blocking(move || {
        with_room(&call.payload, || items(&cx, &call)).map_err(|error| explained(&cx, &call, error))
    });
    let (body, capacity) = answered.await.map_err(ServiceError::internal)??;
    let mut response = aws_json::ready(JsonVersion::V1_0, body);
    // It stays in this process: the trace of the request reads it there.
    response.extensions_mut().insert(capacity);
    Ok(Output::Ready(response))
}

fn items(cx: &Context, call: &Call) -> ServiceResult<(Vec<u8>, CapacityUse)> {
    let (region, operation) = (call.region.as_str(), call.operation.as_str());
    let database = cx.tables.database(region)?;
    // What is no JSON is refused by the engine, in the words of the service.
    let Ok(mut input) = serde_json::from_slice::<Value>(&call.payload) else {
        return engine::run(&database, operation, &call.payload).map(|body| (body, CapacityUse::default()));
    };
    let axis = CapacityAxis::of(operation, &input);
    let counted = |answer: MeasuredAnswer| (answer.body, consumed::count(cx, call, axis, &answer.consumed));
    shape::check(operation, &input)?;
    let arns = target::name_tables(region, &mut input)?;
    table::check_usable(cx, region, &mut input)?;
    expression::check(operation, &input)?;
    if removal::is_about_removal(operation, &input) {
        let _alone = cx.tables.writing_alone();
        if operation == "UpdateItem" {
            return removal::update_item(cx, region, &input).map(counted);
        }
        removal::settle_transaction(cx, region, &mut input);
        return engine::measured(&database, operation, input.to_string().as_bytes()).map(counted);
    }
    let rewritten = operation == "Query" && input.as_object_mut().is_some_and(legacy_query::write_as_expression);
    let _beside_others = cx.tables.writing();
    let payload = if arns.is_empty() && !rewritten { call.payload.clone() } else { Bytes::from(input.to_string()) };
    let answer = match operation {
        "Query" | "Scan" => page_end::read(&database, operation, &input, &payload)?,
        _ => engine::measured(&database, operation, &payload)?,
    };
    if arns.is_empty() {
        return Ok(counted(answer));
    }
    let mut output = serde_json::from_slice(&answer.body).map_err(ServiceError::internal)?;
    target::show_arns(&arns, &mut output);
    Ok(counted(MeasuredAnswer { body: output.to_string().into_bytes(), ..answer }))
}

/// Carries an operation on tables or backups out; the handler sees ARNs in the engine's region.
pub(super) fn control(cx: &Context, call: &Call, handler: fn(&Context, &Call) -> ServiceResult) -> ServiceResult {
    let run = || {
        shape::check(&call.operation, &call.body)?;
        let mut local = call.clone();
        local.body = localise(&call.region, local.body)?;
        handler(cx, &local)
    };
    if ["CreateTable", "DeleteTable", "RestoreTableFromBackup"].contains(&call.operation.as_str()) {
        cx.tables.forget_key_names();
    }
    run().map(|members| globalise(&call.region, members)).map_err(|error| explained(cx, call, error))
}

fn explained(cx: &Context, call: &Call, error: ServiceError) -> ServiceError {
    let error = cx.tables.explain(&call.region, error);
    ServiceError { message: globalise_text(&call.region, &error.message), ..error }
}

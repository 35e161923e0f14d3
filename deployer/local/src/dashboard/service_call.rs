//! Calls of the services, as a caller who may do everything.

use crate::context::Context;
use crate::service::find_service;
use crate::wire::{Call, HttpResponse, Output, ServiceError, ServiceResult, respond};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;

/// Calls an operation whose answer is JSON.
pub async fn ask(cx: &Arc<Context>, service: &str, operation: &str, region: &str, input: &Value) -> ServiceResult {
    let call = Call { body: input.clone(), payload: input.to_string().into(), ..begun(operation, region) };
    match run(cx, service, call).await? {
        Output::Members(members) => Ok(members),
        Output::Ready(response) => serde_json::from_slice(&whole(response).await?).map_err(ServiceError::internal),
    }
}

/// Invokes a function. Returns its answer, and the id of the request.
pub async fn invoke(
    cx: &Arc<Context>,
    region: &str,
    function: &str,
    event: Bytes,
) -> ServiceResult<(HttpResponse, String)> {
    let mut call = Call { payload: event, ..begun("Invoke", region) };
    call.body = serde_json::json!({ "FunctionName": function });
    let request_id = call.request_id.clone();
    match run(cx, "lambda", call).await? {
        Output::Ready(response) => Ok((response, request_id)),
        Output::Members(members) => Ok((respond(StatusCode::OK, "application/json", members.to_string()), request_id)),
    }
}

/// Reads the body of an answer.
pub async fn whole(response: HttpResponse) -> ServiceResult<Bytes> {
    Ok(response.into_body().collect().await.map_err(ServiceError::internal)?.to_bytes())
}

fn begun(operation: &str, region: &str) -> Call {
    let request_id = uuid::Uuid::new_v4().to_string();
    Call { region: region.to_owned(), operation: operation.to_owned(), request_id, ..Call::default() }
}

async fn run(cx: &Arc<Context>, service: &str, call: Call) -> ServiceResult<Output> {
    let unknown = || ServiceError::not_modelled(format_args!("{service} {}", call.operation));
    let declared = find_service(service).and_then(|service| service.operation(&call.operation)).ok_or_else(unknown)?;
    declared.handler.run(cx, &Arc::new(call)).await
}

//! `Invoke`: the one operation whose input and output are blobs and headers.

use super::lookup::{conflict, latest};
use super::{name, view};
use crate::context::Context;
use crate::runtime::{InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions};
use crate::wire::{Call, HttpResponse, Output, ServiceError, ServiceResult, respond};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;

/// Bytes of an event that is queued.
const MAX_ASYNC: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InvokeInput {
    function_name: String,
    qualifier: Option<String>,
}

/// Invokes a function: waits for its answer, queues it (`Event`), or only checks that it could (`DryRun`).
///
/// # Errors
/// Lambda's own; a failure *of the function* is an answer with `X-Amz-Function-Error`.
pub(super) async fn invoke(cx: &Context, call: &Call) -> ServiceResult<Output> {
    let input: InvokeInput = call.input()?;
    let name = name::resolve_version(&call.region, &input.function_name, input.qualifier.as_deref())?.name;
    let record = cx.store.read(|document| latest(document, &call.region, &name).cloned())?;
    if view::pending(&record, cx.clock.now()) {
        return Err(conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        ));
    }
    let payload = event(&call.payload)?;
    let options = InvokeOptions {
        request_id: Some(call.request_id.clone()),
        trace_id: call.header("x-amzn-trace-id").map(str::to_owned),
        client_context: client_context(call.header("x-amz-client-context"))?,
        origin: InvocationOrigin::Caller,
    };
    match call.header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "DryRun" => return Ok(Output::Ready(answer(StatusCode::NO_CONTENT, Bytes::new()))),
        "Event" => {
            if payload.len() > MAX_ASYNC {
                return Err(too_large(&format!(
                    "{} byte payload is too large for the Event invocation type (limit {MAX_ASYNC} bytes)",
                    payload.len()
                )));
            }
            cx.runtime.enqueue(&record, &payload, options).map_err(ServiceError::internal)?;
            return Ok(Output::Ready(answer(StatusCode::ACCEPTED, Bytes::new())));
        }
        "RequestResponse" => {}
        other => {
            let message = format!("X-Amz-Invocation-Type is {other}, not RequestResponse, Event or DryRun");
            return Err(ServiceError::new(400, "InvalidParameterValueException", message));
        }
    }
    let invocation = cx.runtime.invoke(&record, payload, options).await.map_err(refused)?;
    let (body, failed) = match invocation.outcome {
        InvocationOutcome::Answered(body) => (body, false),
        InvocationOutcome::Failed(body) => (body, true),
    };
    let mut response = answer(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if failed {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if call.header("x-amz-log-type") == Some("Tail")
        && let Ok(tail) = HeaderValue::from_str(&STANDARD.encode(&invocation.log_tail))
    {
        headers.insert("x-amz-log-result", tail);
    }
    Ok(Output::Ready(response))
}

/// Decodes the client context, which travels as base64 and reaches the function as JSON.
fn client_context(header: Option<&str>) -> ServiceResult<Option<String>> {
    let Some(text) = header else {
        return Ok(None);
    };
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.filter(|json| serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok());
    decoded.map(Some).ok_or_else(|| {
        ServiceError::new(
            400,
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )
    })
}

/// Checks the event; no event at all is an empty object.
fn event(payload: &Bytes) -> ServiceResult<Bytes> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let refused = |error: String| {
        let message = format!("Could not parse request body into json: Could not parse payload into json: {error}");
        ServiceError::new(400, "InvalidRequestContentException", message)
    };
    // A value that is skipped is not looked at for UTF-8.
    let text = std::str::from_utf8(payload).map_err(|error| refused(error.to_string()))?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| refused(error.to_string()))?;
    Ok(payload.clone())
}

fn answer(status: StatusCode, body: Bytes) -> HttpResponse {
    respond(status, "application/json", body)
}

fn too_large(message: &str) -> ServiceError {
    ServiceError::new(413, "RequestTooLargeException", message)
}

fn refused(refused: InvocationRefused) -> ServiceError {
    match refused {
        InvocationRefused::Throttled => {
            let mut error = ServiceError::new(429, "TooManyRequestsException", refused.to_string()).retry_after(1);
            // The only limit of concurrency that there is here is the function's own.
            let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
            error.members.insert("Reason".to_owned(), reason.into());
            error
        }
        InvocationRefused::TooLarge => too_large(&refused.to_string()),
        InvocationRefused::CodeMissing { .. } => ServiceError::new(502, "InvalidZipFileException", refused.to_string()),
        InvocationRefused::ShuttingDown => ServiceError::new(503, "ServiceException", refused.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_json_in_utf8() {
        assert_eq!(event(&Bytes::new()).expect("no event is an empty one"), "{}");
        for json in ["{\"a\": \"Łódź\"}", "[]", "1"] {
            assert_eq!(event(&Bytes::from_static(json.as_bytes())).expect("it is JSON"), json);
        }
        for broken in [&b"{"[..], b"{} {}", b"{\"body\":\"\xff\"}", b"\xef\xbb\xbf{}"] {
            let refused = event(&Bytes::from_static(broken)).expect_err("it is no JSON");
            assert_eq!((refused.status, refused.code.as_str()), (400, "InvalidRequestContentException"));
        }
    }
}

//! `Invoke`: the one operation whose input and output are blobs and headers.

use super::{conflict, function, name, view};
use crate::context::Context;
use crate::front::Response;
use crate::front::json::{Call, Fault};
use crate::runtime::{InvokeOptions, Outcome, Refused};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use std::sync::Arc;

/// Bytes of an event that is queued.
const MAX_ASYNC: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    function_name: String,
    qualifier: Option<String>,
}

/// Invokes a function: waits for its answer, queues it (`Event`), or only checks that it could (`DryRun`).
///
/// # Errors
/// Lambda's own; a failure *of the function* is an answer with `X-Amz-Function-Error`.
pub async fn invoke(cx: &Arc<Context>, call: &Call, headers: &HeaderMap) -> Result<Response, Fault> {
    let input: Input = call.input()?;
    let name = name::resolve(&call.region, &input.function_name)?;
    name::check_qualifier(&call.region, &name, input.qualifier.as_deref())?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let record = cx.store.read(|document| function(document, &call.region, &name).cloned())?;
    if view::pending(&record, cx.clock.now()) {
        return Err(conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        ));
    }
    let payload = event(&call.payload)?;
    let options = InvokeOptions {
        request_id: Some(call.request_id.clone()),
        trace_id: header("x-amzn-trace-id").map(str::to_owned),
        client_context: client_context(header("x-amz-client-context"))?,
    };
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "DryRun" => return Ok(answer(StatusCode::NO_CONTENT, Bytes::new())),
        "Event" => {
            if payload.len() > MAX_ASYNC {
                return Err(too_large(&format!(
                    "{} byte payload is too large for the Event invocation type (limit {MAX_ASYNC} bytes)",
                    payload.len()
                )));
            }
            cx.runtime.enqueue(&record, &payload, options).map_err(Fault::internal)?;
            return Ok(answer(StatusCode::ACCEPTED, Bytes::new()));
        }
        "RequestResponse" => {}
        other => {
            return Err(Fault::new(
                400,
                "InvalidParameterValueException",
                format!("X-Amz-Invocation-Type is {other}, not RequestResponse, Event or DryRun"),
            ));
        }
    }
    let invocation = cx.runtime.invoke(&record, payload, options).await.map_err(refused)?;
    let (body, failed) = match invocation.outcome {
        Outcome::Answered(body) => (body, false),
        Outcome::Failed(body) => (body, true),
    };
    let mut response = answer(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    if failed {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if header("x-amz-log-type") == Some("Tail")
        && let Ok(tail) = HeaderValue::from_str(&STANDARD.encode(&invocation.log_tail))
    {
        headers.insert("x-amz-log-result", tail);
    }
    Ok(response)
}

/// The client context travels as base64 and reaches the function as JSON.
fn client_context(header: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(text) = header else {
        return Ok(None);
    };
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.filter(|json| serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok());
    decoded.map(Some).ok_or_else(|| {
        Fault::new(400, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
    })
}

/// No event at all is an empty object.
fn event(payload: &Bytes) -> Result<Bytes, Fault> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(payload) {
        Ok(_) => Ok(payload.clone()),
        Err(error) => Err(Fault::new(
            400,
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )),
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn too_large(message: &str) -> Fault {
    Fault::new(413, "RequestTooLargeException", message)
}

fn refused(refused: Refused) -> Fault {
    match refused {
        Refused::Throttled => Fault::new(429, "TooManyRequestsException", refused.to_string()).retry_after(1),
        Refused::TooLarge => too_large(&refused.to_string()),
        Refused::CodeMissing => Fault::new(502, "InvalidZipFileException", refused.to_string()),
        Refused::ShuttingDown => Fault::new(503, "ServiceException", refused.to_string()),
    }
}

//! awsJson 1.0 and 1.1: the operation in `x-amz-target`, JSON both ways.

use super::json::Fault;
use super::{Request, Response, respond};
use http::StatusCode;
use serde_json::{Value, json};

/// The two versions differ in their content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// DynamoDB.
    V1_0,
    /// CloudWatch Logs, EventBridge, tagging, Systems Manager, Secrets Manager.
    V1_1,
}

impl Version {
    fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
        }
    }
}

/// The operation and the input.
pub(super) fn decode(request: &Request) -> Result<(String, Value), Fault> {
    let operation = operation(request)?;
    Ok((operation, decode_body(request.body())?))
}

/// The operation alone.
pub(super) fn operation(request: &Request) -> Result<String, Fault> {
    request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.rsplit_once('.'))
        .map(|(_, operation)| operation.to_owned())
        .ok_or_else(|| Fault::new(400, "UnknownOperationException", "there is no x-amz-target header"))
}

/// A JSON object; no body at all is an empty one.
pub(crate) fn decode_body(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Fault::new(400, "SerializationException", "the body is not a JSON object")),
        Err(error) => Err(Fault::new(400, "SerializationException", error.to_string())),
    }
}

/// Writes an answer.
pub(super) fn encode(version: Version, result: &Result<Value, Fault>) -> Response {
    match result {
        // Operations without output still answer an object.
        Ok(Value::Null) => respond(StatusCode::OK, version.content_type(), "{}"),
        Ok(output) => respond(StatusCode::OK, version.content_type(), output.to_string()),
        Err(fault) => {
            let mut body = fault.members.clone();
            body.insert("__type".to_owned(), fault.code.clone().into());
            body.insert("message".to_owned(), fault.message.clone().into());
            respond(fault.http_status(), version.content_type(), Value::Object(body).to_string())
        }
    }
}

/// An answer that is JSON already.
pub(crate) fn ready(version: Version, body: Vec<u8>) -> Response {
    respond(StatusCode::OK, version.content_type(), body)
}

//! awsJson 1.0 and 1.1: the operation in `x-amz-target`, JSON both ways.

use super::error::{ServiceError, ServiceResult};
use super::http::{HttpRequest, HttpResponse, respond};
use super::service_spec::QueryCompatibility;
use flate2::Crc;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};

/// Names a version of the protocol; the two differ in their content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonVersion {
    /// DynamoDB.
    V1_0,
    /// CloudWatch Logs, EventBridge, tagging, Systems Manager, Secrets Manager.
    V1_1,
}

impl JsonVersion {
    fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
        }
    }

    /// Returns what stands in `__type`: DynamoDB alone names the model that an error is from.
    fn error_type(self, code: &str) -> String {
        let namespace = match (self, code) {
            (Self::V1_1, _) | (_, "NotImplementedException") => return code.to_owned(),
            (_, "ValidationException") => "com.amazon.coral.validate",
            (_, "ThrottlingException") => "com.amazon.coral.availability",
            (
                _,
                "SerializationException"
                | "UnknownOperationException"
                | "AccessDeniedException"
                | "InternalFailure"
                | "UnrecognizedClientException"
                | "IncompleteSignatureException"
                | "InvalidSignatureException"
                | "MissingAuthenticationTokenException",
            ) => "com.amazon.coral.service",
            _ => "com.amazonaws.dynamodb.v20120810",
        };
        format!("{namespace}#{code}")
    }
}

/// Tells whether a request is in this protocol.
pub(crate) fn is_spoken(headers: &HeaderMap) -> bool {
    headers.contains_key("x-amz-target")
}

/// Reads the operation.
pub(crate) fn operation(request: &HttpRequest) -> ServiceResult<String> {
    request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.rsplit_once('.'))
        .map(|(_, operation)| operation.to_owned())
        .ok_or_else(|| ServiceError::new(400, "UnknownOperationException", "there is no x-amz-target header"))
}

/// Reads the members of a JSON object; no body at all is an empty one.
pub(crate) fn decode_members(body: &[u8]) -> ServiceResult<Map<String, Value>> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ServiceError::new(400, "SerializationException", "the body is not a JSON object")),
        Err(error) => Err(ServiceError::new(400, "SerializationException", error.to_string())),
    }
}

/// Encodes an answer.
pub(crate) fn encode(version: JsonVersion, result: &ServiceResult) -> HttpResponse {
    match result {
        // Operations without output still answer an object.
        Ok(Value::Null) => answer(version, StatusCode::OK, b"{}".to_vec()),
        Ok(output) => answer(version, StatusCode::OK, output.to_string().into_bytes()),
        Err(error) => {
            let mut body = error.members.clone();
            body.insert("__type".to_owned(), version.error_type(&error.code).into());
            // What is wrong with the call as such is told by a layer that writes it with a capital.
            let capital = version == JsonVersion::V1_0 && error.code == "SerializationException";
            if !body.contains_key("Message") {
                body.insert(if capital { "Message" } else { "message" }.to_owned(), error.message.clone().into());
            }
            answer(version, error.http_status(), Value::Object(body).to_string().into_bytes())
        }
    }
}

/// Encodes an answer of a service that speaks awsQuery too: its errors have their codes of both protocols ("awsQueryCompatible trait").
pub(crate) fn encode_compatible(compatibility: &QueryCompatibility, result: &ServiceResult) -> HttpResponse {
    let Err(error) = result else { return encode(JsonVersion::V1_0, result) };
    let kind = match error.code.as_str() {
        "NotImplementedException" => error.code.clone(),
        // What is wrong with the call as such is told by a layer of its own.
        code if code.ends_with("Exception") && code != "ResourceNotFoundException" => {
            format!("com.amazon.coral.service#{code}")
        }
        code => format!("{}#{code}", compatibility.model),
    };
    let mut body = error.members.clone();
    body.insert("__type".to_owned(), kind.into());
    body.insert("message".to_owned(), error.message.clone().into());
    let version = JsonVersion::V1_0.content_type();
    let mut response = respond(error.http_status(), version, Value::Object(body).to_string());
    let side = if error.status < 500 { "Sender" } else { "Receiver" };
    if let Ok(code) = HeaderValue::from_str(&format!("{};{side}", compatibility.query_code(&error.code))) {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

/// Makes an answer of a body that is JSON already.
pub(crate) fn ready(version: JsonVersion, body: Vec<u8>) -> HttpResponse {
    answer(version, StatusCode::OK, body)
}

/// Makes an answer. Version 1.0 carries a checksum, which clients of DynamoDB hold against the body.
fn answer(version: JsonVersion, status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut checksum = Crc::new();
    checksum.update(&body);
    let mut response = respond(status, version.content_type(), body);
    if version == JsonVersion::V1_0 {
        response.headers_mut().insert("x-amz-crc32", HeaderValue::from(checksum.sum()));
    }
    response
}

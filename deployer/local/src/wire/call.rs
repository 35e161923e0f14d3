//! What a service handler is given and what it answers, whatever the wire protocol.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;

/// One decoded call.
#[derive(Clone, Debug)]
pub struct Call {
    /// From the credential scope of the signature.
    pub region: String,
    /// `CreateFunction`, without the service.
    pub operation: String,
    /// All members of the input: the JSON body, the form of an awsQuery call, or body, path and query of a REST call.
    pub body: Value,
    /// The body as it came, for the members that are blobs (`Invoke`, `PutRestApi`).
    pub payload: Bytes,
    /// The answer's `x-amzn-RequestId`.
    pub request_id: String,
}

impl Call {
    /// The input as a typed value.
    ///
    /// # Errors
    /// `SerializationException` when a member has the wrong type; `NotImplementedException` when there is a member that
    /// `T` does not have: a parameter that is not modelled is refused, never ignored.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let mut unknown = Vec::new();
        let input = serde_ignored::deserialize(&self.body, |path| unknown.push(path.to_string()))
            .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))?;
        match unknown.first() {
            None => Ok(input),
            Some(member) => Err(Fault::not_implemented(format!(
                "the embedded cloud does not model parameter {member} of {}",
                self.operation
            ))),
        }
    }
}

/// An error answer, rendered by the protocol of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// `ResourceNotFoundException`.
    pub code: String,
    /// For people; AWS's text where it is known.
    pub message: String,
    /// `Retry-After`, seconds.
    pub retry_after_s: Option<u32>,
    /// What the error says beside its message, in a JSON protocol.
    pub members: Map<String, Value>,
}

impl Fault {
    /// An error with AWS's status, code and message.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after_s: None, members: Map::new() }
    }

    /// An operation or a parameter that the embedded cloud does not model.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(501, "NotImplementedException", message)
    }

    /// An operation that the embedded cloud does not model.
    pub fn unknown_operation(service: &str, operation: &str) -> Self {
        Self::not_implemented(format!("the embedded cloud does not model {service} {operation}"))
    }

    /// The same error with a time after which to try again, in seconds.
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The status, for the wire.
    pub(super) fn http_status(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Something of ours broke: a disk is full, a file is gone.
    pub fn internal(error: impl fmt::Display) -> Self {
        Self::new(500, "InternalFailure", format!("the embedded cloud failed: {error}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Fault {}

//! Error answers.

use serde_json::{Map, Value};
use std::fmt;

/// An error answer, rendered by the protocol of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
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

/// What handlers and their helpers return: members unless it says otherwise, or an error answer.
pub type ServiceResult<T = Value> = Result<T, ServiceError>;

impl ServiceError {
    /// Makes an error of AWS's status, code and message.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after_s: None, members: Map::new() }
    }

    /// Makes the error for an operation or a parameter that the embedded cloud does not model.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(501, "NotImplementedException", message)
    }

    /// Makes the error for something that the embedded cloud does not model; `what` names it.
    pub fn not_modelled(what: impl fmt::Display) -> Self {
        Self::not_implemented(format!("the embedded cloud does not model {what}"))
    }

    /// Makes the error for a fault of the cloud itself: a disk is full, a file is gone.
    pub fn internal(error: impl fmt::Display) -> Self {
        Self::new(500, "InternalFailure", format!("the embedded cloud failed: {error}"))
    }

    /// Adds a time after which to try again, in seconds.
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// Returns the status for the wire.
    pub(super) fn http_status(&self) -> http::StatusCode {
        http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServiceError {}

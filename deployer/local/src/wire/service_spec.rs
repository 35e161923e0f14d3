//! What a service is on the wire: its name, its protocol, its own error codes.

use super::aws_json::JsonVersion;
use super::error::ServiceError;
use super::operation::PublishedRate;
use serde_json::Value;

/// Describes a service: everything about it that is not code.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSpec {
    /// The signing name, `lambda`.
    pub name: &'static str,
    /// What stands before the colon in its IAM actions.
    pub action_prefix: &'static str,
    /// How it is spoken to.
    pub protocol: WireProtocol,
    /// How fast AWS lets all its operations together be called.
    pub rate: Option<PublishedRate>,
    /// Its codes for errors that every service has.
    pub errors: ErrorCodes,
}

impl ServiceSpec {
    /// Describes a service that speaks awsQuery, with the XML namespace of its answers.
    pub const fn query(name: &'static str, namespace: &'static str) -> Self {
        Self::new(name, WireProtocol::Query(namespace), ErrorCodes::QUERY)
    }

    /// Describes a service that speaks awsJson.
    pub const fn json(name: &'static str, version: JsonVersion) -> Self {
        Self::new(name, WireProtocol::Json(version), ErrorCodes::JSON)
    }

    /// Describes a service that speaks awsJson 1.0 and, to older clients, awsQuery.
    pub const fn json_or_query(name: &'static str, compatibility: &'static QueryCompatibility) -> Self {
        Self::new(name, WireProtocol::JsonOrQuery(compatibility), ErrorCodes::JSON)
    }

    /// Describes a service that speaks restJson1.
    pub const fn rest(name: &'static str) -> Self {
        Self::new(name, WireProtocol::Rest, ErrorCodes::REST)
    }

    const fn new(name: &'static str, protocol: WireProtocol, errors: ErrorCodes) -> Self {
        Self { name, action_prefix: name, protocol, rate: None, errors }
    }

    /// Adds a published rate of all operations together, in calls per second and calls at once.
    pub const fn rate(mut self, per_second: f64, burst: f64) -> Self {
        self.rate = Some(PublishedRate { bucket: "", per_second, burst });
        self
    }
}

/// Describes how a service that speaks awsJson speaks awsQuery, with lists that are flat.
#[derive(Clone, Copy, Debug)]
pub struct QueryCompatibility {
    /// The XML namespace of its answers.
    pub namespace: &'static str,
    /// The model that its errors are from, in awsJson.
    pub model: &'static str,
    /// Codes of errors that are others in awsQuery, and those.
    pub codes: &'static [(&'static str, &'static str)],
    /// Makes the members of awsJson out of an operation, the path of the request and its form.
    pub read: fn(&str, &str, Value) -> Value,
    /// Makes the elements of awsQuery out of an operation and the members of awsJson.
    pub write: fn(&str, &Value) -> Value,
}

impl QueryCompatibility {
    /// Returns the code of an error in awsQuery.
    pub fn query_code<'a>(&self, code: &'a str) -> &'a str {
        self.codes.iter().find(|(json, _)| *json == code).map_or(code, |(_, query)| query)
    }
}

/// Names the protocol of a service.
#[derive(Clone, Copy, Debug)]
pub enum WireProtocol {
    /// awsQuery, with the XML namespace of its answers.
    Query(&'static str),
    /// awsJson.
    Json(JsonVersion),
    /// awsJson 1.0 for who says `X-Amz-Target`, awsQuery for everybody else.
    JsonOrQuery(&'static QueryCompatibility),
    /// restJson1.
    Rest,
}

/// Holds the codes of the errors that every service has under names of its own.
#[derive(Clone, Copy, Debug)]
pub struct ErrorCodes {
    /// Status and code for a caller who lacks a permission.
    pub denied: (u16, &'static str),
    /// Status, code and message for a caller who is too fast.
    pub throttled: (u16, &'static str, &'static str),
    /// Whether the error for a caller who is too fast has the header `Retry-After`.
    pub retry_after: bool,
    /// The code of status 500.
    pub internal: &'static str,
    /// The code of status 503.
    pub unavailable: &'static str,
}

impl ErrorCodes {
    /// The codes of most services that speak awsJson.
    pub const JSON: Self = Self {
        denied: (400, "AccessDeniedException"),
        throttled: (400, "ThrottlingException", "Rate exceeded"),
        retry_after: false,
        internal: "InternalFailure",
        unavailable: "ServiceUnavailable",
    };
    /// The codes of services that speak awsQuery.
    pub const QUERY: Self =
        Self { denied: (403, "AccessDenied"), throttled: (400, "Throttling", "Rate exceeded"), ..Self::JSON };
    /// The codes of services that speak restJson1.
    pub const REST: Self = Self {
        denied: (403, "AccessDeniedException"),
        throttled: (429, "TooManyRequestsException", "Rate exceeded"),
        retry_after: true,
        ..Self::JSON
    };

    /// Makes the error for a caller who is too fast by so many seconds.
    pub fn throttled(&self, wait_s: f64) -> ServiceError {
        let (status, code, message) = self.throttled;
        let error = ServiceError::new(status, code, message);
        // A float that does not fit saturates.
        if self.retry_after { error.retry_after(wait_s.ceil().max(1.0) as u32) } else { error }
    }

    /// Makes the error of a service that is not well: 503 when it is `unavailable`, else 500.
    pub fn broken(&self, unavailable: bool) -> ServiceError {
        let (status, code) = if unavailable { (503, self.unavailable) } else { (500, self.internal) };
        ServiceError::new(status, code, "An internal error occurred; try again")
    }
}

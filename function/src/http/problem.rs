//! Error responses as problem details (RFC 9457).

use crate::http::event::UnknownEvent;
use crate::orders::validate::{FieldError, InvalidBody, join_field_errors};
use crate::orders::{Actor, InvalidIdempotencyKey, Order, OrderStatus, StatusChange, StoredStatus};
use crate::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem details (RFC 9457 §3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong with a request (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema, PartialEq, Eq)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// Which kind of problem it is, for programs. A name, not an address.
    #[serde(rename = "type")]
    #[schema(value_type = String, format = "uri", example = "urn:orders:invalid-fields")]
    kind: &'static str,
    /// The kind of problem in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// The status code of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// The same as `detail`, for clients of former versions.
    pub error: String,
    /// Every field or parameter that breaks a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// The status that the order is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current: Option<String>,
    /// The statuses that the order may be moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    allowed: Option<Vec<OrderStatus>>,
    /// The id of the request in the log, to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
    /// The version of the order that it is about, for the header.
    #[serde(skip)]
    pub version: Option<u64>,
}

impl ProblemDetails {
    fn new(status: u16, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = detail.clone();
        Self {
            kind,
            title,
            status,
            detail,
            error,
            errors: Vec::new(),
            current: None,
            allowed: None,
            request_id: None,
            version: None,
        }
    }

    /// Describes a path that the API does not have (404).
    pub fn no_such_resource() -> Self {
        let detail = "there is nothing at this path; the API has /orders and /orders/{order_id}";
        Self::new(404, "urn:orders:no-such-resource", "No such resource", detail)
    }

    /// Describes a method that the resource does not have (405).
    pub fn method_not_allowed(allowed: &str) -> Self {
        let detail = format!("the method is not allowed here; allowed: {allowed}");
        Self::new(405, "urn:orders:method-not-allowed", "Method not allowed", detail)
    }

    /// Describes an order that does not exist (404). An id that cannot be one gets the same answer, which tells nothing about
    /// the form of ids.
    pub fn no_such_order() -> Self {
        Self::new(404, "urn:orders:no-such-order", "No such order", "there is no order with this id")
    }

    /// Describes a body that was not UTF-8 before the gateway turned it into text (400).
    pub fn bad_encoding() -> Self {
        let detail =
            "the body must be a JSON object, is not valid UTF-8 (or has the character U+FFFD, which stands for that)";
        Self::new(400, "urn:orders:malformed-body", "Malformed body", detail)
    }

    /// Describes a body that is marked as Base64 and is not (400).
    pub fn bad_base64() -> Self {
        Self::new(400, "urn:orders:malformed-body", "Malformed body", "the body is marked as Base64, but is not")
    }

    /// Describes invalid query parameters (400).
    pub fn bad_query(errors: Vec<FieldError>) -> Self {
        let problem =
            Self::new(400, "urn:orders:invalid-query", "Invalid query parameters", join_field_errors(&errors));
        Self { errors, ..problem }
    }

    /// Describes a status change that the rules forbid (409).
    pub fn transition_refused(order: &Order, change: &StatusChange) -> Self {
        let allowed = order.status.target_statuses(Actor::Client);
        let names = allowed.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
        let current = order.status.as_str();
        let detail = match (current, &order.status) {
            ("", _) => format!("an order without a status cannot become {}", change.to),
            (_, StoredStatus::Other(_)) => {
                format!("an order that is {current}, which is no known status, cannot become {}", change.to)
            }
            _ if names.is_empty() => format!("an order that is {current} is final, it cannot become {}", change.to),
            _ => format!("an order that is {current} cannot become {}; allowed: {names}", change.to),
        };
        let problem = Self::new(409, "urn:orders:transition-refused", "Status change refused", detail);
        let current = Some(current.to_owned());
        Self { current, allowed: Some(allowed.to_vec()), version: Some(order.version), ..problem }
    }

    /// Describes an order whose version `If-Match` does not name (412).
    pub fn version_mismatch(order: &Order) -> Self {
        let detail = format!("the order is at version {}, which If-Match does not name; read it again", order.version);
        let problem = Self::new(412, "urn:orders:version-mismatch", "Version mismatch", detail);
        Self { current: Some(order.status.as_str().to_owned()), version: Some(order.version), ..problem }
    }

    /// Describes an idempotency key that was used for an order with other contents (422).
    pub fn key_reused() -> Self {
        let detail = "this Idempotency-Key was used for an order with other contents; use a new key for a new order";
        Self::new(422, "urn:orders:key-reused", "Idempotency key reused", detail)
    }

    /// Describes an idempotency key of which an earlier request is not done yet (409).
    pub fn in_flight() -> Self {
        let detail = "another request with this Idempotency-Key is being worked on; try again in a moment";
        Self::new(409, "urn:orders:in-flight", "Request in flight", detail)
    }

    /// Describes a failure of the store (500 or 503). The caller gets the request id, by which the cause is found in the log;
    /// the cause itself is not shown.
    pub fn from_store_error(error: &StoreError, request_id: &str) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable(request_id),
            StoreError::Misconfigured(_) | StoreError::Failed(_) => {
                let detail =
                    format!("the request failed on our side; quote request id {request_id} when asking for help");
                let problem = Self::new(500, "urn:orders:internal", "Internal error", detail);
                Self { request_id: Some(request_id.to_owned()), ..problem }
            }
        }
    }

    /// Describes a service that is too busy to answer in time (503).
    pub fn unavailable(request_id: &str) -> Self {
        let detail = format!("the service is busy, try again in a moment; the request id is {request_id}");
        let problem = Self::new(503, "urn:orders:unavailable", "Service unavailable", detail);
        Self { request_id: Some(request_id.to_owned()), ..problem }
    }
}

impl From<InvalidBody> for ProblemDetails {
    fn from(invalid: InvalidBody) -> Self {
        let detail = invalid.to_string();
        match invalid {
            InvalidBody::Malformed(_) => Self::new(400, "urn:orders:malformed-body", "Malformed body", detail),
            InvalidBody::TooLarge(_) => Self::new(413, "urn:orders:body-too-large", "Body too large", detail),
            InvalidBody::Fields(errors) => {
                Self { errors, ..Self::new(422, "urn:orders:invalid-fields", "Invalid fields", detail) }
            }
        }
    }
}

impl From<InvalidIdempotencyKey> for ProblemDetails {
    fn from(invalid: InvalidIdempotencyKey) -> Self {
        Self::new(400, "urn:orders:invalid-idempotency-key", "Invalid idempotency key", invalid.to_string())
    }
}

impl From<UnknownEvent> for ProblemDetails {
    fn from(unknown: UnknownEvent) -> Self {
        Self::new(400, "urn:orders:unknown-event", "Unknown event", unknown.to_string())
    }
}

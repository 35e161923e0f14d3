//! Errors as RFC 9457 problems.

use crate::http::event::UnknownEvent;
use crate::orders::validate::{FieldError, InvalidBody, summary};
use crate::orders::{Actor, InvalidKey, Order, OrderStatus, StatusChange, StoredStatus};
use crate::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem.
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

    /// The path is none of the API's.
    pub fn no_such_resource() -> Self {
        let detail = "there is nothing at this path; the API has /orders and /orders/{order_id}";
        Self::new(404, "urn:orders:no-such-resource", "No such resource", detail)
    }

    /// The resource does not have the method.
    pub fn method_not_allowed(allowed: &str) -> Self {
        let detail = format!("the method is not allowed here; allowed: {allowed}");
        Self::new(405, "urn:orders:method-not-allowed", "Method not allowed", detail)
    }

    /// There is no order with that id. An id that cannot be one is no different: the texts give nothing away.
    pub fn no_such_order() -> Self {
        Self::new(404, "urn:orders:no-such-order", "No such order", "there is no order with this id")
    }

    /// The body was not UTF-8 before the gateway made text of it.
    pub fn bad_encoding() -> Self {
        let detail =
            "the body must be a JSON object, is not valid UTF-8 (or has the character U+FFFD, which stands for that)";
        Self::new(400, "urn:orders:malformed-body", "Malformed body", detail)
    }

    /// The body should be Base64 and is not.
    pub fn bad_base64() -> Self {
        Self::new(400, "urn:orders:malformed-body", "Malformed body", "the body is marked as Base64, but is not")
    }

    /// The query string breaks rules.
    pub fn bad_query(errors: Vec<FieldError>) -> Self {
        let problem = Self::new(400, "urn:orders:invalid-query", "Invalid query parameters", summary(&errors));
        Self { errors, ..problem }
    }

    /// The order may not change like that.
    pub fn refused(order: &Order, change: &StatusChange) -> Self {
        let allowed = order.status.next(Actor::Client);
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

    /// The order is at another version than `If-Match` says.
    pub fn version_mismatch(order: &Order) -> Self {
        let detail = format!("the order is at version {}, which If-Match does not name; read it again", order.version);
        let problem = Self::new(412, "urn:orders:version-mismatch", "Version mismatch", detail);
        Self { current: Some(order.status.as_str().to_owned()), version: Some(order.version), ..problem }
    }

    /// The idempotency key was used for another order.
    pub fn key_reused() -> Self {
        let detail = "this Idempotency-Key was used for an order with other contents; use a new key for a new order";
        Self::new(422, "urn:orders:key-reused", "Idempotency key reused", detail)
    }

    /// A request with the same idempotency key is being worked on.
    pub fn in_flight() -> Self {
        let detail = "another request with this Idempotency-Key is being worked on; try again in a moment";
        Self::new(409, "urn:orders:in-flight", "Request in flight", detail)
    }

    /// The store cannot answer. The reason is for the log; a caller gets the id to find it there by.
    pub fn of_store(error: &StoreError, request_id: &str) -> Self {
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

    /// It takes too long.
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

impl From<InvalidKey> for ProblemDetails {
    fn from(invalid: InvalidKey) -> Self {
        Self::new(400, "urn:orders:invalid-idempotency-key", "Invalid idempotency key", invalid.to_string())
    }
}

impl From<UnknownEvent> for ProblemDetails {
    fn from(unknown: UnknownEvent) -> Self {
        Self::new(400, "urn:orders:unknown-event", "Unknown event", unknown.to_string())
    }
}

//! Responses of the API.

use super::problem::{MEDIA_TYPE, ProblemDetails};
use crate::orders::{Order, OrderId};
use crate::store::StoreError;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The answer to `POST /orders`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPlaced<'a> {
    /// `Order placed`
    #[schema(value_type = String, example = "Order placed")]
    pub message: &'static str,
    /// The id of the new order.
    #[schema(value_type = String, format = "uuid")]
    pub order_id: OrderId,
    /// The new order.
    #[schema(value_type = Order)]
    pub order: &'a Order,
}

/// The answer to `GET /orders/{order_id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneOrder<'a> {
    /// The order.
    #[schema(value_type = Order)]
    pub order: &'a Order,
}

/// The answer to `PUT /orders/{order_id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderUpdated<'a> {
    /// `Order updated`
    #[schema(value_type = String, example = "Order updated")]
    pub message: &'static str,
    /// The order as it is now.
    #[schema(value_type = Order)]
    pub order: &'a Order,
}

/// The answer to `DELETE /orders/{order_id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderDeleted {
    /// `Order deleted`
    #[schema(value_type = String, example = "Order deleted")]
    pub message: &'static str,
    /// The id of the order that was.
    #[schema(value_type = String, format = "uuid")]
    pub order_id: OrderId,
}

/// The answer to `GET /orders`: one page, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderList {
    /// The number of orders in this page.
    #[schema(minimum = 0, maximum = 100)]
    pub count: usize,
    /// The orders.
    pub orders: Vec<Order>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// The effect of a request on an order, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEffect {
    /// A new order was placed.
    Placed,
    /// The status of an order was changed to this one.
    StatusChanged(crate::orders::OrderStatus),
}

/// A response, and what the log line of the request says about it.
#[derive(Debug)]
pub struct ApiResponse {
    /// The HTTP status code.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body, as JSON text.
    pub body: String,
    /// The id of the order that the response is about.
    pub order_id: Option<OrderId>,
    /// The effect of the request.
    pub effect: Option<OrderEffect>,
    /// The cause of an internal error. It is written to the log and not sent to the caller.
    pub cause: Option<String>,
}

impl ApiResponse {
    /// Makes a response with status 200 and a JSON body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(200, "application/json", body)
    }

    /// Makes a response with a JSON body.
    fn json(status: u16, media_type: &str, body: &impl Serialize) -> Self {
        let headers = BTreeMap::from([
            ("Cache-Control", "no-store".to_owned()),
            ("Content-Type", media_type.to_owned()),
            // The body has text that a customer entered: a browser must not take the body for HTML.
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ]);
        // Every body is a struct with text keys, and serializing such a struct to JSON cannot fail.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status, headers, body, order_id: None, effect: None, cause: None }
    }

    /// Makes a response with status 204 and no body.
    pub fn no_content() -> Self {
        let headers = BTreeMap::from([("Cache-Control", "no-store".to_owned())]);
        Self { status: 204, headers, body: String::new(), order_id: None, effect: None, cause: None }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// Sets the entity tag to the version of the order, and the order id for the log.
    pub fn for_order(mut self, order: &Order) -> Self {
        self.order_id = Some(order.order_id);
        self.with_etag(order.version)
    }

    fn with_etag(self, version: u64) -> Self {
        self.with_header("ETag", format!("\"{version}\""))
    }

    /// Sets the effect of the request.
    pub fn with_effect(mut self, effect: OrderEffect) -> Self {
        self.effect = Some(effect);
        self
    }
}

impl From<ProblemDetails> for ApiResponse {
    fn from(problem: ProblemDetails) -> Self {
        let response = Self::json(problem.status, MEDIA_TYPE, &problem);
        let response = match problem.version {
            Some(version) => response.with_etag(version),
            None => response,
        };
        if problem.status == 503 { response.with_header("Retry-After", "1") } else { response }
    }
}

/// Says why a handler cannot answer with success.
#[derive(Debug)]
pub enum HandlerError {
    /// The request is invalid, or conflicts with the state of an order.
    Problem(Box<ProblemDetails>),
    /// The store failed.
    Store(StoreError),
}

impl<P: Into<ProblemDetails>> From<P> for HandlerError {
    fn from(problem: P) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

impl From<StoreError> for HandlerError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

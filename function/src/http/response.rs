//! Answers.

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

/// What a request did to an order, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEffect {
    /// An order was placed.
    Placed,
    /// An order moved to this status.
    Moved(crate::orders::OrderStatus),
}

/// An answer, and what the log wants to know of it.
#[derive(Debug)]
pub struct ApiResponse {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body, JSON.
    pub body: String,
    /// The order it is about.
    pub order_id: Option<OrderId>,
    /// What it did.
    pub effect: Option<OrderEffect>,
    /// What went wrong on our side: for the log, not for the caller.
    pub cause: Option<String>,
}

impl ApiResponse {
    /// 200 with a JSON body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(200, "application/json", body)
    }

    fn json(status: u16, media_type: &str, body: &impl Serialize) -> Self {
        let headers = BTreeMap::from([
            ("Cache-Control", "no-store".to_owned()),
            ("Content-Type", media_type.to_owned()),
            // What a customer typed is in the body: no browser may take it for HTML.
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ]);
        // Our bodies are structures with text keys, which JSON always has room for.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status, headers, body, order_id: None, effect: None, cause: None }
    }

    /// 204: there is nothing to say.
    pub fn no_content() -> Self {
        let headers = BTreeMap::from([("Cache-Control", "no-store".to_owned())]);
        Self { status: 204, headers, body: String::new(), order_id: None, effect: None, cause: None }
    }

    /// With a header more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// With the version of the order as its entity tag, and its id for the log.
    pub fn about(mut self, order: &Order) -> Self {
        self.order_id = Some(order.order_id);
        self.at_version(order.version)
    }

    fn at_version(self, version: u64) -> Self {
        self.with("ETag", format!("\"{version}\""))
    }

    /// With what it did.
    pub fn having(mut self, effect: OrderEffect) -> Self {
        self.effect = Some(effect);
        self
    }
}

impl From<ProblemDetails> for ApiResponse {
    fn from(problem: ProblemDetails) -> Self {
        let response = Self::json(problem.status, MEDIA_TYPE, &problem);
        let response = match problem.version {
            Some(version) => response.at_version(version),
            None => response,
        };
        if problem.status == 503 { response.with("Retry-After", "1") } else { response }
    }
}

/// Why a handler has no good answer.
#[derive(Debug)]
pub enum HandlerError {
    /// The caller's doing, or nobody's.
    Problem(Box<ProblemDetails>),
    /// The store's doing.
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

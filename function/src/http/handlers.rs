//! The handlers of the API, one for each operation.
//!
//! The doc comments of the handlers are the summaries and descriptions of the operations in the OpenAPI document.

use super::cursor;
use super::event::ApiRequest;
use super::problem::ProblemDetails;
use super::query::ListQuery;
use super::response::{
    ApiResponse, HandlerError, OneOrder, OrderDeleted, OrderEffect, OrderList, OrderPlaced, OrderUpdated,
};
use super::route::collection_path;
use crate::orders::{
    Actor, IdempotencyKey, NewOrder, NewStatus, Order, OrderId, OrderStatus, Precondition, StatusChange, Timestamp,
    validate,
};
use crate::store::{ChangeOutcome, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome};

/// What a handler needs to answer a request.
pub struct HandlerContext<'a, S> {
    /// The store of the orders.
    pub store: &'a S,
    /// The request.
    pub request: &'a ApiRequest,
    /// When the request came in.
    pub now: Timestamp,
}

impl<S> HandlerContext<'_, S> {
    /// Returns the bytes of the request's body.
    fn body(&self) -> Result<Vec<u8>, HandlerError> {
        // API Gateway turns the bytes of a body into text and puts U+FFFD in place of bytes that are not UTF-8. An order that
        // was damaged in this way must not be placed.
        if !self.request.base64 && self.request.body.contains(char::REPLACEMENT_CHARACTER) {
            return Err(ProblemDetails::bad_encoding().into());
        }
        Ok(self.request.body_bytes().ok_or_else(ProblemDetails::bad_base64)?)
    }

    /// Returns the condition that the request sets by `If-Match`.
    fn precondition(&self) -> Precondition {
        Precondition::from_headers(self.request.header("If-Match"))
    }
}

/// Place an order
///
/// The order starts as PENDING. With an `Idempotency-Key`, the same request may be sent again within 24 hours and gets the
/// first answer again; the key is for requests with the same contents only.
#[utoipa::path(
    post,
    path = "/orders",
    operation_id = "placeOrder",
    tag = "orders",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$", description = "Makes it safe to send the request again")),
    request_body = NewOrder,
    responses(
        (status = 200, description = "The order is placed", body = OrderPlaced, headers(
            ("Location", description = "The address of the order"),
            ("ETag", description = "The version of the order"),
            ("Idempotency-Replayed", description = "`true` when this is the answer to an earlier request with the key"),
        )),
        (status = 400, description = "The body is not a JSON object, or the key is not usable", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "Another request with the key is being worked on", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than 64 KiB", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks a rule, or the key was used for another order", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
pub async fn place_order<S: OrderStore>(context: &HandlerContext<'_, S>) -> Result<ApiResponse, HandlerError> {
    let key = IdempotencyKey::from_headers(context.request.header("Idempotency-Key"))?;
    let new = validate::parse_new_order(&context.body()?)?;
    let order = Order::place(&new, OrderId::random(), context.now);
    let claim = key.map(|key| key.claim(&new, context.now));
    let respond = |order: &Order| {
        let body = OrderPlaced { message: "Order placed", order_id: order.order_id, order };
        let location = format!("{}/{}", collection_path(context.request), order.order_id);
        ApiResponse::ok(&body).for_order(order).with_header("Location", location)
    };
    match context.store.place(&order, claim.as_ref()).await? {
        PlaceOutcome::Created => Ok(respond(&order).with_effect(OrderEffect::Placed)),
        PlaceOutcome::Replayed(first) => Ok(respond(&first).with_header("Idempotency-Replayed", "true")),
        PlaceOutcome::KeyReused => Err(ProblemDetails::key_reused().into()),
        PlaceOutcome::InFlight => Err(ProblemDetails::in_flight().into()),
    }
}

/// List orders
///
/// Newest first, a page at a time. A list may be some milliseconds behind the latest changes.
#[utoipa::path(
    get,
    path = "/orders",
    operation_id = "listOrders",
    tag = "orders",
    params(
        ("status" = Option<OrderStatus>, Query, nullable = false, description = "Only orders in this status, in any letter case"),
        ("limit" = Option<i32>, Query, nullable = false, minimum = 1, maximum = 100, description = "The size of the page; 25 if absent"),
        ("cursor" = Option<String>, Query, nullable = false, min_length = 1, description = "`next_cursor` of the page before, with the same `status`; good for 24 hours"),
    ),
    responses(
        (status = 200, description = "A page of orders", body = OrderList),
        (status = 400, description = "A parameter breaks a rule, or the cursor is forged or stale", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
pub async fn list_orders<S: OrderStore>(context: &HandlerContext<'_, S>) -> Result<ApiResponse, HandlerError> {
    let query = ListQuery::read(context.request, context.now).map_err(ProblemDetails::bad_query)?;
    let statuses = query.status.as_ref().map_or(OrderStatus::ALL.as_slice(), std::slice::from_ref);
    let window = PageWindow::NewestFirst { before: query.before };
    let page = context.store.page(statuses, &window, query.limit).await?;
    let next_cursor = page.next.map(|position| cursor::encode(query.status, &position, context.now));
    Ok(ApiResponse::ok(&OrderList { count: page.orders.len(), orders: page.orders, next_cursor }))
}

/// Get an order
#[utoipa::path(
    get,
    path = "/orders/{order_id}",
    operation_id = "getOrder",
    tag = "orders",
    params(("order_id" = String, Path, format = "uuid", description = "The id of the order")),
    responses(
        (status = 200, description = "The order", body = OneOrder, headers(("ETag", description = "The version of the order"))),
        (status = 404, description = "There is no such order", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
pub async fn get_order<S: OrderStore>(
    context: &HandlerContext<'_, S>,
    id: OrderId,
) -> Result<ApiResponse, HandlerError> {
    let order = context.store.get(id).await?.ok_or_else(ProblemDetails::no_such_order)?;
    Ok(ApiResponse::ok(&OneOrder { order: &order }).for_order(&order))
}

/// Change the status of an order
///
/// PENDING may become PROCESSING or CANCELLED, PROCESSING may become COMPLETED or CANCELLED. COMPLETED, CANCELLED and
/// EXPIRED are final. The status that an order has already is no change and always accepted.
#[utoipa::path(
    put,
    path = "/orders/{order_id}",
    operation_id = "updateOrder",
    tag = "orders",
    params(
        ("order_id" = String, Path, format = "uuid", description = "The id of the order"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` that the order must still have"),
    ),
    request_body = NewStatus,
    responses(
        (status = 200, description = "The order as it is now", body = OrderUpdated, headers(("ETag", description = "The version of the order"))),
        (status = 400, description = "The body is not a JSON object", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such order", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The order cannot become that; `current` and `allowed` tell why", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 412, description = "The order is at another version", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is longer than 64 KiB", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "The status is none of the known ones", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
pub async fn update_order<S: OrderStore>(
    context: &HandlerContext<'_, S>,
    id: OrderId,
) -> Result<ApiResponse, HandlerError> {
    let NewStatus { status } = validate::parse_new_status(&context.body()?)?;
    let change =
        StatusChange { to: status, actor: Actor::Client, at: context.now, precondition: context.precondition() };
    let respond = |order: &Order| ApiResponse::ok(&OrderUpdated { message: "Order updated", order }).for_order(order);
    match context.store.change_status(id, &change).await? {
        ChangeOutcome::Written(order) => Ok(respond(&order).with_effect(OrderEffect::StatusChanged(status))),
        ChangeOutcome::Unchanged(order) => Ok(respond(&order)),
        ChangeOutcome::Refused(order) => Err(ProblemDetails::transition_refused(&order, &change).into()),
        ChangeOutcome::PreconditionFailed(order) => Err(ProblemDetails::version_mismatch(&order).into()),
        ChangeOutcome::NotFound => Err(ProblemDetails::no_such_order().into()),
    }
}

/// Delete an order
#[utoipa::path(
    delete,
    path = "/orders/{order_id}",
    operation_id = "deleteOrder",
    tag = "orders",
    params(
        ("order_id" = String, Path, format = "uuid", description = "The id of the order"),
        ("If-Match" = Option<String>, Header, nullable = false, description = "The `ETag` that the order must still have"),
    ),
    responses(
        (status = 200, description = "The order is gone", body = OrderDeleted),
        (status = 404, description = "There is no such order", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 412, description = "The order is at another version", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
pub async fn delete_order<S: OrderStore>(
    context: &HandlerContext<'_, S>,
    id: OrderId,
) -> Result<ApiResponse, HandlerError> {
    match context.store.remove(id, &context.precondition()).await? {
        RemoveOutcome::Removed => Ok(ApiResponse::ok(&OrderDeleted { message: "Order deleted", order_id: id })),
        RemoveOutcome::PreconditionFailed(order) => Err(ProblemDetails::version_mismatch(&order).into()),
        RemoveOutcome::NotFound => Err(ProblemDetails::no_such_order().into()),
    }
}

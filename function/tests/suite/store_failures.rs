//! Requests while the store fails.

use crate::backend::{Answer, call};
use function::http::OrdersApi;
use function::orders::{IdempotencyClaim, Order, OrderId, OrderStatus, Precondition, StatusChange};
use function::store::{ChangeOutcome, OrderPage, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome, StoreError};
use lambda_http::{Context, LambdaEvent};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// A store of which every operation fails with this error, or never ends if there is none.
struct FailingStore(Option<StoreError>);

impl FailingStore {
    async fn answer<T>(&self) -> Result<T, StoreError> {
        match &self.0 {
            Some(error) => Err(error.clone()),
            None => std::future::pending().await,
        }
    }
}

impl OrderStore for FailingStore {
    async fn place(&self, _: &Order, _: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError> {
        self.answer().await
    }

    async fn get(&self, _: OrderId) -> Result<Option<Order>, StoreError> {
        self.answer().await
    }

    async fn change_status(&self, _: OrderId, _: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        self.answer().await
    }

    async fn remove(&self, _: OrderId, _: &Precondition) -> Result<RemoveOutcome, StoreError> {
        self.answer().await
    }

    async fn page(&self, _: &[OrderStatus], _: &PageWindow, _: usize) -> Result<OrderPage, StoreError> {
        self.answer().await
    }
}

/// Sends a request with a deadline (milliseconds since the epoch, 0 for none). Returns the answer and the log line.
async fn send(store: FailingStore, request: &crate::backend::Call, deadline: u64) -> (Answer, Value) {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&lines);
    let api = OrdersApi::new(store).with_log(move |line| log.borrow_mut().push(line.to_owned()));
    let mut context = Context::default();
    context.request_id = "request-1".into();
    context.deadline = deadline;
    let payload = serde_json::from_str(&request.event.to_string()).unwrap();
    let answer = api.invoke(LambdaEvent::new(payload, context)).await.unwrap().into();
    let lines = lines.borrow();
    assert_eq!(lines.len(), 1, "one line for a request");
    (answer, serde_json::from_str(&lines[0]).unwrap())
}

fn requests() -> Vec<crate::backend::Call> {
    let order = format!("/orders/{}", OrderId::random());
    vec![
        call("POST", "/orders").json(&json!({"item": "x", "quantity": 1})),
        call("GET", "/orders"),
        call("GET", &order),
        call("PUT", &order).json(&json!({"status": "PROCESSING"})),
        call("DELETE", &order),
    ]
}

#[tokio::test]
async fn an_error_is_told_to_the_log_only() {
    let cases = [
        (StoreError::Unavailable("secret".into()), 503, "the store is unavailable: secret"),
        (StoreError::Misconfigured("secret".into()), 500, "the store is not set up: secret"),
        (StoreError::Failed("secret".into()), 500, "the store failed: secret"),
    ];
    for (error, status, cause) in cases {
        for request in requests() {
            let (answer, line) = send(FailingStore(Some(error.clone())), &request, 0).await;
            assert_eq!((answer.status, &answer.body["request_id"]), (status, &json!("request-1")));
            assert!(!answer.body.to_string().contains("secret"), "{answer:?}");
            assert_eq!(answer.headers.contains_key("Retry-After"), status == 503);
            assert_eq!(
                (&line["error"], &line["level"], &line["status"]),
                (&json!(cause), &json!("ERROR"), &json!(status))
            );
            assert_eq!((&line["request_id"], &line["server_errors"]), (&json!("request-1"), &json!(1)));
        }
    }
}

#[tokio::test]
async fn an_invocation_that_runs_out_of_time_gets_an_answer() {
    for request in requests() {
        let (answer, line) = send(FailingStore(None), &request, 1).await;
        assert_eq!((answer.status, &answer.body["request_id"]), (503, &json!("request-1")));
        assert_eq!(line["error"], "the deadline of the invocation is near");
    }
}

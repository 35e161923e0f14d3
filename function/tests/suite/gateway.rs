//! Requests that come through a gateway.

use crate::backend::{Backend, api, call, place};
use crate::on_both_stores;
use function::orders::OrderId;
use function::store::memory::MemoryStore;
use serde_json::json;

on_both_stores!(placing_and_getting);

async fn placing_and_getting(backend: impl Backend) {
    let api = api(backend.into_store());
    let body =
        json!({"item": " Laptop ", "quantity": 2, "customer_name": "Ada", "customer_email": "ada@example.com", "x": 1});
    let placed = call("POST", "/orders").json(&body).send(&api).await;
    assert_eq!(placed.status, 200);
    let id = placed.order_id();
    assert!(id.parse::<OrderId>().is_ok());
    let created = placed.body["order"]["created_at"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");
    assert_eq!(
        placed.body,
        json!({
            "message": "Order placed",
            "order_id": id,
            "order": {
                "order_id": id,
                "item": "Laptop",
                "quantity": 2,
                "status": "PENDING",
                "customer_name": "Ada",
                "customer_email": "ada@example.com",
                "created_at": created,
                "version": 1,
            }
        })
    );
    assert_eq!(placed.headers["Location"], format!("/prod/orders/{id}"));
    assert_eq!(placed.headers["ETag"], "\"1\"");

    let got = call("GET", &format!("/orders/{id}")).send(&api).await;
    assert_eq!((got.status, &got.body), (200, &json!({"order": placed.body["order"]})));
    assert_eq!(got.headers["ETag"], "\"1\"");
    let upper = call("GET", &format!("/orders/{}", id.to_uppercase())).send(&api).await;
    assert_eq!(upper.body, got.body);
    let encoded = call("GET", &format!("/orders/%{:02x}{}", id.as_bytes()[0], &id[1..])).send(&api).await;
    assert_eq!(encoded.body, got.body);
    let stage = call("GET", &format!("/prod/orders/{id}")).send(&api).await;
    assert_eq!(stage.body, got.body);
    let head = call("HEAD", &format!("/orders/{id}")).send(&api).await;
    assert_eq!((head.status, head.body.is_null(), head.headers["ETag"].as_str()), (200, true, "\"1\""));
}

#[tokio::test]
async fn unknown_methods_are_not_allowed() {
    let api = api(MemoryStore::default());
    let id = place(&api, "Laptop").await;
    let order = format!("/orders/{id}");
    for (method, path, allow) in [
        ("PUT", "/orders", "GET, HEAD, POST"),
        ("DELETE", "/orders", "GET, HEAD, POST"),
        ("PATCH", "/orders", "GET, HEAD, POST"),
        ("OPTIONS", "/orders", "GET, HEAD, POST"),
        ("BREW", "/orders", "GET, HEAD, POST"),
        ("", "/orders", "GET, HEAD, POST"),
        ("POST", &order, "GET, HEAD, PUT, DELETE"),
        ("PATCH", &order, "GET, HEAD, PUT, DELETE"),
        ("PATCH", "/orders/no-uuid", "GET, HEAD, PUT, DELETE"),
    ] {
        let answer = call(method, path).send(&api).await;
        assert_eq!((answer.status, answer.headers["Allow"].as_str()), (405, allow), "{method} {path}");
    }
}

#[tokio::test]
async fn unknown_paths_and_orders_are_not_found() {
    let api = api(MemoryStore::default());
    let absent = OrderId::random();
    let long = "a".repeat(5_000);
    for path in [
        "/".to_owned(),
        "/order".to_owned(),
        "/orders/a/b".to_owned(),
        format!("/orders/{absent}"),
        "/orders/1".to_owned(),
        "/orders/%00".to_owned(),
        "/orders/..%2f".to_owned(),
        format!("/orders/{long}"),
        format!("/orders/{{{absent}}}"),
        format!("/orders/{}", absent.to_string().replace('-', "")),
        "/orders/idempotency%23abc".to_owned(),
    ] {
        assert_eq!(call("GET", &path).send(&api).await.status, 404, "{path:.60}");
    }
}

#[tokio::test]
async fn an_idempotency_record_is_not_an_order() {
    let api = api(MemoryStore::default());
    let post = call("POST", "/orders").header("Idempotency-Key", "k").json(&json!({"item": "x", "quantity": 1}));
    post.send(&api).await;
    for id in ["k", "idempotency#k", "idempotency%23k"] {
        for method in ["GET", "DELETE"] {
            assert_eq!(call(method, &format!("/orders/{id}")).send(&api).await.status, 404);
        }
    }
}

//! Requests with an `Idempotency-Key`.

use crate::backend::{Backend, api, call};
use crate::on_both_stores;
use serde_json::json;

on_both_stores!(one_key_one_order);

async fn one_key_one_order(backend: impl Backend) {
    let api = api(backend.into_store());
    let post = |key: &str, body: &str| call("POST", "/orders").header("Idempotency-Key", key).body(body);
    let body = r#"{"item":"Laptop","quantity":2}"#;

    let first = post("k-1", body).send(&api).await;
    assert_eq!(first.status, 200);
    assert!(!first.headers.contains_key("Idempotency-Replayed"));

    // A body that spells the same order in another way is the same request.
    for body in [body, r#"{ "quantity": 2.0, "item": " Laptop ", "customer_name": "", "extra": 1 }"#] {
        let again = post("k-1", body).send(&api).await;
        assert_eq!(again.headers["Idempotency-Replayed"], "true");
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(
            (&again.headers["Location"], &again.headers["ETag"]),
            (&first.headers["Location"], &first.headers["ETag"])
        );
    }

    let other = post("k-1", r#"{"item":"Laptop","quantity":3}"#).send(&api).await;
    assert_eq!((other.status, &other.body["type"]), (422, &json!("urn:orders:key-reused")));
    assert_ne!(post("k-2", body).send(&api).await.order_id(), first.order_id());

    for key in ["", "ключ", &"k".repeat(256)] {
        assert_eq!(post(key, body).send(&api).await.status, 400, "{key}");
    }
    let mut twice = post("k-3", body);
    twice.event["multiValueHeaders"]["Idempotency-Key"] = json!(["k-3", "k-4"]);
    assert_eq!(twice.send(&api).await.status, 400);

    let list = call("GET", "/orders").send(&api).await;
    assert_eq!(list.body["count"], 2);
}

//! Concurrent requests for one order or one key.

use crate::backend::{Backend, LocalDynamoDb, api, call, place};
use crate::on_both_stores;
use function::orders::OrderId;
use futures::future::join_all;
use serde_json::json;

on_both_stores!(of_two_writers_one_wins, many_posts_with_one_key_are_one_order, changes_race_with_a_removal);

async fn of_two_writers_one_wins(backend: impl Backend) {
    let api = api(backend.into_store());
    for _ in 0..10 {
        let id = place(&api, "Laptop").await;
        let put = |status: &str| {
            call("PUT", &format!("/orders/{id}")).header("If-Match", "\"1\"").json(&json!({"status": status}))
        };
        let (process, cancel) = (put("PROCESSING"), put("CANCELLED"));
        let (a, b) = futures::join!(process.send(&api), cancel.send(&api));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let order = call("GET", &format!("/orders/{id}")).send(&api).await;
        assert_eq!(order.body["order"]["version"], 2);
    }
}

async fn many_posts_with_one_key_are_one_order(backend: impl Backend) {
    let api = api(backend.into_store());
    let post = call("POST", "/orders").header("Idempotency-Key", "k").json(&json!({"item": "x", "quantity": 1}));
    let answers = join_all((0..50).map(|_| post.send(&api))).await;
    // DynamoDB itself lets a request meet the transaction of another one: that is a 409.
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status)));
    let first = good.iter().filter(|answer| !answer.headers.contains_key("Idempotency-Replayed")).count();
    assert_eq!(first, 1, "one of them placed it");
    assert!(good.iter().all(|answer| answer.body == good[0].body));
    assert_eq!(call("GET", "/orders").send(&api).await.body["count"], 1);
}

async fn changes_race_with_a_removal(backend: impl Backend) {
    let api = api(backend.into_store());
    for _ in 0..10 {
        let path = format!("/orders/{}", place(&api, "Laptop").await);
        let (delete, put) = (call("DELETE", &path), call("PUT", &path).json(&json!({"status": "CANCELLED"})));
        let (deleted, changed) = futures::join!(delete.send(&api), put.send(&api));
        assert_eq!(deleted.status, 200);
        assert!([200, 404].contains(&changed.status));
        assert_eq!(call("GET", &path).send(&api).await.status, 404, "no change brings it back");
    }
}

#[tokio::test]
async fn a_change_to_nothing_leaves_nothing() {
    let backend = LocalDynamoDb::start().await;
    let client = backend.client.clone();
    let api = api(backend.into_store());
    let path = format!("/orders/{}", OrderId::random());
    for status in ["PENDING", "PROCESSING", "COMPLETED", "CANCELLED", "EXPIRED"] {
        assert_eq!(call("PUT", &path).json(&json!({"status": status})).send(&api).await.status, 404);
    }
    assert_eq!(client.scan().table_name(crate::local_dynamodb::TABLE).send().await.unwrap().items().len(), 0);
}

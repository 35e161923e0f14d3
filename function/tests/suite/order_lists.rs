//! Lists and cursors through the API.

use crate::backend::{Answer, Backend, LocalDynamoDb, api, call, order_at, place};
use crate::on_both_stores;
use function::orders::{Actor, Order, OrderId, OrderStatus, Precondition, StatusChange, Timestamp};
use function::store::OrderStore;
use serde_json::{Value, json};
use std::collections::HashSet;

on_both_stores!(pages, bad_queries, a_walk_over_a_thousand_orders);

fn ids(answer: &Answer) -> Vec<String> {
    let orders = answer.body["orders"].as_array().unwrap();
    assert_eq!(answer.body["count"], orders.len());
    orders.iter().map(|order| order["order_id"].as_str().unwrap().to_owned()).collect()
}

async fn pages(backend: impl Backend) {
    let mut placed = Vec::new();
    for n in 0..30 {
        let order = order_at(1_000 * n);
        backend.store().place(&order, None).await.unwrap();
        placed.insert(0, order.order_id.to_string());
    }
    let api = api(backend.into_store());

    let default = call("GET", "/orders").send(&api).await;
    assert_eq!(ids(&default), placed[..25]);
    let cursor = default.body["next_cursor"].as_str().unwrap();
    let rest = call("GET", &format!("/orders?cursor={cursor}")).send(&api).await;
    assert_eq!(ids(&rest), placed[25..]);
    assert_eq!(rest.body["next_cursor"], Value::Null);

    let pending = call("GET", "/orders?status=pending&limit=30").send(&api).await;
    assert_eq!(ids(&pending), placed);
    assert!(pending.body.get("next_cursor").is_none(), "a page that ends the list says so");
    assert_eq!(ids(&call("GET", "/orders?status=COMPLETED").send(&api).await), [""; 0]);

    call("PUT", &format!("/orders/{}", placed[3])).json(&json!({"status": "PROCESSING"})).send(&api).await;
    assert_eq!(ids(&call("GET", "/orders?status=Processing").send(&api).await), placed[3..4]);
    assert_eq!(ids(&call("GET", "/orders?limit=100").send(&api).await), placed, "every status, in its old place");
    assert!(!ids(&call("GET", "/orders?status=PENDING&limit=100").send(&api).await).contains(&placed[3]));
}

async fn bad_queries(backend: impl Backend) {
    let api = api(backend.into_store());
    for _ in 0..3 {
        place(&api, "Laptop").await;
    }
    let page = call("GET", "/orders?limit=1").send(&api).await;
    let cursor = page.body["next_cursor"].as_str().unwrap().to_owned();
    let pending = call("GET", "/orders?limit=1&status=PENDING").send(&api).await;
    let other = pending.body["next_cursor"].as_str().unwrap();
    for query in [
        "status=SHIPPED".to_owned(),
        "limit=0".to_owned(),
        "limit=101".to_owned(),
        "limit=1.5".to_owned(),
        "status=&limit=&cursor=".to_owned(),
        "cursor=x".to_owned(),
        format!("cursor={other}"),
        format!("cursor={cursor}&status=PENDING"),
        format!("cursor={}", &cursor[1..]),
        format!("cursor={cursor}AAAA"),
        format!("cursor={}", cursor.to_lowercase()),
    ] {
        let answer = call("GET", &format!("/orders?{query}")).send(&api).await;
        assert_eq!((answer.status, &answer.body["type"]), (400, &json!("urn:orders:invalid-query")), "{query}");
    }
    assert_eq!(call("GET", &format!("/orders?cursor={cursor}")).send(&api).await.status, 200);
}

/// Orders are placed, changed and removed between the pages. Every order that is not changed is listed once and in order.
async fn a_walk_over_a_thousand_orders(backend: impl Backend) {
    let mut orders: Vec<Order> = Vec::new();
    for n in 0..1_000 {
        // Ten at a time share a millisecond.
        let order = order_at(1_000_000 + n / 10);
        backend.store().place(&order, None).await.unwrap();
        orders.push(order);
    }
    let placed: HashSet<OrderId> = orders.iter().map(|order| order.order_id).collect();
    let mut removed = HashSet::new();
    let mut seen = Vec::new();
    let mut path = "/orders?limit=100".to_owned();
    let api = api(backend.into_store());
    for round in 0.. {
        let page = call("GET", &path).send(&api).await;
        assert_eq!(page.status, 200);
        seen.extend(page.body["orders"].as_array().unwrap().iter().map(|order| {
            let order: Order = serde_json::from_value(order.clone()).unwrap();
            (order.created_at, order.order_id)
        }));
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            break;
        };
        path = format!("/orders?limit=100&cursor={cursor}");

        place(&api, "newer than everything").await;
        let moved = orders[(round * 137) % 1_000].order_id;
        call("PUT", &format!("/orders/{moved}")).json(&json!({"status": "PROCESSING"})).send(&api).await;
        let gone = orders[(round * 89 + 7) % 1_000].order_id;
        call("DELETE", &format!("/orders/{gone}")).send(&api).await;
        removed.insert(gone);
    }
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
    let seen: HashSet<_> = seen.into_iter().map(|(_, id)| id).collect();
    assert!(seen.is_subset(&placed), "what was placed meanwhile is newer than the first page");
    assert!(placed.difference(&seen).all(|id| removed.contains(id)), "nothing is left out");
}

/// The index can have entries that are not orders of this version of the system.
#[tokio::test]
async fn a_broken_entry_does_not_break_a_list() {
    use aws_sdk_dynamodb::types::AttributeValue;

    let backend = LocalDynamoDb::start().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for n in 0..5 {
        backend.store().place(&order_at(1_000 * n), None).await.unwrap();
    }
    backend
        .put(&[
            ("order_id", text("no uuid")),
            ("status_shard", text("PENDING#0")),
            ("created_key", text("1970-01-01T00:00:02.500Z#no uuid")),
        ])
        .await;
    backend
        .put(&[
            ("order_id", text(&OrderId::random().to_string())),
            ("status_shard", text("PENDING#1")),
            ("created_key", text("zzz")),
            ("quantity", AttributeValue::Bool(true)),
            ("created_at", AttributeValue::Null(true)),
        ])
        .await;
    let api = api(backend.into_store());
    let mut seen = 0;
    let mut path = "/orders?limit=1".to_owned();
    loop {
        let page = call("GET", &path).send(&api).await;
        assert_eq!(page.status, 200);
        seen += ids(&page).len();
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/orders?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, 6, "the five orders and what can be shown of the sixth");
}

#[tokio::test]
async fn an_answer_of_a_megabyte_is_not_the_end() {
    use aws_sdk_dynamodb::types::AttributeValue;

    let backend = LocalDynamoDb::start().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for n in 0..12 {
        let id = OrderId::random().to_string();
        let created = Timestamp::from_unix_millis(n).to_string();
        backend
            .put(&[
                ("order_id", text(&id)),
                ("status", text("PENDING")),
                ("created_at", text(&created)),
                ("status_shard", text("PENDING#0")),
                ("created_key", text(&format!("{created}#{id}"))),
                ("note", text(&"x".repeat(300_000))),
            ])
            .await;
    }
    let page = backend
        .store()
        .page(&[OrderStatus::Pending], &function::store::PageWindow::NewestFirst { before: None }, 100)
        .await
        .unwrap();
    assert_eq!(page.orders.len(), 12);
    let change = StatusChange {
        to: OrderStatus::Cancelled,
        actor: Actor::Client,
        at: Timestamp::now(),
        precondition: Precondition::None,
    };
    backend.store().change_status(page.orders[0].order_id, &change).await.unwrap();
}

//! Orders that a former version of the system wrote.

use crate::backend::{Backend, LocalDynamoDb, api, call, order_at, place};
use crate::on_both_stores;
use aws_sdk_dynamodb::types::AttributeValue;
use function::orders::{Order, OrderId, StoredStatus};
use function::store::OrderStore;
use serde_json::{Value, json};

on_both_stores!(are_served_updated_and_listed, with_an_unknown_status_are_shown_but_stay);

fn legacy(status: &str) -> Order {
    Order {
        quantity: serde_json::from_str("2.5").unwrap(),
        status: StoredStatus::parse(status),
        version: 0,
        created_at: "2024-02-29T08:00:00.123Z".into(),
        ..order_at(0)
    }
}

async fn are_served_updated_and_listed(backend: impl Backend) {
    let order = legacy("PENDING");
    backend.seed(&order).await;
    let removed = legacy("PENDING");
    backend.seed(&removed).await;
    let api = api(backend.into_store());
    place(&api, "newer").await;
    let path = format!("/orders/{}", order.order_id);

    let got = call("GET", &path).send(&api).await;
    assert_eq!((got.status, got.headers["ETag"].as_str()), (200, "\"0\""));
    assert_eq!(got.body["order"]["quantity"], 2.5);
    assert_eq!(call("GET", "/orders").send(&api).await.body["count"], 1, "it is in no index yet");

    let put = |tag: &str, status: &str| call("PUT", &path).header("If-Match", tag).json(&json!({"status": status}));
    assert_eq!(put("\"1\"", "PROCESSING").send(&api).await.status, 412);
    assert_eq!(put("*", "COMPLETED").send(&api).await.status, 409);
    assert_eq!(put("*", "PENDING").send(&api).await.status, 200);
    let updated = put("\"0\"", "PROCESSING").send(&api).await;
    assert_eq!((updated.status, updated.headers["ETag"].as_str()), (200, "\"1\""));
    assert_eq!(updated.body["order"]["quantity"], 2.5);

    let list = call("GET", "/orders?status=PROCESSING").send(&api).await;
    assert_eq!(list.body["orders"], json!([updated.body["order"]]));
    let all = call("GET", "/orders").send(&api).await;
    assert_eq!(all.body["orders"][1], updated.body["order"], "the older order comes last");
    assert_eq!(put("\"1\"", "COMPLETED").send(&api).await.status, 200);

    let path = format!("/orders/{}", removed.order_id);
    assert_eq!(call("DELETE", &path).header("If-Match", "\"1\"").send(&api).await.status, 412);
    assert_eq!(call("DELETE", &path).header("If-Match", "\"0\"").send(&api).await.status, 200);
}

async fn with_an_unknown_status_are_shown_but_stay(backend: impl Backend) {
    let order = legacy("shipped");
    backend.seed(&order).await;
    let api = api(backend.into_store());
    let path = format!("/orders/{}", order.order_id);
    assert_eq!(call("GET", &path).send(&api).await.body["order"]["status"], "shipped");
    let refused = call("PUT", &path).json(&json!({"status": "CANCELLED"})).send(&api).await;
    assert_eq!(
        (refused.status, &refused.body["current"], &refused.body["allowed"]),
        (409, &json!("shipped"), &json!([]))
    );
    assert_eq!(call("DELETE", &path).send(&api).await.status, 200);
}

/// Items in the table can have attributes that no [`Order`] can have.
#[tokio::test]
async fn of_every_strange_shape_are_served_and_updated() {
    let backend = LocalDynamoDb::start().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let cases: [Vec<(&str, AttributeValue)>; 7] = [
        vec![
            ("status", text("PENDING")),
            ("quantity", number("3.14159265358979")),
            ("created_at", text("2024-05-06T07:08:09.123456")),
        ],
        vec![("status", text("pending")), ("quantity", number("12345678901234567890123456789012345678"))],
        vec![("status", text("Pending")), ("quantity", text("4")), ("created_at", number("1714979289.5"))],
        vec![("status", text("PENDING")), ("created_at", text("yesterday")), ("item", AttributeValue::Null(true))],
        vec![("status", text("PENDING")), ("version", text("one")), ("items", AttributeValue::L(vec![]))],
        vec![("status", text("PENDING")), ("version", number(&"9".repeat(38)))],
        vec![("status", text("PENDING")), ("version", AttributeValue::Null(true)), ("created_key", text("1970-01-01"))],
    ];
    let mut ids = Vec::new();
    for case in &cases {
        let id = OrderId::random().to_string();
        let mut item = vec![("order_id", text(&id))];
        item.extend(case.iter().cloned());
        backend.put(&item).await;
        ids.push(id);
    }
    let store = backend.store();
    for id in &ids {
        let id: OrderId = id.parse().unwrap();
        assert_eq!(store.get(id).await.unwrap().unwrap().status.as_str(), "PENDING");
    }
    let api = api(backend.into_store());
    for id in &ids {
        let updated = call("PUT", &format!("/orders/{id}")).json(&json!({"status": "PROCESSING"})).send(&api).await;
        assert_eq!((updated.status, &updated.body["order"]["version"]), (200, &json!(1)), "{updated:?}");
    }
    let list = call("GET", "/orders?status=PROCESSING").send(&api).await;
    let dates: Vec<_> =
        list.body["orders"].as_array().unwrap().iter().map(|order| order["created_at"].clone()).collect();
    assert_eq!(
        dates.iter().filter_map(Value::as_str).take(2).collect::<Vec<_>>(),
        ["2024-05-06T07:08:09.500Z", "2024-05-06T07:08:09.123Z"]
    );
    assert_eq!(dates.len(), ids.len());
}

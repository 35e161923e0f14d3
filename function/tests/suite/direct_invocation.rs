//! Direct invocations of the function, without a gateway.

use crate::backend::{Backend, api, call, invoke};
use crate::on_both_stores;
use serde_json::json;

on_both_stores!(a_body_places_an_order);

async fn a_body_places_an_order(backend: impl Backend) {
    let api = api(backend.into_store());
    for event in [
        r#"{"body": "{\"item\": \"Laptop\", \"quantity\": 2}"}"#,
        r#"{"body": {"item": "Laptop", "quantity": 2}}"#,
        r#"{"body": "eyJpdGVtIjoiTGFwdG9wIiwicXVhbnRpdHkiOjJ9", "isBase64Encoded": true}"#,
    ] {
        let placed = invoke(&api, event).await;
        assert_eq!((placed.status, &placed.body["message"]), (200, &json!("Order placed")), "{event}");
        assert_eq!(placed.headers["Location"], format!("/orders/{}", placed.order_id()));
        let got = call("GET", &format!("/orders/{}", placed.order_id())).send(&api).await;
        assert_eq!(got.body["order"], placed.body["order"]);
    }
    let key = r#"{"body": {"item": "Laptop", "quantity": 2}, "headers": {"idempotency-key": "k"}}"#;
    assert_eq!(invoke(&api, key).await.body, invoke(&api, key).await.body);

    for (event, status) in [
        (r#"{"body": ""}"#, 400),
        (r#"{"body": "[]"}"#, 400),
        (r#"{"body": []}"#, 400),
        (r#"{"body": 7}"#, 400),
        (r#"{"body": "{}"}"#, 422),
        (r#"{"body": "{}", "isBase64Encoded": true}"#, 400),
        ("{}", 400),
        ("null", 400),
        ("[1]", 400),
        (r#""hello""#, 400),
        (r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#, 400),
        (r#"{"Records":[{"body":"x"}]}"#, 400),
        (r#"{"httpMethod":"GET"}"#, 404),
        (r#"{"httpMethod":"GET","path":"/a b\u0000%","headers":{"Host":"a b"}}"#, 404),
        (r#"{"httpMethod":["GET"],"path":"/orders"}"#, 400),
        (r#"{"httpMethod":"GET","path":"/orders","requestContext":"x"}"#, 400),
        (r#"{"httpMethod":"GET","path":"/orders","httpMethod":"GET"}"#, 400),
    ] {
        assert_eq!(invoke(&api, event).await.status, status, "{event}");
    }
}

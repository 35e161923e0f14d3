//! Status changes and versions through the API.

use crate::backend::{Backend, api, call, place};
use crate::on_both_stores;
use serde_json::json;

on_both_stores!(the_life_of_an_order, if_match, final_orders_stay_as_they_are);

async fn the_life_of_an_order(backend: impl Backend) {
    let api = api(backend.into_store());
    let id = place(&api, "Laptop").await;
    let path = format!("/orders/{id}");
    let put = |status: &str| call("PUT", &path).json(&json!({"status": status}));

    let same = put("pending").send(&api).await;
    assert_eq!((same.status, same.headers["ETag"].as_str()), (200, "\"1\""));

    let refused = put("COMPLETED").send(&api).await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        (&refused.body["current"], &refused.body["allowed"]),
        (&json!("PENDING"), &json!(["PROCESSING", "CANCELLED"]))
    );
    assert_eq!(
        refused.body["error"],
        "an order that is PENDING cannot become COMPLETED; allowed: PROCESSING, CANCELLED"
    );

    let updated = put(" processing ").send(&api).await;
    assert_eq!(updated.status, 200);
    assert_eq!(updated.body["message"], "Order updated");
    assert_eq!(updated.body["order"]["status"], "PROCESSING");
    assert_eq!(updated.body["order"]["version"], 2);
    assert_eq!(updated.headers["ETag"], "\"2\"");

    let unknown = put("SHIPPED").send(&api).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(unknown.body["errors"][0]["field"], "status");

    let got = call("GET", &path).send(&api).await;
    assert_eq!(got.body, json!({"order": updated.body["order"]}));

    let deleted = call("DELETE", &path).send(&api).await;
    assert_eq!((deleted.status, &deleted.body), (200, &json!({"message": "Order deleted", "order_id": id})));
    for again in [call("DELETE", &path), call("GET", &path), put("COMPLETED"), put("PENDING")] {
        assert_eq!(again.send(&api).await.status, 404, "{again:?}");
    }
}

async fn if_match(backend: impl Backend) {
    let api = api(backend.into_store());
    let id = place(&api, "Laptop").await;
    let path = format!("/orders/{id}");
    let put = |tag: &str| call("PUT", &path).header("if-match", tag).json(&json!({"status": "PROCESSING"}));
    for tag in ["\"2\"", "W/\"1\"", "1", "\"one\"", ""] {
        let failed = put(tag).send(&api).await;
        assert_eq!(failed.status, 412, "{tag}");
    }
    assert_eq!(call("DELETE", &path).header("If-Match", "\"2\"").send(&api).await.status, 412);
    // These are more versions than a condition of DynamoDB can name.
    let many = |first: u32| (first..first + 400).map(|version| format!("\"{version}\"")).collect::<Vec<_>>().join(", ");
    assert_eq!(put(&many(2)).send(&api).await.status, 412);
    assert_eq!(call("DELETE", &path).header("If-Match", &many(2)).send(&api).await.status, 412);
    let moved = put(&many(1)).send(&api).await;
    assert_eq!((moved.status, &moved.body["order"]["version"]), (200, &json!(2)));
    let late = put("\"1\"").send(&api).await;
    assert_eq!((late.status, late.headers["ETag"].as_str()), (412, "\"2\""), "the version has moved on");
    assert_eq!(put("*").send(&api).await.status, 200);
    assert_eq!(call("DELETE", &path).header("If-Match", "\"2\"").send(&api).await.status, 200);
    assert_eq!(put("*").send(&api).await.status, 404);
    assert_eq!(put("\"2\"").send(&api).await.status, 404);
}

async fn final_orders_stay_as_they_are(backend: impl Backend) {
    let api = api(backend.into_store());
    let id = place(&api, "Laptop").await;
    let put = |status: &str| call("PUT", &format!("/orders/{id}")).json(&json!({"status": status}));
    assert_eq!(put("CANCELLED").send(&api).await.status, 200);
    for status in ["PENDING", "PROCESSING", "COMPLETED", "EXPIRED"] {
        let refused = put(status).send(&api).await;
        assert_eq!((refused.status, &refused.body["allowed"]), (409, &json!([])), "{status}");
    }
    assert_eq!(put("cancelled").send(&api).await.status, 200);
}

//! Orders that nobody begins to process in time expire, with the functions and the schedule of the shipped stack.

use serde_json::{Value, json};
use tests::{eventually, http, shipped};

#[track_caller]
fn place(endpoint: &str, item: &str) -> String {
    let placed = http::send_json("POST", &format!("{endpoint}/orders"), &json!({"item": item, "quantity": 1})).is(200);
    placed.json()["order_id"].as_str().expect("an order has an id").to_owned()
}

#[track_caller]
fn order(endpoint: &str, id: &str) -> Value {
    http::get(&format!("{endpoint}/orders/{id}")).is(200).json()["order"].clone()
}

/// The whole way: an order, 61 hours, the schedule fires by itself, the order is EXPIRED.
#[test]
fn orders_expire() {
    let (sandbox, endpoint) = shipped::up();
    let (forgotten, begun) = (place(&endpoint, "Laptop"), place(&endpoint, "Desk"));
    http::send_json("PUT", &format!("{endpoint}/orders/{begun}"), &json!({"status": "PROCESSING"})).is(200);
    // Nothing is old enough yet, whoever runs it.
    sandbox.local(&["invoke", "expiry"]).ok();
    sandbox.local(&["local", "clock", "+59h"]).ok();
    assert_eq!(order(&endpoint, &forgotten)["status"], "PENDING");

    let clock = sandbox.run(&["local", "clock", "+2h"]).ok();
    assert!(clock.stdout.ends_with("Z  (2d 13h ahead of this machine)\n"), "{clock}");
    eventually("the order expires", || order(&endpoint, &forgotten)["status"] == "EXPIRED");
    let expired = order(&endpoint, &forgotten);
    assert_eq!(expired["version"], 2, "{expired}");
    let (created, at) = (expired["created_at"].as_str(), expired["expired_at"].as_str());
    assert!(created.zip(at).is_some_and(|(created, at)| created < at), "{expired}");
    assert_eq!(order(&endpoint, &begun)["status"], "PROCESSING", "only what is PENDING expires");

    // Expired is final.
    let refused = http::send_json("PUT", &format!("{endpoint}/orders/{forgotten}"), &json!({"status": "PROCESSING"}));
    assert_eq!(refused.is(409).json()["current"], "EXPIRED");

    // And by hand: an order of now is 61 hours younger than the cloud's clock, because functions see the machine's time.
    let another = place(&endpoint, "Lamp");
    let fired = sandbox.local(&["schedule", "fire", "expiry"]).ok();
    assert!(fired.stdout.contains("invoked orders-prod-expiry (request "), "{fired}");
    eventually("the other order expires", || order(&endpoint, &another)["status"] == "EXPIRED");
    let listed = http::get(&format!("{endpoint}/orders?status=EXPIRED")).is(200).json();
    assert_eq!(listed["count"], 2, "{listed}");
}

/// EXPIRED is final: whoever may invoke the function must not give up every order by the time in an event.
#[test]
fn no_order_expires_at_a_time_that_has_not_come() {
    let (sandbox, endpoint) = shipped::up();
    let id = place(&endpoint, "Laptop");
    let fire = |time: &str| {
        let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "time": time}).to_string();
        sandbox.local(&["invoke", "expiry", "--payload", &event])
    };
    let refused = fire("9999-12-31T23:59:59Z").exits(1);
    assert!(refused.to_string().contains("the event is of 9999-12-31T23:59:59.000Z"), "{refused}");
    assert_eq!(order(&endpoint, &id)["status"], "PENDING");
    // The same process is not asked again once the cloud's clock was moved: then the time has come.
    sandbox.local(&["local", "clock", "+59h"]).ok();
    fire("9999-12-31T23:59:59Z").exits(1);
    assert_eq!(order(&endpoint, &id)["status"], "PENDING");
    sandbox.local(&["local", "clock", "+2h"]).ok();
    eventually("the order expires", || order(&endpoint, &id)["status"] == "EXPIRED");
}

/// Neither function may do more than it needs; the table is never scanned.
#[test]
fn functions_have_what_they_need() {
    let (sandbox, _) = shipped::up();
    let table = "arn:aws:dynamodb:ap-south-1:000000000000:table/Orders";
    let statements = |role: &str| {
        let policy = sandbox.cloud().sdk(async |aws| {
            let policy = aws.iam.get_role_policy().role_name(role).policy_name("deployer").send().await;
            policy.expect("GetRolePolicy").policy_document().to_owned()
        });
        let policy = percent_encoding::percent_decode_str(&policy).decode_utf8().expect("UTF-8");
        let policy: Value = serde_json::from_str(&policy).expect("JSON");
        let statements = policy["Statement"].as_array().expect("statements").iter();
        let about_table = statements.filter(|it| it["Action"].to_string().contains("dynamodb:"));
        let mut out: Vec<_> = about_table.map(|it| (it["Action"].clone(), it["Resource"].clone())).collect();
        out.sort_by_key(|(_, resource)| resource.to_string());
        out
    };
    let (api, expiry) = (statements("orders-prod-api"), statements("orders-prod-expiry"));
    let query = (json!(["dynamodb:Query"]), json!([format!("{table}/index/status-index")]));
    let items = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
    assert_eq!(api, [(json!(items), json!([table])), query.clone()]);
    assert_eq!(expiry, [(json!(["dynamodb:UpdateItem"]), json!([table])), query]);
}

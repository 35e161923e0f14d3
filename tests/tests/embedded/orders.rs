//! The order function for real: its API over HTTP, direct invocations, its logs.

use serde_json::{Value, json};
use tests::redact::redact;
use tests::{Sandbox, http, shipped};

/// Every call that the order service was asked for, and what each answers.
#[test]
fn the_api() {
    let (sandbox, endpoint) = shipped::up();
    assert!(endpoint.ends_with("/prod"), "{endpoint}");
    let orders = format!("{endpoint}/orders");
    assert_eq!(http::get(&orders).is(200).json(), json!({"count": 0, "orders": []}));

    let placed = http::send_json("POST", &orders, &json!({"item": "Laptop", "quantity": 2})).is(200);
    let first = placed.json();
    let id = first["order_id"].as_str().expect("an order has an id").to_owned();
    assert_eq!(first["message"], "Order placed");
    assert_eq!(first["order"]["order_id"], first["order_id"]);
    assert_eq!(first["order"]["status"], "PENDING");
    assert_eq!(first["order"]["customer_name"], "anonymous");
    assert_eq!(first["order"]["customer_email"], "");
    assert_eq!(first["order"]["quantity"], 2);
    assert!(placed.headers["location"].ends_with(&format!("/orders/{id}")), "{placed:?}");
    let origin = &endpoint[..endpoint.find("/_aws/").expect("the endpoint is below this path")];
    assert_eq!(http::get(&format!("{origin}{}", placed.headers["location"])).is(200).json()["order"], first["order"]);
    assert_eq!(redact(&format!("{} {}", id, first["order"]["created_at"])), "[UUID] \"[TIME]\"");

    let named = json!({"item": "Desk", "quantity": 1, "customer_name": "Ada", "customer_email": "ada@example.com"});
    let second = http::send_json("POST", &orders, &named).is(200).json();
    assert_eq!(second["order"]["customer_name"], "Ada");
    assert_eq!(second["order"]["customer_email"], "ada@example.com");

    let one = format!("{orders}/{id}");
    assert_eq!(http::get(&one).is(200).json()["order"], first["order"]);

    let updated = http::send_json("PUT", &one, &json!({"status": "PROCESSING"})).is(200).json();
    assert_eq!(updated["message"], "Order updated");
    assert_eq!(updated["order"]["status"], "PROCESSING");

    let all = http::get(&orders).is(200).json();
    assert_eq!(all["count"], 2);
    for (status, count) in [("PENDING", 1), ("pending", 1), ("Processing", 1), ("CANCELLED", 0)] {
        let page = http::get(&format!("{orders}?status={status}")).is(200).json();
        assert_eq!(page["count"], count, "{status}: {page}");
        assert_eq!(page["orders"].as_array().map(Vec::len), Some(count), "{status}: {page}");
    }

    let deleted = http::send("DELETE", &one, &[], "").is(200).json();
    assert_eq!(deleted["message"], "Order deleted");
    assert_eq!(deleted["order_id"], id.as_str());

    // Whatever goes wrong says so in words, in the member `error`.
    for (method, url, body, status) in [
        ("GET", one.as_str(), "", 404),
        ("PUT", one.as_str(), r#"{"status":"PROCESSING"}"#, 404),
        ("DELETE", one.as_str(), "", 404),
        ("POST", orders.as_str(), "", 400),
        ("POST", orders.as_str(), "{", 400),
        ("POST", orders.as_str(), "[]", 400),
        ("POST", orders.as_str(), r#"{"quantity":1}"#, 422),
        ("POST", orders.as_str(), r#"{"item":"x","quantity":0}"#, 422),
        ("POST", orders.as_str(), r#"{"item":"x","quantity":"two"}"#, 422),
        ("GET", &format!("{orders}?status=LOST"), "", 400),
        ("GET", &format!("{endpoint}/nowhere"), "", 404),
        ("PATCH", orders.as_str(), "{}", 404),
    ] {
        let reply = http::send(method, url, &[("content-type", "application/json")], body);
        assert_eq!(reply.status, status, "{method} {url} {body}: {reply:?}");
        // The gateway's own answers have the shape of the function's.
        let problem = reply.json();
        for member in ["type", "title", "detail", "error"] {
            assert!(problem[member].as_str().is_some_and(|text| text.len() > 3), "{method} {url} {body}: {reply:?}");
        }
        assert_eq!(problem["status"], status, "{method} {url} {body}: {reply:?}");
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{method} {url} {body}");
    }

    // A table with orders stays.
    let down = sandbox.local(&["down", "--yes"]).ok();
    assert!(down.stderr.contains("--delete-data Orders"), "{down}");
}

/// Without API Gateway in between, with the event as it was asked for; and the log of it all, each line once.
#[test]
fn invocations_and_logs() {
    let (sandbox, endpoint) = shipped::up();
    let payload = r#"{"body": "{\"item\": \"Laptop\", \"quantity\": 2}"}"#;
    let answer = sandbox.local(&["invoke", "api", "--payload", payload]).ok();
    assert_eq!(answer.json()["statusCode"], 200, "{answer}");
    let body: Value =
        serde_json::from_str(answer.json()["body"].as_str().unwrap_or_default()).expect("the body is JSON");
    assert_eq!(body["message"], "Order placed");

    sandbox.write("event.json", payload);
    assert_eq!(sandbox.local(&["invoke", "api", "--payload", "@event.json"]).ok().json()["statusCode"], 200);
    let piped = sandbox.run_with_input(&["invoke", "api", "--payload", "-", "--local"], payload).ok();
    assert_eq!(piped.json()["statusCode"], 200);
    let json = sandbox.local(&["invoke", "api", "--payload", payload, "--output", "json"]).ok().json();
    assert_eq!(json["result"]["statusCode"], 200, "{json}");
    let log: Vec<_> = json["log"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let [first, .., last] = log[..] else { panic!("{json}") };
    assert!(first.starts_with("START RequestId: ") && last.starts_with("REPORT RequestId: "), "{json}");
    let listed = http::get(&format!("{endpoint}/orders")).is(200).json();
    assert_eq!(listed["count"], 4);

    let nonsense = sandbox.local(&["invoke", "api", "--payload", "[1, 2]"]);
    assert!(nonsense.code.is_some_and(|code| code < 2), "{nonsense}");
    assert!(nonsense.to_string().contains("event"), "a clear error\n{nonsense}");
    let unknown = sandbox.local(&["invoke", "apj"]).exits(1);
    assert!(unknown.stderr.contains("It has: api (orders-prod-api), expiry (orders-prod-expiry)."), "{unknown}");
    sandbox.local(&["invoke", "api", "--payload", "@nowhere.json"]).exits(1);

    // One line for every request, each once.
    let logs = sandbox.local(&["logs", "--output", "json"]).ok();
    let requests = requests(&logs.json_lines());
    assert!(requests.len() >= 5, "{logs}");
    let mut once = requests.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), requests.len(), "{logs}");
    assert!(!logs.stdout.contains("Laptop"), "no customer data in logs\n{logs}");
    let human = sandbox.local(&["logs", "api", "--raw"]).ok();
    assert_eq!(human.stdout.lines().count(), logs.stdout.lines().count(), "{human}");
    let people = sandbox.local(&["logs", "api"]).ok();
    assert!(people.stdout.contains("  POST /orders  ") && people.stdout.contains("cold start in "), "{people}");
    let filtered = sandbox.local(&["logs", "--filter", "\"no such words\""]).ok();
    assert_eq!(filtered.stdout, "");
    sandbox.local(&["logs", "--since", "0s"]).ok();
    sandbox.local(&["logs", "nothing"]).exits(1);

    // What comes while it is followed, each line once, until Ctrl-C, which is how it is meant to end.
    let mut follow = sandbox.spawn(&["logs", "--follow", "--since", "1d", "--local", "--output", "json"]);
    follow.until(requests.last().expect("there are requests"));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let placed =
            http::send_json("POST", &format!("{endpoint}/orders"), &json!({"item": "Lamp", "quantity": 1})).is(200);
        ids.push(placed.json()["order_id"].as_str().expect("an order has an id").to_owned());
    }
    for id in &ids {
        follow.until(id);
    }
    follow.signal(rustix::process::Signal::INT);
    let followed = follow.finish().ok();
    for id in &ids {
        let lines = followed.stdout.lines().filter(|line| line.contains(id.as_str()));
        assert!(lines.count() >= 1, "{id}\n{followed}");
    }
    let lines: Vec<_> = followed.stdout.lines().collect();
    let mut once = lines.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), lines.len(), "{followed}");
}

/// Request ids in the function's own lines.
fn requests(lines: &[Value]) -> Vec<String> {
    let line = |line: &Value| -> Option<Value> { serde_json::from_str(line["message"].as_str()?).ok() };
    let request = |line: Value| Some(line.get("request_id")?.as_str()?.to_owned());
    lines.iter().filter_map(line).filter_map(request).collect()
}

/// A function that cannot start: what the caller sees, and where to look.
#[test]
fn a_function_that_fails() {
    let sandbox = Sandbox::new(tests::sandbox::SHOP);
    sandbox.up();
    let failed = sandbox.local(&["invoke", "api"]).exits(1);
    assert!(failed.stderr.contains("shop-dev-api failed"), "{failed}");
    let json = sandbox.local(&["invoke", "api", "--output", "json"]).exits(1).json();
    assert!(json["error"].is_string() && json["exit_code"] == 1, "{json}");
    let endpoint = sandbox.local(&["outputs", "endpoint"]).ok();
    let reply = http::get(&format!("{}/orders", endpoint.stdout.trim()));
    assert_eq!(reply.status, 502, "{reply:?}");
    assert!(reply.json()["error"].is_string(), "{reply:?}");
}

/// A function that may not run at all is told from one that is busy, for which a caller would wait.
#[test]
fn a_function_that_is_switched_off() {
    let stack =
        tests::sandbox::SHOP.replace("artifact = \"code\"\n", "artifact = \"code\"\nreserved_concurrency = 0\n");
    let sandbox = Sandbox::new(&stack);
    sandbox.up();
    sandbox.cloud().forget_calls();
    let off = sandbox.local(&["invoke", "api"]).exits(1);
    assert!(off.stderr.contains("shop-dev-api is switched off: its reserved concurrency is 0"), "{off}");
    assert!(off.stderr.contains("Set `reserved_concurrency` above 0"), "{off}");
    let calls = sandbox.cloud().calls();
    assert_eq!(calls.iter().filter(|call| *call == "lambda:Invoke").count(), 1, "{calls:?}");
    // It was a throttle, no request and no error.
    let status = sandbox.local(&["status", "--output", "json"]).ok().json();
    let traffic = status["health"]["traffic"].as_array().into_iter().flatten();
    let figures = traffic.clone().find(|it| it["id"] == "function.api").cloned().unwrap_or_default();
    assert_eq!([&figures["requests"], &figures["errors"], &figures["throttles"]], [0, 0, 1], "{status}");
}

/// Of a stack that is not up.
#[test]
fn of_nothing() {
    let sandbox = Sandbox::new(tests::sandbox::SHOP);
    sandbox.start_cloud();
    for args in [&["invoke", "api"][..], &["logs"]] {
        let outcome = sandbox.local(args).exits(1);
        assert!(outcome.stderr.contains("deployer up"), "{outcome}");
    }
}

/// When an answer of DynamoDB is lost, the SDK sends the write again and meets what it wrote itself.
#[test]
fn a_lost_answer_is_no_lost_update() {
    let (sandbox, endpoint) = shipped::up();
    let orders = format!("{endpoint}/orders");
    let placed = http::send_json("POST", &orders, &json!({"item": "Laptop", "quantity": 2})).is(200).json();
    let one = format!("{orders}/{}", placed["order_id"].as_str().expect("an order has an id"));
    let cloud = sandbox.cloud();
    let once = |effect: &str| json!({"planned": [{"operation": "dynamodb:UpdateItem", "nth": 1, "effect": effect}]});
    let put = |version: u64, status: &str| {
        let body = json!({"status": status}).to_string();
        http::send("PUT", &one, &[("if-match", &format!("\"{version}\""))], &body)
    };

    cloud.faults(once("cut_after"));
    let moved = put(1, "PROCESSING").is(200).json();
    assert_eq!((&moved["order"]["version"], &moved["order"]["status"]), (&json!(2), &json!("PROCESSING")));
    cloud.faults(once("cut_before"));
    assert_eq!(put(2, "COMPLETED").is(200).json()["order"]["version"], 3);

    // When nothing gets through the caller may try again, and learns so.
    cloud.faults(json!({"cut_before_chance": 1.0, "only": ["dynamodb:UpdateItem"]}));
    let busy = put(3, "COMPLETED").is(503);
    assert_eq!(busy.headers["retry-after"], "1", "{busy:?}");

    // A delete that met its own success is one; of an order that was never there it is not.
    let of_delete = |nth: u32, effect: &str| json!({"operation": "dynamodb:DeleteItem", "nth": nth, "effect": effect});
    let delete = |version: &str| http::send("DELETE", &one, &[("if-match", version)], "");
    cloud.faults(json!({"planned": [of_delete(1, "cut_after")]}));
    delete("\"2\"").is(412);
    cloud.faults(json!({"planned": [of_delete(1, "cut_after"), of_delete(2, "throttle")]}));
    assert_eq!(delete("\"3\"").is(200).json()["message"], "Order deleted");
    http::get(&one).is(404);
    cloud.faults(json!({"planned": [of_delete(1, "throttle")]}));
    delete("*").is(404);
    cloud.faults(json!({}));
    delete("*").is(404);
}

//! The outbox of the order system: each change of an order's status reaches a queue, whatever fails on the way.
//!
//! `OUTBOX_ORDERS=10000 cargo test -p tests --test embedded outbox::no_change_is_lost -- --nocapture` runs the long one by hand.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};
use tests::{Cloud, Sandbox, eventually, http, shipped};

const CHANGES: &str = "https://sqs.ap-south-1.amazonaws.com/000000000000/orders-prod-status-changes.fifo";
/// Longer than a message is hidden that nobody deletes.
const HIDDEN: Duration = Duration::from_secs(61);
/// After this time without a message there comes none any more.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many orders are changed at once.
const CLIENTS: usize = 4;

/// Calls SQS as a consumer does.
fn sqs(cloud: &Cloud, operation: &str, input: &Value) -> Value {
    cloud.sdk(async |aws| aws.sqs.send(operation, input).await.unwrap_or_else(|error| panic!("{operation}: {error:?}")))
}

/// Receives messages and deletes those that `handles` accepts. Returns these, as they are.
fn consume(cloud: &Cloud, mut handles: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let input = json!({"QueueUrl": CHANGES, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1});
    let answer = sqs(cloud, "ReceiveMessage", &input);
    let (mut done, mut entries) = (Vec::new(), Vec::new());
    for message in answer["Messages"].as_array().into_iter().flatten() {
        let body: Value = serde_json::from_str(message["Body"].as_str().expect("a body")).expect("it is JSON");
        if handles(&body) {
            entries.push(json!({"Id": entries.len().to_string(), "ReceiptHandle": message["ReceiptHandle"]}));
            done.push(body);
        }
    }
    if !entries.is_empty() {
        let deleted = sqs(cloud, "DeleteMessageBatch", &json!({"QueueUrl": CHANGES, "Entries": entries}));
        assert_eq!(deleted["Failed"], Value::Null, "{deleted}");
    }
    done
}

/// Sends a request until the API answers 200: on a busy machine it says 503, and asks to try again.
fn done(method: &str, url: &str, headers: &[(&str, &str)], body: &Value) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reply = http::send(method, url, headers, &body.to_string());
        if reply.status < 500 || Instant::now() > deadline {
            return reply.is(200).json();
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Places an order, once, whatever gets lost.
fn place(endpoint: &str, key: &str) -> String {
    let order = json!({"item": "Desk", "quantity": 1});
    let placed = done("POST", &format!("{endpoint}/orders"), &[("idempotency-key", key)], &order);
    placed["order_id"].as_str().expect("an order has an id").to_owned()
}

fn set(endpoint: &str, id: &str, status: &str) {
    done("PUT", &format!("{endpoint}/orders/{id}"), &[], &json!({"status": status}));
}

/// Returns what a queue holds without taking it, by its id in the stack.
fn peek(sandbox: &Sandbox, queue: &str) -> Vec<Value> {
    let peeked = sandbox.local(&["queue", "peek", queue, "--output", "json"]).ok().json();
    peeked["messages"].as_array().cloned().unwrap_or_default()
}

#[test]
fn each_change_of_a_status_is_told() {
    let description = shipped::with_outbox();
    let (sandbox, endpoint) = shipped::up_as(&description);
    let artifacts = shipped::artifacts_of(&description);
    let args = ["plan", "--output", "json"].into_iter().chain(artifacts.iter().map(String::as_str));
    let plan = sandbox.local(&Vec::from_iter(args)).ok();
    assert_eq!(plan.steps(), [""; 0], "{plan}");
    let cloud = sandbox.cloud();
    // Its idempotency record is a change of the table too, and none of an order.
    let order = json!({"item": "Laptop", "quantity": 2, "customer_name": "Ana"}).to_string();
    let placed = http::send("POST", &format!("{endpoint}/orders"), &[("idempotency-key", "k")], &order).is(200).json();
    let id = placed["order_id"].as_str().expect("an order has an id");
    set(&endpoint, id, "PROCESSING");
    set(&endpoint, id, "PROCESSING");
    set(&endpoint, id, "COMPLETED");
    http::send("DELETE", &format!("{endpoint}/orders/{id}"), &[], "").is(200);

    let mut told = Vec::new();
    eventually("four changes are told", || {
        told.extend(consume(&cloud, |_| true));
        told.len() >= 4
    });
    let changes: Vec<_> =
        told.iter().map(|it| (it["from"].as_str(), it["to"].as_str(), it["version"].as_u64())).collect();
    assert_eq!(
        changes,
        [
            (None, Some("PENDING"), Some(1)),
            (Some("PENDING"), Some("PROCESSING"), Some(2)),
            (Some("PROCESSING"), Some("COMPLETED"), Some(3)),
            (Some("COMPLETED"), None, Some(4)),
        ]
    );
    assert!(told.iter().all(|it| it["order_id"] == id), "{told:?}");
    let ids: BTreeSet<_> = told.iter().map(|it| it["change_id"].to_string()).collect();
    assert_eq!(ids.len(), 4, "{told:?}");
    let members: BTreeSet<_> = told.iter().flat_map(|it| it.as_object().expect("an object").keys()).collect();
    assert_eq!(Vec::from_iter(members), ["change_id", "changed_at", "from", "order_id", "to", "version"]);
}

/// A queue that cannot be reached holds the changes up. After half a day they are given up, and it is told why.
#[test]
fn changes_that_cannot_be_sent_are_told_with_the_reason() {
    let (sandbox, endpoint) = shipped::up_as(&shipped::with_outbox());
    let cloud = sandbox.cloud();
    cloud.faults(json!({"server_error_chance": 1.0, "only": ["sqs:SendMessageBatch"]}));
    place(&endpoint, "first");
    let logged = |what: &str| sandbox.local(&["logs", "outbox", "--raw"]).ok().stdout.contains(what);
    eventually("the function says why", || logged("SendMessageBatch: "));
    cloud.advance(Duration::from_secs(12 * 3600 + 60));
    eventually("it is given up", || {
        // The next attempt is a minute away at most.
        cloud.advance(HIDDEN);
        !peek(&sandbox, "outbox-failed").is_empty()
    });
    let told = peek(&sandbox, "outbox-failed");
    let told: Value = serde_json::from_str(told[0]["body"].as_str().expect("a body")).expect("it is JSON");
    assert_eq!(told["requestContext"]["condition"], "RecordAgeExceeded", "{told}");
    assert_eq!(told["responseContext"]["functionError"], "Unhandled", "{told}");
    assert_eq!(told["DDBStreamBatchInfo"]["batchSize"], 1, "{told}");

    // What comes after it is sent as soon as the queue is there again.
    cloud.faults(json!({}));
    let next = place(&endpoint, "next");
    eventually("the next change is told", || consume(&cloud, |_| true).iter().any(|it| it["order_id"] == *next));
}

/// What the consumers saw: the versions of each order, as they came for the first time.
#[derive(Default)]
struct SeenChanges {
    of_order: BTreeMap<String, Vec<u64>>,
    again: usize,
}

impl SeenChanges {
    fn add(&mut self, change: &Value) {
        let order = change["order_id"].as_str().expect("an order").to_owned();
        let version = change["version"].as_u64().expect("a version");
        let seen = self.of_order.entry(order).or_default();
        if seen.contains(&version) {
            self.again += 1;
        } else {
            seen.push(version);
        }
    }

    fn count(&self) -> usize {
        self.of_order.values().map(Vec::len).sum()
    }
}

/// Consumes until so many different changes were seen.
fn consume_all(cloud: &Cloud, seen: &mut SeenChanges, count: usize, handles: impl Fn(&Value) -> bool) {
    let mut deadline = Instant::now() + PATIENCE;
    while seen.count() < count {
        let before = seen.count();
        consume(cloud, &handles).iter().for_each(|change| seen.add(change));
        if seen.count() > before {
            deadline = Instant::now() + PATIENCE;
        }
        assert!(Instant::now() < deadline, "{} of {count} changes came", seen.count());
        // What failed is tried again after a pause of the cloud's clock.
        cloud.advance(Duration::from_millis(200));
    }
}

/// Places orders and changes each of them twice, several at a time. Returns their ids.
fn change_orders(endpoint: &str, count: usize) -> Vec<String> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let mine = (0..count).filter(|number| number % CLIENTS == client);
                    let ids: Vec<_> = mine.map(|number| place(endpoint, &number.to_string())).collect();
                    for status in ["PROCESSING", "COMPLETED"] {
                        ids.iter().for_each(|id| set(endpoint, id, status));
                    }
                    ids
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("the client's orders")).collect()
    })
}

/// Pollers die, SQS fails and loses answers, and a consumer cannot handle some changes.
#[test]
fn no_change_is_lost() {
    let count: usize = std::env::var("OUTBOX_ORDERS").map_or(200, |count| count.parse().expect("a number of orders"));
    let (sandbox, endpoint) = shipped::up_as(&shipped::with_outbox());
    let cloud = sandbox.cloud();
    cloud.faults(json!({
        "seed": 7,
        "server_error_chance": 0.05,
        "cut_after_chance": 0.05,
        "only": ["sqs:SendMessageBatch"],
        "poller_death_chance": 0.2,
    }));
    let started = Instant::now();
    let ids = change_orders(&endpoint, count);
    eprintln!("{count} orders were changed in {:?}", started.elapsed());
    // A few orders have a change that the consumer cannot handle.
    let poisoned: BTreeSet<_> = ids.iter().step_by(count / 4).cloned().collect();
    let is_poison =
        |change: &Value| change["version"] == 2 && poisoned.contains(change["order_id"].as_str().expect("an order"));

    let mut seen = SeenChanges::default();
    let started = Instant::now();
    // Nothing of an order comes while its change is in the way: its first version, and neither the second nor the third.
    let in_the_way = 2 * poisoned.len();
    consume_all(&cloud, &mut seen, 3 * count - in_the_way, |change| !is_poison(change));
    eprintln!("{} changes came in {:?}, {} of them twice", seen.count(), started.elapsed(), seen.again);
    cloud.faults(json!({}));

    // Five times received and never deleted, they are dead letters, and the way is free.
    for _ in 0..6 {
        cloud.advance(HIDDEN);
        consume(&cloud, |change| !is_poison(change)).iter().for_each(|change| seen.add(change));
    }
    consume_all(&cloud, &mut seen, 3 * count - poisoned.len(), |change| !is_poison(change));
    let dead: BTreeSet<_> = peek(&sandbox, "status-changes-dlq")
        .iter()
        .map(|message| {
            let body: Value = serde_json::from_str(message["body"].as_str().expect("a body")).expect("it is JSON");
            assert_eq!(body["version"], 2, "{body}");
            body["order_id"].as_str().expect("an order").to_owned()
        })
        .collect();
    assert_eq!(dead, poisoned);

    // Brought back, they are handled.
    sandbox.local(&["queue", "redrive", "status-changes-dlq"]).ok();
    consume_all(&cloud, &mut seen, 3 * count, |_| true);
    assert_eq!(seen.of_order.len(), count);
    for (id, versions) in &seen.of_order {
        let expected = if poisoned.contains(id) { [1, 3, 2] } else { [1, 2, 3] };
        assert_eq!(versions, &expected, "{id}");
    }
    assert_eq!(peek(&sandbox, "outbox-failed"), [Value::Null; 0]);
}

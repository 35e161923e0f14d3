//! Many clients at once: no update is lost, no order is made twice, and none comes back.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::thread;
use tests::http::Reply;
use tests::{http, shipped};

/// Clients at the same time.
const CLIENTS: usize = 64;

/// Lets every client do its work, all at once.
fn all<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn({
                    let work = &work;
                    move || work(number)
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("no client panics")).collect()
    })
}

/// How many of the replies have this status.
fn with(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

/// Only these statuses, and none of the server's own failures.
#[track_caller]
fn only(replies: &[Reply], allowed: &[u16]) {
    for reply in replies {
        assert!(allowed.contains(&reply.status), "{reply:?}");
    }
}

#[test]
fn of_sixty_four_clients() {
    let (_sandbox, endpoint) = shipped::up_as(&shipped::unthrottled());
    let orders = format!("{endpoint}/orders");
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let place = |key: &str| {
        let body = json!({"item": "Laptop", "quantity": 2}).to_string();
        http::send("POST", &orders, &[("content-type", "application/json"), ("idempotency-key", key)], &body)
    };

    // One key, one order: whoever is first places it, the others are told of it or to wait.
    let replies = all(|_| place("one"));
    only(&replies, &[200, 409]);
    let placed: BTreeSet<_> = replies.iter().filter(|r| r.status == 200).map(|r| text(&r.json()["order_id"])).collect();
    assert_eq!(placed.len(), 1, "{placed:?}");
    let replayed = |reply: &&Reply| reply.status == 200 && reply.headers.contains_key("idempotency-replayed");
    assert_eq!(replies.iter().filter(replayed).count() + 1, with(&replies, 200), "exactly one placed it");
    assert_eq!(http::get(&orders).is(200).json()["count"], 1);
    let id = placed.into_iter().next().expect("there is one");
    let one = format!("{orders}/{id}");

    // One order, one version: of all that change what they saw, one does.
    let seen = http::get(&one).is(200).headers["etag"].clone();
    let replies = all(|number| {
        let status = if number % 2 == 0 { "PROCESSING" } else { "CANCELLED" };
        let headers = [("content-type", "application/json"), ("if-match", seen.as_str())];
        http::send("PUT", &one, &headers, &json!({"status": status}).to_string())
    });
    only(&replies, &[200, 409, 412]);
    let written =
        replies.iter().filter(|reply| reply.status == 200).map(|reply| reply.json()["order"]["version"].clone());
    assert_eq!(written.collect::<Vec<_>>(), [2], "one of {CLIENTS} wrote");
    assert_eq!(http::get(&one).is(200).json()["order"]["version"], 2);

    // Two steps that follow each other: as many versions as there are changes, and every one of them kept.
    let id = text(&place("two").is(200).json()["order_id"]);
    let one = format!("{orders}/{id}");
    let replies = all(|number| {
        let status = if number % 2 == 0 { "PROCESSING" } else { "COMPLETED" };
        http::send_json("PUT", &one, &json!({"status": status}))
    });
    only(&replies, &[200, 409]);
    let versions: BTreeSet<_> =
        replies.iter().filter(|r| r.status == 200).filter_map(|r| r.json()["order"]["version"].as_u64()).collect();
    let last = http::get(&one).is(200).json()["order"]["version"].as_u64().expect("a number");
    assert_eq!(versions, (2..=last).collect(), "no version was skipped or lost");

    // A deleted order stays deleted, whatever is on its way to it.
    let id = text(&place("three").is(200).json()["order_id"]);
    let one = format!("{orders}/{id}");
    let replies = all(|number| match number {
        32 => http::send("DELETE", &one, &[], ""),
        _ => http::send_json("PUT", &one, &json!({"status": "PROCESSING"})),
    });
    only(&replies, &[200, 404]);
    assert_eq!(replies[32].status, 200, "{:?}", replies[32]);
    http::get(&one).is(404);
    let listed = http::get(&format!("{orders}?limit=100")).is(200).json();
    let ids: Vec<_> = listed["orders"].as_array().into_iter().flatten().map(|order| text(&order["order_id"])).collect();
    assert_eq!((listed["count"].as_u64(), ids.contains(&id)), (Some(2), false), "{listed}");
    // Its key is not free for another order: the first answer is repeated, and nothing is made.
    assert_eq!(place("three").is(200).json()["order_id"], id.as_str());
    http::get(&one).is(404);
}

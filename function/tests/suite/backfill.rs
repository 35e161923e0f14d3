//! The backfill: orders that a former version of the system wrote come into the lists.

use crate::backend::{Backend, LocalDynamoDb, api, call, order_at};
use aws_sdk_dynamodb::types::AttributeValue;
use function::backfill::{BackfillSummary, BackfillSurvey, fill, survey};
use function::expiry::{ExpirySummary, expire_orders};
use function::orders::{Actor, Order, OrderId, OrderStatus, Precondition, StatusChange, StoredStatus, Timestamp};
use function::store::dynamodb::DynamoDb;
use function::store::dynamodb::backfill::{BackfillOutcome, ScannedOrder};
use function::store::{ChangeOutcome, OrderStore, PageWindow, RemoveOutcome};
use futures::future::join;
use serde_json::json;
use std::cell::Cell;

const FAST: u32 = 10_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(millis)
}

fn former(millis: i64, status: &str) -> Order {
    Order { status: StoredStatus::parse(status), version: 0, ..order_at(millis) }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn change(to: OrderStatus, precondition: Precondition) -> StatusChange {
    StatusChange { to, actor: Actor::Client, at: at(9_000), precondition }
}

/// Returns the ids in the lists of a status, walked page by page.
async fn listed(store: &DynamoDb, status: OrderStatus) -> Vec<OrderId> {
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let page = store.page(&[status], &PageWindow::NewestFirst { before }, 100).await.unwrap();
        ids.extend(page.orders.iter().map(|order| order.order_id));
        match page.next {
            Some(next) => before = Some(next),
            None => return ids,
        }
    }
}

async fn filled(store: &DynamoDb, spared: Option<Timestamp>) -> BackfillSummary {
    let mut summary = BackfillSummary::default();
    fill(store, spared, FAST, &mut summary, |_| {}).await.unwrap();
    summary
}

/// Returns the one order of a table that is in no list.
async fn only_missing(store: &DynamoDb) -> ScannedOrder {
    let page = store.scan(None, 100).await.unwrap();
    let [found] = page.orders.try_into().unwrap();
    found
}

#[tokio::test]
async fn what_was_in_no_list_is_told_listed_and_given_up() {
    let backend = LocalDynamoDb::start().await;
    let (old, young, done) = (former(1_000, "PENDING"), former(8_000, "pending"), former(1_000, "COMPLETED"));
    let lost = former(1_000, "shipped");
    for order in [&old, &young, &done, &lost] {
        backend.seed(order).await;
    }
    let undated = OrderId::random().to_string();
    let strange = [("status", text("PENDING")), ("created_at", text("yesterday")), ("version", text("two"))];
    backend.put(&[&[("order_id", text(&undated))][..], &strange].concat()).await;
    // Neither of these is an order that the API can serve.
    backend.put(&[("order_id", text("order-7"))]).await;
    backend.put(&[("order_id", text(&old.order_id.to_string().to_uppercase())), ("status", text("PENDING"))]).await;
    backend.put(&[("order_id", text("idempotency#x")), ("payload", text("x"))]).await;
    let store = backend.store();
    let placed = order_at(9_000);
    store.place(&placed, None).await.unwrap();

    let expected = BackfillSurvey {
        orders: 6,
        missing: vec![(OrderStatus::Pending, 3), (OrderStatus::Completed, 1)],
        overdue: 2,
        undated: 1,
        unknown: 1,
        others: 2,
    };
    assert_eq!(survey(store, at(5_000), FAST).await, Ok(expected));
    let spared = filled(store, Some(at(5_000))).await;
    assert_eq!((spared.written, spared.left, spared.failed), (2, 2, 0), "{spared:?}");
    assert_eq!(listed(store, OrderStatus::Pending).await, [placed.order_id, young.order_id]);
    let all = filled(store, None).await;
    assert_eq!((all.written, all.unneeded, all.left), (2, 0, 0), "{all:?}");
    assert_eq!(filled(store, None).await, BackfillSummary::default(), "nothing is written again");
    assert_eq!(survey(store, at(5_000), FAST).await.unwrap().missing, []);
    assert_eq!(listed(store, OrderStatus::Completed).await, [done.order_id]);
    // Nothing of what the API shows has changed.
    for order in [&old, &young, &done, &lost] {
        assert_eq!(store.get(order.order_id).await, Ok(Some(order.clone())));
    }

    let mut summary = ExpirySummary::default();
    expire_orders(store, at(9_999), at(5_000), || true, &mut summary).await.unwrap();
    assert_eq!(summary, ExpirySummary { expired: 2, skipped: 0, failed: 0, complete: true });
    assert_eq!(listed(store, OrderStatus::Expired).await, [old.order_id, undated.parse().unwrap()]);
}

/// Between the read and the write of an order anything may happen to it.
#[tokio::test]
async fn no_change_made_meanwhile_is_lost() {
    for meanwhile in ["changed", "deleted", "changed by the former function", "dated by the former function"] {
        let backend = LocalDynamoDb::start().await;
        let order = former(1_000, "PENDING");
        let id = order.order_id;
        backend.seed(&order).await;
        let store = backend.store();
        let found = only_missing(store).await;
        let (outcome, status, version) = match meanwhile {
            "changed" => {
                let processing = change(OrderStatus::Processing, Precondition::Versions(vec![0]));
                assert!(matches!(store.change_status(id, &processing).await, Ok(ChangeOutcome::Written(_))));
                (BackfillOutcome::Unneeded, Some(OrderStatus::Processing), 1)
            }
            "deleted" => {
                assert_eq!(store.remove(id, &Precondition::None).await, Ok(RemoveOutcome::Removed));
                (BackfillOutcome::Gone, None, 0)
            }
            "changed by the former function" => {
                backend.seed(&Order { status: OrderStatus::Cancelled.into(), ..order.clone() }).await;
                (BackfillOutcome::Written, Some(OrderStatus::Cancelled), 0)
            }
            _ => {
                backend.seed(&Order { created_at: at(3_000).to_string(), ..order.clone() }).await;
                (BackfillOutcome::Written, Some(OrderStatus::Pending), 0)
            }
        };
        assert_eq!(store.backfill(&found).await, Ok(outcome), "{meanwhile}");
        let now = store.get(id).await.unwrap();
        let seen = now.as_ref().map(|order| (order.status.clone(), order.version));
        assert_eq!(seen, status.map(|status| (status.into(), version)), "{meanwhile}");
        for listing in OrderStatus::ALL {
            assert_eq!(listed(store, listing).await.contains(&id), Some(listing) == status, "{meanwhile} {listing}");
        }
        if let Some(order) = now {
            let [row] = store
                .scan(None, 100)
                .await
                .unwrap()
                .orders
                .into_iter()
                .filter(|row| row.order == order)
                .collect::<Vec<_>>()
                .try_into()
                .unwrap();
            assert_eq!(row.missing_in(), None, "{meanwhile}: it stands where its date says");
            // A tag from before the backfill is still good, and one from before the change is not.
            let next = change(OrderStatus::Cancelled, Precondition::Versions(vec![version]));
            assert!(!matches!(store.change_status(id, &next).await, Ok(ChangeOutcome::PreconditionFailed(_))));
        }
    }
}

/// Stopped after any page, it goes on where it was.
#[tokio::test]
async fn a_run_that_was_stopped_is_gone_on_with() {
    let backend = LocalDynamoDb::start().await;
    for n in 0..600 {
        backend.seed(&former(n, "PENDING")).await;
    }
    let store = backend.store();
    let mut summary = BackfillSummary::default();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stop = Cell::new(Some(stop));
    {
        let run = fill(store, None, FAST, &mut summary, |_| drop(stop.take()));
        tokio::select! {
            result = run => panic!("it ran to its end: {result:?}"),
            _ = stopped => {}
        }
    }
    assert!((1..600).contains(&summary.written), "{summary:?}");
    let rest = filled(store, None).await;
    assert_eq!(summary.written + rest.written + rest.unneeded, 600, "{summary:?} {rest:?}");
    assert_eq!(listed(store, OrderStatus::Pending).await.len(), 600);
}

/// While callers change, delete and place orders.
#[tokio::test]
async fn runs_beside_the_api() {
    let backend = LocalDynamoDb::start().await;
    let mut orders = Vec::new();
    for n in 0..300 {
        let order = former(n, "PENDING");
        backend.seed(&order).await;
        orders.push(order.order_id);
    }
    let other = DynamoDb::new(backend.client.clone(), crate::local_dynamodb::TABLE, crate::local_dynamodb::INDEX);
    let api = api(backend.into_store());
    let traffic = async {
        for (n, id) in orders.iter().enumerate().rev() {
            let path = format!("/orders/{id}");
            let put = call("PUT", &path).header("If-Match", "\"0\"").json(&json!({"status": "PROCESSING"}));
            match n % 3 {
                0 => assert_eq!(put.send(&api).await.body["order"]["version"], 1),
                1 => assert_eq!(call("DELETE", &path).send(&api).await.status, 200),
                _ => {}
            }
        }
    };
    join(filled(&other, None), traffic).await;
    filled(&other, None).await;
    assert_eq!(listed(&other, OrderStatus::Processing).await.len(), 100);
    assert_eq!(listed(&other, OrderStatus::Pending).await.len(), 100);
    assert_eq!(survey(&other, at(0), FAST).await.unwrap().orders, 200);
}

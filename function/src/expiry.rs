//! Giving up orders that nobody works on.
//!
//! The job walks the PENDING orders of the status index from the oldest on, a page at a time, until it meets one that is
//! young enough or its own deadline is near; what is left then is the first thing the next run meets. Every order is
//! changed on the condition that it is still PENDING, so a run may be repeated, killed, or overlap with another one and
//! with clients.
//!
//! # What time it is
//! The later of two: this machine's time, and the time of EventBridge's event. On AWS they are the same instant but for the
//! seconds of delivery, or for more when a failed run is repeated, and the machine's is the later one. In an embedded cloud whose
//! clock was moved ahead only the event knows of it: the machine's time is the real one there.

use crate::config::{environment, expiry_age};
use crate::observe;
use crate::orders::{Actor, ListPosition, OrderStatus, Precondition, StatusChange, Timestamp};
use crate::store::{ChangeOutcome, OrderStore, PageWindow, StoreError};
use futures::{StreamExt, stream};
use lambda_http::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many orders are looked at between two looks at the clock.
const PAGE: usize = 100;

/// How many orders are changed at once.
const CONCURRENCY: usize = 8;

/// The time that a page of changes may need: with less than that left, no other page is begun.
const MARGIN: Duration = Duration::from_secs(3);

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExpirySummary {
    /// The orders that were given up.
    pub expired: u64,
    /// The orders that somebody else changed first.
    pub skipped: u64,
    /// The orders that the store refused to change.
    pub failed: u64,
    /// Whether all orders that are old enough were seen.
    pub complete: bool,
}

/// Runs the job for an event: of a schedule, or of anybody who calls the function.
///
/// An error is returned to Lambda, which runs the job again (twice, by default) and counts it.
pub async fn invoke(store: &impl OrderStore, event: LambdaEvent<Value>) -> Result<ExpirySummary, StoreError> {
    let started = Instant::now();
    let context = event.context;
    let mut summary = ExpirySummary::default();
    let result = match expiry_age(&environment) {
        Ok(age) => {
            let now = Timestamp::now().max(scheduled_time(&event.payload).unwrap_or(Timestamp::EPOCH));
            run(store, now, now.minus(age), || more_time(&context), &mut summary).await
        }
        Err(error) => Err(StoreError::Misconfigured(error.to_string())),
    };
    let error = result.as_ref().err().map(ToString::to_string);
    observe::to_stdout(&observe::expiry(&summary, error.as_deref(), &context, started.elapsed()));
    result.map(|()| summary)
}

/// The time of a scheduled event; of nothing else, whatever it has in `time`.
fn scheduled_time(event: &Value) -> Option<Timestamp> {
    let scheduled = event["source"] == "aws.events" && event["detail-type"] == "Scheduled Event";
    Timestamp::parse(event["time"].as_str().filter(|_| scheduled)?)
}

/// Whether there is time for another page.
fn more_time(context: &Context) -> bool {
    // Outside of Lambda there is no deadline.
    context.deadline == 0
        || Timestamp::now().plus(MARGIN).unix_millis() < i64::try_from(context.deadline).unwrap_or(i64::MAX)
}

/// Gives up the PENDING orders that were placed before `cutoff`, while there is time. `summary` is kept up to date, so
/// that it tells what was done even when the store fails half-way.
///
/// An order that the store refuses to change does not keep the others waiting: the run goes on, and fails in the end.
pub async fn run(
    store: &impl OrderStore,
    now: Timestamp,
    cutoff: Timestamp,
    more_time: impl Fn() -> bool,
    summary: &mut ExpirySummary,
) -> Result<(), StoreError> {
    let change =
        StatusChange { to: OrderStatus::Expired, actor: Actor::Schedule, at: now, precondition: Precondition::None };
    let (mut after, mut refused) = (None, None);
    while more_time() {
        let window = PageWindow::OldestFirst { after, until: ListPosition::at(cutoff) };
        let page = store.page(&[OrderStatus::Pending], &window, PAGE).await?;
        let mut changes = stream::iter(&page.orders)
            .map(|order| store.change_status(order.order_id, &change))
            .buffer_unordered(CONCURRENCY);
        while let Some(changed) = changes.next().await {
            match changed {
                Ok(ChangeOutcome::Written(_)) => summary.expired += 1,
                Ok(_) => summary.skipped += 1,
                Err(error @ StoreError::Failed(_)) => {
                    summary.failed += 1;
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match page.next {
            Some(position) => after = Some(position),
            None => {
                summary.complete = true;
                break;
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{IdempotencyClaim, NewOrder, Order, OrderId};
    use crate::store::memory::MemoryStore;
    use crate::store::{OrderPage, PlaceOutcome, RemoveOutcome};
    use serde_json::json;
    use std::cell::Cell;

    async fn place(store: &MemoryStore, at: i64) -> OrderId {
        let new = NewOrder { item: "x".into(), quantity: 1, customer_name: "a".into(), customer_email: String::new() };
        let order = Order::place(&new, OrderId::random(), Timestamp::from_unix_millis(at));
        store.place(&order, None).await.unwrap();
        order.order_id
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis)
    }

    #[test]
    fn the_time_is_that_of_a_scheduled_event() {
        let event =
            |source: &str, kind: &str, time: Value| json!({"source": source, "detail-type": kind, "time": time});
        for (event, expected) in [
            (event("aws.events", "Scheduled Event", json!("1970-01-01T00:00:05Z")), Some(5_000)),
            (event("aws.events", "Scheduled Event", json!("1970-01-01T01:00:05+01:00")), Some(5_000)),
            (event("aws.events", "Scheduled Event", json!("1970-01-01T00:00:05")), None),
            (event("aws.events", "Scheduled Event", json!("99999-01-01T00:00:00Z")), None),
            (event("aws.events", "Scheduled Event", json!("9999-12-31T23:59:59-23:59")), None),
            (event("aws.events", "Scheduled Event", json!("soon")), None),
            (event("aws.events", "Scheduled Event", json!(5)), None),
            (event("aws.events", "EC2 Instance State-change Notification", json!("1970-01-01T00:00:05Z")), None),
            (event("my.shop", "Scheduled Event", json!("1970-01-01T00:00:05Z")), None),
            (json!({"time": "1970-01-01T00:00:05Z"}), None),
            (json!([{"time": 1}]), None),
            (json!("1970-01-01T00:00:05Z"), None),
            (Value::Null, None),
        ] {
            assert_eq!(scheduled_time(&event).map(Timestamp::unix_millis), expected, "{event}");
        }
    }

    #[tokio::test]
    async fn only_what_is_older_than_the_cutoff() {
        let store = MemoryStore::default();
        let (old, edge, young) = (place(&store, 999).await, place(&store, 1_000).await, place(&store, 1_001).await);
        let mut summary = ExpirySummary::default();
        run(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 1, skipped: 0, failed: 0, complete: true });
        let expired = store.get(old).await.unwrap().unwrap();
        assert_eq!(expired.status, OrderStatus::Expired);
        assert_eq!(expired.expired_at.as_deref(), Some("1970-01-01T00:00:05.000Z"));
        for id in [edge, young] {
            assert_eq!(store.get(id).await.unwrap().unwrap().status, OrderStatus::Pending);
        }
    }

    /// A store that refuses to change one of its orders.
    struct Refusing(MemoryStore, OrderId);

    impl OrderStore for Refusing {
        async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError> {
            self.0.place(order, claim).await
        }
        async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
            self.0.get(id).await
        }
        async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
            match id == self.1 {
                true => Err(StoreError::Failed("UpdateItem: ValidationException".into())),
                false => self.0.change_status(id, change).await,
            }
        }
        async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
            self.0.remove(id, precondition).await
        }
        async fn page(
            &self,
            statuses: &[OrderStatus],
            window: &PageWindow,
            limit: usize,
        ) -> Result<OrderPage, StoreError> {
            self.0.page(statuses, window, limit).await
        }
    }

    #[tokio::test]
    async fn an_order_that_cannot_be_changed_holds_up_no_other() {
        let store = MemoryStore::default();
        let first = place(&store, 0).await;
        for n in 1..150 {
            place(&store, n).await;
        }
        let store = Refusing(store, first);
        let mut summary = ExpirySummary::default();
        let result = run(&store, at(5_000), at(1_000), || true, &mut summary).await;
        assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
        assert_eq!(summary, ExpirySummary { expired: 149, skipped: 0, failed: 1, complete: true });
    }

    #[tokio::test]
    async fn goes_on_where_the_time_ran_out() {
        let store = MemoryStore::default();
        for n in 0..250 {
            place(&store, n).await;
        }
        let pages = Cell::new(2);
        let two_pages = || pages.replace(pages.get() - 1) > 0;
        let mut summary = ExpirySummary::default();
        run(&store, at(5_000), at(1_000), two_pages, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 200, skipped: 0, failed: 0, complete: false });
        let mut summary = ExpirySummary::default();
        run(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 50, skipped: 0, failed: 0, complete: true });
        let mut summary = ExpirySummary::default();
        run(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 0, skipped: 0, failed: 0, complete: true });
    }
}

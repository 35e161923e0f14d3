//! The scheduled job that expires orders which were PENDING for too long.
//!
//! The job reads the PENDING orders of the status index from the oldest on, a page at a time, until it reaches one that is
//! young enough or its own deadline is near. The next run begins with the orders that are left. Every order is changed on
//! the condition that it is still PENDING, so a run may be repeated, killed, or overlap with another run and with clients.
//!
//! # The time of a run
//! A run takes the later of two times: that of the system clock and that of EventBridge's event. On AWS the system clock is
//! later, by the seconds of delivery, or by more when Lambda repeats a failed run. In an embedded cloud whose clock was moved
//! ahead the event is later, because the system clock of the function is not moved; the cloud tells the function how far. An
//! event that is further ahead is refused: EXPIRED is final, and whoever may invoke the function may write any time into an event.

use crate::config::{ConfigError, clock_ahead, environment, expiry_age, metrics_namespace};
use crate::deadline::has_time_left;
use crate::observe::{
    EmfMetadata, MetricDefinition, MetricDirective, function_name, rounded_millis, to_json, write_line,
};
use crate::orders::{Actor, ListPosition, OrderStatus, Precondition, StatusChange, Timestamp};
use crate::store::{ChangeOutcome, OrderStore, PageWindow, StoreError};
use futures::{StreamExt, stream};
use lambda_http::{Context, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many orders are read at once. The deadline is checked before each page.
const PAGE_SIZE: usize = 100;

/// How many orders are changed in parallel.
const CONCURRENCY: usize = 8;

/// The time that the changes of a page may need. With less time left before the deadline, no other page is begun.
const PAGE_TIME: Duration = Duration::from_secs(3);

/// How far the time of an event may be ahead of the clock. Two clocks of AWS differ by less than the five minutes after which it
/// refuses a signed request.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// Says why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event is of a time that has not come.
    #[error(
        "the event is of {scheduled}, but it is {now}: an event may be at most 5 minutes ahead; no order was expired. \
         Send it without `time` to expire what is old enough now"
    )]
    FutureEvent {
        /// The time of the event.
        scheduled: Timestamp,
        /// The time of the clock.
        now: Timestamp,
    },
}

impl From<ConfigError> for ExpiryError {
    fn from(error: ConfigError) -> Self {
        Self::Store(StoreError::Misconfigured(error.to_string()))
    }
}

/// The result of a run.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExpirySummary {
    /// How many orders were expired.
    pub expired: u64,
    /// How many orders somebody else had changed first.
    pub skipped: u64,
    /// How many orders the store failed to change.
    pub failed: u64,
    /// Whether the run reached the end of the orders that are old enough.
    pub complete: bool,
}

/// Runs the job for an event: a scheduled event, or any other event with which the function is invoked.
///
/// An error is returned to Lambda, which counts it and repeats an asynchronous invocation (twice, by default).
pub async fn invoke(store: &impl OrderStore, event: LambdaEvent<Value>) -> Result<ExpirySummary, ExpiryError> {
    let started = Instant::now();
    let context = event.context;
    let mut summary = ExpirySummary::default();
    let result = run(store, &event.payload, &context, &mut summary).await;
    let error = result.as_ref().err().map(ToString::to_string);
    write_line(&log_line(&summary, error.as_deref(), &context, started.elapsed()));
    result.map(|()| summary)
}

/// Expires what is old enough at the time of the run.
async fn run(
    store: &impl OrderStore,
    event: &Value,
    context: &Context,
    summary: &mut ExpirySummary,
) -> Result<(), ExpiryError> {
    let age = expiry_age(&environment)?;
    let now = run_time(scheduled_time(event), Timestamp::now(), clock_ahead(&environment)?)?;
    Ok(expire_orders(store, now, now.minus(age), || has_time_left(context, PAGE_TIME), summary).await?)
}

/// Returns the time of a run: the later of that of the system clock and that of the event. `ahead` is how far the cloud's clock is
/// ahead of the system clock.
fn run_time(scheduled: Option<Timestamp>, system: Timestamp, ahead: Duration) -> Result<Timestamp, ExpiryError> {
    let now = system.plus(ahead);
    match scheduled {
        Some(scheduled) if scheduled > now.plus(MAX_CLOCK_SKEW) => Err(ExpiryError::FutureEvent { scheduled, now }),
        Some(scheduled) => Ok(system.max(scheduled)),
        None => Ok(system),
    }
}

/// Returns the time of a scheduled event of EventBridge. `None` for any other event, even if it has a member `time`.
fn scheduled_time(event: &Value) -> Option<Timestamp> {
    let scheduled = event["source"] == "aws.events" && event["detail-type"] == "Scheduled Event";
    Timestamp::parse(event["time"].as_str().filter(|_| scheduled)?)
}

/// Expires the PENDING orders that were placed before `cutoff`, for as long as `has_time_left` returns true. `summary` is
/// updated after each order, so that it is right even if the store fails half-way.
///
/// If the store fails to change one order, the others are still expired, and the first such error is returned in the end.
pub async fn expire_orders(
    store: &impl OrderStore,
    now: Timestamp,
    cutoff: Timestamp,
    has_time_left: impl Fn() -> bool,
    summary: &mut ExpirySummary,
) -> Result<(), StoreError> {
    let change =
        StatusChange { to: OrderStatus::Expired, actor: Actor::Schedule, at: now, precondition: Precondition::None };
    let (mut after, mut first_error) = (None, None);
    while has_time_left() {
        let window = PageWindow::OldestFirst { after, until: ListPosition::lower_bound(cutoff) };
        let page = store.page(&[OrderStatus::Pending], &window, PAGE_SIZE).await?;
        let mut changes = stream::iter(&page.orders)
            .map(|order| store.change_status(order.order_id, &change))
            .buffer_unordered(CONCURRENCY);
        while let Some(changed) = changes.next().await {
            match changed {
                Ok(ChangeOutcome::Written(_)) => summary.expired += 1,
                Ok(_) => summary.skipped += 1,
                Err(error @ StoreError::Failed(_)) => {
                    summary.failed += 1;
                    first_error.get_or_insert(error);
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
    first_error.map_or(Ok(()), Err)
}

/// The members of the log line of a run, in the order in which they are written.
#[derive(Serialize)]
struct ExpiryRecord<'a> {
    level: &'static str,
    timestamp: String,
    service: &'a str,
    orders_expired: u64,
    orders_skipped: u64,
    orders_failed: u64,
    complete: bool,
    latency_ms: f64,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    server_errors: u8,
    #[serde(rename = "_aws")]
    emf: EmfMetadata,
}

/// Returns the log line of a run as JSON, with the current time.
fn log_line(summary: &ExpirySummary, error: Option<&str>, context: &Context, latency: Duration) -> String {
    let now = Timestamp::now();
    let directives = vec![MetricDirective {
        dimensions: vec![vec!["service"]],
        metrics: vec![
            MetricDefinition::count("orders_expired"),
            MetricDefinition::milliseconds("latency_ms"),
            MetricDefinition::count("server_errors"),
        ],
    }];
    to_json(&ExpiryRecord {
        level: if error.is_some() { "ERROR" } else { "INFO" },
        timestamp: now.to_string(),
        service: &function_name(),
        orders_expired: summary.expired,
        orders_skipped: summary.skipped,
        orders_failed: summary.failed,
        complete: summary.complete,
        latency_ms: rounded_millis(latency),
        request_id: &context.request_id,
        trace_id: context.xray_trace_id.as_deref(),
        error,
        server_errors: u8::from(error.is_some()),
        emf: EmfMetadata::new(now, metrics_namespace(&environment), directives),
    })
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

    #[test]
    fn a_run_is_at_no_time_that_has_not_come() {
        let hour = 3_600_000;
        let seconds = Duration::from_secs;
        for (scheduled, system, ahead, expected) in [
            (None, hour, seconds(0), Some(hour)),
            (None, hour, seconds(7_200), Some(hour)),
            (Some(hour - 30_000), hour, seconds(0), Some(hour)),
            (Some(hour + 30_000), hour, seconds(0), Some(hour + 30_000)),
            (Some(hour + 300_000), hour, seconds(0), Some(hour + 300_000)),
            (Some(hour + 300_001), hour, seconds(0), None),
            (Some(i64::MAX), hour, seconds(0), None),
            (Some(3 * hour), hour, seconds(7_200), Some(3 * hour)),
            (Some(3 * hour + 300_001), hour, seconds(7_200), None),
        ] {
            let time = run_time(scheduled.map(at), at(system), ahead);
            assert_eq!(time.as_ref().ok(), expected.map(at).as_ref(), "{scheduled:?} {system} {ahead:?}: {time:?}");
        }
        let refused = run_time(Some(at(i64::MAX)), at(0), Duration::ZERO).unwrap_err();
        insta::assert_snapshot!(refused, @"the event is of 9999-12-31T23:59:59.999Z, but it is 1970-01-01T00:00:00.000Z: an event may be at most 5 minutes ahead; no order was expired. Send it without `time` to expire what is old enough now");
    }

    #[tokio::test]
    async fn only_orders_older_than_the_cutoff_expire() {
        let store = MemoryStore::default();
        let (old, edge, young) = (place(&store, 999).await, place(&store, 1_000).await, place(&store, 1_001).await);
        let mut summary = ExpirySummary::default();
        expire_orders(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 1, skipped: 0, failed: 0, complete: true });
        let expired = store.get(old).await.unwrap().unwrap();
        assert_eq!(expired.status, OrderStatus::Expired);
        assert_eq!(expired.expired_at.as_deref(), Some("1970-01-01T00:00:05.000Z"));
        for id in [edge, young] {
            assert_eq!(store.get(id).await.unwrap().unwrap().status, OrderStatus::Pending);
        }
    }

    /// A store that fails to change one of its orders.
    struct FailingStore(MemoryStore, OrderId);

    impl OrderStore for FailingStore {
        async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError> {
            self.0.place(order, claim).await
        }
        async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
            self.0.get(id).await
        }
        async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
            if id == self.1 {
                return Err(StoreError::Failed("UpdateItem: ValidationException".into()));
            }
            self.0.change_status(id, change).await
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
        let store = FailingStore(store, first);
        let mut summary = ExpirySummary::default();
        let result = expire_orders(&store, at(5_000), at(1_000), || true, &mut summary).await;
        assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
        assert_eq!(summary, ExpirySummary { expired: 149, skipped: 0, failed: 1, complete: true });
    }

    #[tokio::test]
    async fn the_next_run_goes_on_where_the_time_ran_out() {
        let store = MemoryStore::default();
        for n in 0..250 {
            place(&store, n).await;
        }
        let pages = Cell::new(2);
        let two_pages = || pages.replace(pages.get() - 1) > 0;
        let mut summary = ExpirySummary::default();
        expire_orders(&store, at(5_000), at(1_000), two_pages, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 200, skipped: 0, failed: 0, complete: false });
        let mut summary = ExpirySummary::default();
        expire_orders(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 50, skipped: 0, failed: 0, complete: true });
        let mut summary = ExpirySummary::default();
        expire_orders(&store, at(5_000), at(1_000), || true, &mut summary).await.unwrap();
        assert_eq!(summary, ExpirySummary { expired: 0, skipped: 0, failed: 0, complete: true });
    }
}

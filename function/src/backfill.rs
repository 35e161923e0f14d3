//! The backfill: puts the orders of a former version of the system into the lists.
//!
//! Lists and the expiry see what is in the status index, and a former version wrote no attributes for it. The backfill walks
//! through the table twice: once to tell what it would do, once to do it. It writes each order on the condition that nobody changed
//! it meanwhile, so it can run beside the API, be stopped at any time, and be run again: what is in the lists is not written again.

pub mod command;
mod pace;

use self::pace::{WorkPace, paced, patiently};
use crate::orders::{ListPosition, OrderStatus, Timestamp};
use crate::store::StoreError;
use crate::store::dynamodb::DynamoDb;
use crate::store::dynamodb::backfill::{BackfillOutcome, ScannedOrder};
use futures::StreamExt;

/// How many items are read at once: few enough that a page takes a small part of a table's read capacity.
const PAGE_SIZE: i32 = 250;
/// How many items are read in the time in which one order is written: a page of a scan takes a small part of the capacity of writes.
const READS_FOR_A_WRITE: u32 = 20;

/// What a backfill would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackfillSurvey {
    /// How many orders the table has.
    pub orders: u64,
    /// How many orders each status has that are in no list.
    pub missing: Vec<(OrderStatus, u64)>,
    /// How many of them the expiry gives up once they are in a list.
    pub overdue: u64,
    /// How many of these have no date that can be read, which counts as 1970.
    pub undated: u64,
    /// How many orders have a status that no list has.
    pub unknown: u64,
    /// How many items are neither orders that the API can serve nor idempotency records.
    pub others: u64,
}

/// What a backfill did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackfillSummary {
    /// How many orders were put into the lists.
    pub written: u64,
    /// How many came into the lists by themselves, or were deleted, meanwhile.
    pub unneeded: u64,
    /// How many were left out because the expiry would give them up.
    pub left: u64,
    /// How many the store refused, with the first reason.
    pub failed: u64,
    /// The first reason of a refusal.
    pub first_error: Option<StoreError>,
}

impl BackfillSurvey {
    /// Returns how many orders are in no list.
    pub fn total(&self) -> u64 {
        self.missing.iter().map(|(_, count)| count).sum()
    }

    fn count(&mut self, found: &ScannedOrder, cutoff: Timestamp) {
        self.orders += 1;
        self.unknown += u64::from(found.has_unknown_status());
        let Some(status) = found.missing_in() else { return };
        match self.missing.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => self.missing.push((status, 1)),
        }
        if is_overdue(found, cutoff) {
            self.overdue += 1;
            let epoch = ListPosition::new(Timestamp::EPOCH, found.order.order_id);
            self.undated += u64::from(found.position() == epoch);
        }
    }
}

/// Tells whether the expiry gives an order up as soon as it is in a list.
fn is_overdue(found: &ScannedOrder, cutoff: Timestamp) -> bool {
    found.order.status == OrderStatus::Pending && found.position() < ListPosition::lower_bound(cutoff)
}

/// Tells what a backfill would do. `rate` is how many orders a second may be written; twenty times as many are read.
pub async fn survey(store: &DynamoDb, cutoff: Timestamp, rate: u32) -> Result<BackfillSurvey, StoreError> {
    let mut out = BackfillSurvey::default();
    let mut pace = WorkPace::new(rate.saturating_mul(READS_FOR_A_WRITE));
    let mut next = None;
    loop {
        pace.turn(PAGE_SIZE.unsigned_abs()).await;
        let page = patiently(|| store.scan(next.as_ref(), PAGE_SIZE)).await?;
        page.orders.iter().for_each(|found| out.count(found, cutoff));
        out.others += page.others;
        next = page.next;
        if next.is_none() {
            out.missing.sort_by_key(|(status, _)| OrderStatus::ALL.iter().position(|known| known == status));
            return Ok(out);
        }
    }
}

/// Puts orders into the lists, at most `rate` a second. With `spared`, those that the expiry gives up at this time are left out.
/// `summary` is right after each order, also if the store fails or the future is dropped; `tell` is called after each page.
pub async fn fill(
    store: &DynamoDb,
    spared: Option<Timestamp>,
    rate: u32,
    summary: &mut BackfillSummary,
    tell: impl Fn(&BackfillSummary),
) -> Result<(), StoreError> {
    let mut reads = WorkPace::new(rate.saturating_mul(READS_FOR_A_WRITE));
    let mut writes = WorkPace::new(rate);
    let mut next = None;
    loop {
        reads.turn(PAGE_SIZE.unsigned_abs()).await;
        let page = patiently(|| store.scan(next.as_ref(), PAGE_SIZE)).await?;
        let missing = page.orders.iter().filter(|found| found.missing_in().is_some());
        let (left, wanted): (Vec<_>, Vec<_>) =
            missing.partition(|found| spared.is_some_and(|cutoff| is_overdue(found, cutoff)));
        summary.left += left.len() as u64;
        let mut results = paced(&mut writes, wanted, async |found| patiently(|| store.backfill(found)).await);
        while let Some(result) = results.next().await {
            match result {
                Ok(BackfillOutcome::Written) => summary.written += 1,
                Ok(BackfillOutcome::Unneeded | BackfillOutcome::Gone) => summary.unneeded += 1,
                // One order that the store refuses holds up no other.
                Err(error @ StoreError::Failed(_)) => {
                    summary.failed += 1;
                    summary.first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        drop(results);
        tell(summary);
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}

//! Where orders are kept.
//!
//! [`OrderStore`] is what the rest of the crate knows of a database: five operations, each atomic. [`dynamodb`] is the real
//! one, [`memory`] its model for tests; one suite of tests holds both to the same behaviour.

pub mod dynamodb;
pub mod memory;

use crate::orders::{IdempotencyClaim, ListPosition, Order, OrderId, OrderStatus, Precondition, StatusChange};

/// A place that keeps orders.
#[expect(async_fn_in_trait, reason = "the runtime has one thread: nobody needs the futures to be Send")]
pub trait OrderStore {
    /// Keeps a new order. With a claim, the order and the record of the key are written together or not at all.
    async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError>;

    /// The order with this id, with everything that was written before the call.
    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// Changes the status of an order if the rules allow it, in one atomic step.
    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError>;

    /// Removes an order.
    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError>;

    /// One page of the orders that are in one of `statuses`. It may be some milliseconds behind the writes.
    async fn page(&self, statuses: &[OrderStatus], window: &PageWindow, limit: usize) -> Result<OrderPage, StoreError>;
}

/// What came of [`OrderStore::place`].
#[derive(Debug, Clone, PartialEq)]
pub enum PlaceOutcome {
    /// The order is kept.
    Created,
    /// The key was used for the same payload before: this is the order as it was first answered.
    Replayed(Box<Order>),
    /// The key was used for another payload.
    KeyReused,
    /// Another request with the key is being worked on.
    InFlight,
}

/// What came of [`OrderStore::change_status`].
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeOutcome {
    /// The order as it is now.
    Written(Order),
    /// The order was there already; nothing was written.
    Unchanged(Order),
    /// The rules forbid it for this order.
    Refused(Order),
    /// This order is at another version.
    PreconditionFailed(Order),
    /// There is no such order.
    NotFound,
}

/// What came of [`OrderStore::remove`].
#[derive(Debug, Clone, PartialEq)]
pub enum RemoveOutcome {
    /// The order is gone.
    Removed,
    /// This order is at another version.
    PreconditionFailed(Order),
    /// There is no such order.
    NotFound,
}

/// Which part of a list a page is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageWindow {
    /// From the newest order down, or from just before a position.
    NewestFirst {
        /// Where the page before ended.
        before: Option<ListPosition>,
    },
    /// From the oldest order up, or from just after a position.
    OldestFirst {
        /// Where the page before ended.
        after: Option<ListPosition>,
        /// Where to stop; an order at this very position is not part of it.
        until: ListPosition,
    },
}

impl PageWindow {
    /// Whether the order at `position` belongs to it.
    pub fn contains(&self, position: &ListPosition) -> bool {
        match self {
            Self::NewestFirst { before } => before.as_ref().is_none_or(|before| position < before),
            Self::OldestFirst { after, until } => {
                position < until && after.as_ref().is_none_or(|after| position > after)
            }
        }
    }

    /// Brings rows into the order of the window.
    fn sort(&self, rows: &mut [IndexRow]) {
        match self {
            Self::NewestFirst { .. } => rows.sort_by(|a, b| b.cmp_key().cmp(&a.cmp_key())),
            Self::OldestFirst { .. } => {
                rows.sort_by(|a, b| a.position.cmp(&b.position).then(b.version().cmp(&a.version())))
            }
        }
    }
}

/// Some orders of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderPage {
    /// The orders, in the order of the window.
    pub orders: Vec<Order>,
    /// Where the page ends, if there is more.
    pub next: Option<ListPosition>,
}

/// An entry of the index. The order is missing if the entry is not one that the rules can read: it has a place in the
/// list, but is not shown.
#[derive(Debug, Clone)]
pub(crate) struct IndexRow {
    pub(crate) position: ListPosition,
    pub(crate) order: Option<Order>,
}

impl IndexRow {
    fn version(&self) -> u64 {
        self.order.as_ref().map_or(0, |order| order.version)
    }

    fn cmp_key(&self) -> (&ListPosition, u64) {
        (&self.position, self.version())
    }
}

impl OrderPage {
    /// Makes a page of what the partitions of a list gave, each its first `limit + 1` rows (or all it has).
    ///
    /// An order that changes status between the reads of two partitions can be in both: it is shown once, as the later
    /// version.
    pub(crate) fn merge(mut rows: Vec<IndexRow>, window: &PageWindow, limit: usize) -> Self {
        window.sort(&mut rows);
        rows.dedup_by(|later, first| later.position == first.position);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.position.clone()) } else { None };
        Self { orders: rows.into_iter().filter_map(|row| row.order).collect(), next }
    }
}

/// Why the store cannot answer. The texts are for the log, never for a caller.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// It is not set up: the environment, the table or the permissions are wrong. Trying again does not help.
    #[error("the store is not set up: {0}")]
    Misconfigured(String),
    /// It is too busy or out of reach. Trying again helps.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Anything else.
    #[error("the store failed: {0}")]
    Failed(String),
}

//! The storage of orders.
//!
//! The rest of the crate uses a store only by the trait [`OrderStore`], which has five atomic operations. [`dynamodb`] stores
//! orders in DynamoDB, [`memory`] in this process, for tests. One test suite checks that both behave alike.

pub mod dynamodb;
pub mod memory;

use crate::orders::{IdempotencyClaim, ListPosition, Order, OrderId, OrderStatus, Precondition, StatusChange};

/// Stores orders.
#[expect(async_fn_in_trait, reason = "the runtime has one thread: nobody needs the futures to be Send")]
pub trait OrderStore {
    /// Stores a new order. With a claim, the order and the record of the idempotency key are written together or not at all.
    async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError>;

    /// Returns the order with this id. The read is consistent: it sees every write that ended before the call.
    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError>;

    /// Changes the status of an order in one atomic step, if the rules allow the change.
    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError>;

    /// Removes an order, if its version satisfies `precondition`.
    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError>;

    /// Returns a page of the orders whose status is one of `statuses`. The page may miss writes of the last milliseconds.
    async fn page(&self, statuses: &[OrderStatus], window: &PageWindow, limit: usize) -> Result<OrderPage, StoreError>;
}

/// The outcome of [`OrderStore::place`].
#[derive(Debug, Clone, PartialEq)]
pub enum PlaceOutcome {
    /// The order is stored.
    Created,
    /// The key was used for the same payload before. The order is that of the first answer.
    Replayed(Box<Order>),
    /// The key was used for another payload.
    KeyReused,
    /// Another request with the key is not done yet.
    InFlight,
}

/// The outcome of [`OrderStore::change_status`]. Its orders are as they are stored now.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeOutcome {
    /// The change was written.
    Written(Order),
    /// The order has the requested status already; nothing was written.
    Unchanged(Order),
    /// The rules forbid the change of this order.
    Refused(Order),
    /// This order is at another version.
    PreconditionFailed(Order),
    /// There is no such order.
    NotFound,
}

/// The outcome of [`OrderStore::remove`].
#[derive(Debug, Clone, PartialEq)]
pub enum RemoveOutcome {
    /// The order is removed.
    Removed,
    /// This order is at another version.
    PreconditionFailed(Order),
    /// There is no such order.
    NotFound,
}

/// The order of a list, and the part of it from which a page is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageWindow {
    /// Newest orders first.
    NewestFirst {
        /// The position before which the page starts; `None` for the first page.
        before: Option<ListPosition>,
    },
    /// Oldest orders first.
    OldestFirst {
        /// The position after which the page starts; `None` for the first page.
        after: Option<ListPosition>,
        /// The position before which the list ends.
        until: ListPosition,
    },
}

impl PageWindow {
    /// Tells whether the order at `position` is in the window.
    pub fn contains(&self, position: &ListPosition) -> bool {
        match self {
            Self::NewestFirst { before } => before.as_ref().is_none_or(|before| position < before),
            Self::OldestFirst { after, until } => {
                position < until && after.as_ref().is_none_or(|after| position > after)
            }
        }
    }

    /// Sorts rows into the order of the window. Of two versions of an order the later comes first.
    fn sort(&self, rows: &mut [IndexRow]) {
        match self {
            Self::NewestFirst { .. } => rows.sort_by(|a, b| b.sort_key().cmp(&a.sort_key())),
            Self::OldestFirst { .. } => {
                rows.sort_by(|a, b| a.position.cmp(&b.position).then(b.version().cmp(&a.version())))
            }
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderPage {
    /// The orders, in the order of the window.
    pub orders: Vec<Order>,
    /// The position of the last row of this page; `None` if no page follows.
    pub next: Option<ListPosition>,
}

/// An entry of the status index. `order` is `None` if the item cannot be read as an order: such an entry has a position, but
/// no page shows it.
#[derive(Debug, Clone)]
pub(crate) struct IndexRow {
    pub(crate) position: ListPosition,
    pub(crate) order: Option<Order>,
}

impl IndexRow {
    /// Returns the version of the order; 0 if there is no order.
    fn version(&self) -> u64 {
        self.order.as_ref().map_or(0, |order| order.version)
    }

    /// Returns the key by which rows are sorted.
    fn sort_key(&self) -> (&ListPosition, u64) {
        (&self.position, self.version())
    }
}

impl OrderPage {
    /// Merges the rows of all partitions of a list into a page. `rows` has the first `limit + 1` rows of each partition, or
    /// all if it has fewer.
    ///
    /// An order whose status changes between the reads of two partitions can be in both; the page shows its later version.
    pub(crate) fn merge(mut rows: Vec<IndexRow>, window: &PageWindow, limit: usize) -> Self {
        window.sort(&mut rows);
        rows.dedup_by(|later, first| later.position == first.position);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.position.clone()) } else { None };
        Self { orders: rows.into_iter().filter_map(|row| row.order).collect(), next }
    }
}

/// Says why a store failed. The texts are for the log and are not shown to callers.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// The environment, the table or the permissions are wrong. Trying again does not help.
    #[error("the store is not set up: {0}")]
    Misconfigured(String),
    /// The store is too busy or cannot be reached. Trying again may help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The store failed in another way.
    #[error("the store failed: {0}")]
    Failed(String),
}

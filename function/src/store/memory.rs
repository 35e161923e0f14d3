//! An [`OrderStore`] in memory, for tests. It behaves as [`dynamodb`](super::dynamodb) does, without a database.

use super::{ChangeOutcome, IndexRow, OrderPage, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome, StoreError};
use crate::orders::{
    IdempotencyClaim, ListPosition, Order, OrderId, OrderStatus, Precondition, StatusChange, StoredStatus, Timestamp,
    TransitionDecision,
};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stores orders in the memory of this process.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<MemoryTables>);

#[derive(Debug, Default)]
struct MemoryTables {
    orders: HashMap<OrderId, StoredOrder>,
    keys: HashMap<String, ClaimedKey>,
}

#[derive(Debug)]
struct StoredOrder {
    order: Order,
    /// The position in the index. `None` for an order of a former version of the system, which enters the index with its
    /// next change.
    position: Option<ListPosition>,
}

#[derive(Debug)]
struct ClaimedKey {
    payload: String,
    answer: Order,
    expires_at: Timestamp,
}

impl MemoryStore {
    /// Stores an order as a former version of the system did, without an entry in the index.
    pub fn seed(&self, order: Order) {
        self.tables().orders.insert(order.order_id, StoredOrder { order, position: None });
    }

    /// Locks the tables. A poisoned lock is taken all the same: no operation can panic between two changes that belong
    /// together.
    fn tables(&self) -> MutexGuard<'_, MemoryTables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OrderStore for MemoryStore {
    async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError> {
        let mut tables = self.tables();
        if let Some(claim) = claim {
            if let Some(record) = tables.keys.get(&claim.key).filter(|record| record.expires_at > claim.now) {
                return Ok(if record.payload == claim.payload {
                    PlaceOutcome::Replayed(Box::new(record.answer.clone()))
                } else {
                    PlaceOutcome::KeyReused
                });
            }
            let record =
                ClaimedKey { payload: claim.payload.clone(), answer: order.clone(), expires_at: claim.expires_at };
            tables.keys.insert(claim.key.clone(), record);
        }
        tables
            .orders
            .insert(order.order_id, StoredOrder { order: order.clone(), position: Some(ListPosition::of(order)) });
        Ok(PlaceOutcome::Created)
    }

    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.tables().orders.get(&id).map(|stored| stored.order.clone()))
    }

    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        let mut tables = self.tables();
        let Some(stored) = tables.orders.get_mut(&id) else {
            return Ok(ChangeOutcome::NotFound);
        };
        let current = stored.order.clone();
        Ok(match change.decide(&current) {
            TransitionDecision::Write => {
                stored.order = change.apply(&current);
                stored.position = Some(ListPosition::of(&stored.order));
                ChangeOutcome::Written(stored.order.clone())
            }
            TransitionDecision::Unchanged => ChangeOutcome::Unchanged(current),
            TransitionDecision::Refused => ChangeOutcome::Refused(current),
            TransitionDecision::PreconditionFailed => ChangeOutcome::PreconditionFailed(current),
        })
    }

    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
        let mut tables = self.tables();
        let Some(stored) = tables.orders.get(&id) else {
            return Ok(RemoveOutcome::NotFound);
        };
        if !precondition.holds(stored.order.version) {
            return Ok(RemoveOutcome::PreconditionFailed(stored.order.clone()));
        }
        tables.orders.remove(&id);
        Ok(RemoveOutcome::Removed)
    }

    async fn page(&self, statuses: &[OrderStatus], window: &PageWindow, limit: usize) -> Result<OrderPage, StoreError> {
        let wanted = |status: &StoredStatus| statuses.iter().any(|wanted| status == wanted);
        let rows = self
            .tables()
            .orders
            .values()
            .filter(|stored| wanted(&stored.order.status))
            .filter_map(|stored| {
                Some(IndexRow { position: stored.position.clone()?, order: Some(stored.order.clone()) })
            })
            .filter(|row| window.contains(&row.position))
            .collect();
        Ok(OrderPage::merge(rows, window, limit))
    }
}

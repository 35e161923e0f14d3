//! A [`OrderStore`] in memory: what [`dynamodb`](super::dynamodb) has to do, without a database. For tests.

use super::{ChangeOutcome, IndexRow, OrderPage, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome, StoreError};
use crate::orders::{
    IdempotencyClaim, ListPosition, Order, OrderId, OrderStatus, Precondition, StatusChange, StoredStatus, Timestamp,
    TransitionVerdict,
};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that forgets everything at the end of the process.
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
    /// `None` for an order of a former version of the system: it is in no list until it changes.
    position: Option<ListPosition>,
}

#[derive(Debug)]
struct ClaimedKey {
    payload: String,
    answer: Order,
    expires_at: Timestamp,
}

impl MemoryStore {
    /// Puts an order in as a former version of the system would have: in no index.
    pub fn seed(&self, order: Order) {
        self.tables().orders.insert(order.order_id, StoredOrder { order, position: None });
    }

    /// A panic of another thread cannot have left the tables half changed, so a poisoned lock is as good as any.
    fn tables(&self) -> MutexGuard<'_, MemoryTables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position of an order; one whose date nobody can read counts as placed in 1970.
fn position(order: &Order) -> ListPosition {
    let placed = Timestamp::parse_lenient(&order.created_at).unwrap_or_else(|| Timestamp::from_unix_millis(0));
    ListPosition::new(placed, order.order_id)
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
        tables.orders.insert(order.order_id, StoredOrder { order: order.clone(), position: Some(position(order)) });
        Ok(PlaceOutcome::Created)
    }

    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.tables().orders.get(&id).map(|kept| kept.order.clone()))
    }

    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        let mut tables = self.tables();
        let Some(kept) = tables.orders.get_mut(&id) else {
            return Ok(ChangeOutcome::NotFound);
        };
        let current = kept.order.clone();
        Ok(match change.judge(&current) {
            TransitionVerdict::Write => {
                kept.order = change.apply(&current);
                kept.position = Some(position(&kept.order));
                ChangeOutcome::Written(kept.order.clone())
            }
            TransitionVerdict::Unchanged => ChangeOutcome::Unchanged(current),
            TransitionVerdict::Refused => ChangeOutcome::Refused(current),
            TransitionVerdict::PreconditionFailed => ChangeOutcome::PreconditionFailed(current),
        })
    }

    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
        let mut tables = self.tables();
        let Some(kept) = tables.orders.get(&id) else {
            return Ok(RemoveOutcome::NotFound);
        };
        if !precondition.holds(kept.order.version) {
            return Ok(RemoveOutcome::PreconditionFailed(kept.order.clone()));
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
            .filter(|kept| wanted(&kept.order.status))
            .filter_map(|kept| Some(IndexRow { position: kept.position.clone()?, order: Some(kept.order.clone()) }))
            .filter(|row| window.contains(&row.position))
            .collect();
        Ok(OrderPage::merge(rows, window, limit))
    }
}

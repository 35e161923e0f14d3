//! A [`Store`] in memory: what [`dynamodb`](super::dynamodb) has to do, without a database. For tests.

use super::{Changed, Page, Placed, Removed, Row, Store, StoreError, Window};
use crate::orders::{
    Claim, Order, OrderId, Position, Precondition, Status, StatusChange, StoredStatus, Timestamp, Verdict,
};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that forgets everything at the end of the process.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    orders: HashMap<OrderId, Kept>,
    keys: HashMap<String, Record>,
}

#[derive(Debug)]
struct Kept {
    order: Order,
    /// `None` for an order of a former version of the system: it is in no list until it changes.
    position: Option<Position>,
}

#[derive(Debug)]
struct Record {
    payload: String,
    answer: Order,
    expires_at: Timestamp,
}

impl Memory {
    /// Puts an order in as a former version of the system would have: in no index.
    pub fn seed(&self, order: Order) {
        self.tables().orders.insert(order.order_id, Kept { order, position: None });
    }

    /// A panic of another thread cannot have left the tables half changed, so a poisoned lock is as good as any.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position of an order; one whose date nobody can read counts as placed in 1970.
fn position(order: &Order) -> Position {
    let placed = Timestamp::parse_lenient(&order.created_at).unwrap_or_else(|| Timestamp::from_unix_millis(0));
    Position::new(placed, order.order_id)
}

impl Store for Memory {
    async fn place(&self, order: &Order, claim: Option<&Claim>) -> Result<Placed, StoreError> {
        let mut tables = self.tables();
        if let Some(claim) = claim {
            if let Some(record) = tables.keys.get(&claim.key).filter(|record| record.expires_at > claim.now) {
                return Ok(if record.payload == claim.payload {
                    Placed::Replayed(Box::new(record.answer.clone()))
                } else {
                    Placed::KeyReused
                });
            }
            let record = Record { payload: claim.payload.clone(), answer: order.clone(), expires_at: claim.expires_at };
            tables.keys.insert(claim.key.clone(), record);
        }
        tables.orders.insert(order.order_id, Kept { order: order.clone(), position: Some(position(order)) });
        Ok(Placed::Created)
    }

    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.tables().orders.get(&id).map(|kept| kept.order.clone()))
    }

    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<Changed, StoreError> {
        let mut tables = self.tables();
        let Some(kept) = tables.orders.get_mut(&id) else {
            return Ok(Changed::NotFound);
        };
        let current = kept.order.clone();
        Ok(match change.judge(&current) {
            Verdict::Write => {
                kept.order = change.apply(&current);
                kept.position = Some(position(&kept.order));
                Changed::Written(kept.order.clone())
            }
            Verdict::Unchanged => Changed::Unchanged(current),
            Verdict::Refused => Changed::Refused(current),
            Verdict::PreconditionFailed => Changed::PreconditionFailed(current),
        })
    }

    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<Removed, StoreError> {
        let mut tables = self.tables();
        let Some(kept) = tables.orders.get(&id) else {
            return Ok(Removed::NotFound);
        };
        if !precondition.holds(kept.order.version) {
            return Ok(Removed::PreconditionFailed(kept.order.clone()));
        }
        tables.orders.remove(&id);
        Ok(Removed::Removed)
    }

    async fn page(&self, statuses: &[Status], window: &Window, limit: usize) -> Result<Page, StoreError> {
        let wanted = |status: &StoredStatus| statuses.iter().any(|wanted| status == wanted);
        let rows = self
            .tables()
            .orders
            .values()
            .filter(|kept| wanted(&kept.order.status))
            .filter_map(|kept| Some(Row { position: kept.position.clone()?, order: Some(kept.order.clone()) }))
            .filter(|row| window.contains(&row.position))
            .collect();
        Ok(Page::merge(rows, window, limit))
    }
}

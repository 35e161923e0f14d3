//! The scheduled expiry job on both stores.

use crate::backend::{Backend, order_at};
use crate::on_both_stores;
use function::expiry::{ExpirySummary, expire_orders};
use function::orders::{Actor, OrderStatus, Precondition, StatusChange, Timestamp};
use function::store::{OrderStore, PageWindow};

on_both_stores!(old_pending_orders_expire);

async fn old_pending_orders_expire(backend: impl Backend) {
    let store = backend.store();
    let at = Timestamp::from_unix_millis;
    let mut old = Vec::new();
    for n in 0..230 {
        let order = order_at(n);
        store.place(&order, None).await.unwrap();
        old.push(order.order_id);
    }
    let young = order_at(10_000);
    store.place(&young, None).await.unwrap();
    for (id, to) in [(old[3], OrderStatus::Processing), (old[120], OrderStatus::Cancelled)] {
        let change = StatusChange { to, actor: Actor::Client, at: at(1), precondition: Precondition::None };
        store.change_status(id, &change).await.unwrap();
    }

    let mut summary = ExpirySummary::default();
    expire_orders(store, at(20_000), at(10_000), || true, &mut summary).await.unwrap();
    assert_eq!(summary, ExpirySummary { expired: 228, skipped: 0, failed: 0, complete: true });

    let all = PageWindow::NewestFirst { before: None };
    let pending = store.page(&[OrderStatus::Pending], &all, 10).await.unwrap().orders;
    assert_eq!(pending, [young]);
    let expired = store.page(&[OrderStatus::Expired], &all, 300).await.unwrap().orders;
    assert_eq!(expired.len(), 228);
    assert!(expired.iter().all(|order| order.expired_at.as_deref() == Some("1970-01-01T00:00:20.000Z")));
    assert!(expired.iter().all(|order| order.version == 2));

    let mut again = ExpirySummary::default();
    expire_orders(store, at(30_000), at(10_000), || true, &mut again).await.unwrap();
    assert_eq!(again, ExpirySummary { expired: 0, skipped: 0, failed: 0, complete: true });
}

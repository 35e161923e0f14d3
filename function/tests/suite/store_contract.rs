//! The behaviour that every store must have.

use crate::backend::{Backend, order_at};
use crate::on_both_stores;
use function::orders::{Actor, ListPosition, NewOrder, OrderId, OrderStatus, Precondition, StatusChange, Timestamp};
use function::store::{ChangeOutcome, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome};

on_both_stores!(
    an_order_comes_back_as_it_was_placed,
    a_change_is_judged_where_the_order_is,
    a_removed_order_stays_gone,
    versions_guard_changes_and_removals,
    an_expired_order_says_when,
    a_key_counts_until_it_expires,
    windows_have_both_ends,
);

fn change(to: OrderStatus, precondition: Precondition) -> StatusChange {
    StatusChange { to, actor: Actor::Client, at: Timestamp::from_unix_millis(9_000), precondition }
}

fn to(status: OrderStatus) -> StatusChange {
    change(status, Precondition::None)
}

fn at(version: u64) -> Precondition {
    Precondition::Versions(vec![version])
}

async fn an_order_comes_back_as_it_was_placed(backend: impl Backend) {
    let store = backend.store();
    let order = order_at(1_000);
    assert_eq!(store.get(order.order_id).await, Ok(None));
    assert_eq!(store.place(&order, None).await, Ok(PlaceOutcome::Created));
    assert_eq!(store.get(order.order_id).await, Ok(Some(order)));
}

async fn a_change_is_judged_where_the_order_is(backend: impl Backend) {
    let store = backend.store();
    let order = order_at(1_000);
    let id = order.order_id;
    store.place(&order, None).await.unwrap();

    assert_eq!(store.change_status(id, &to(OrderStatus::Pending)).await, Ok(ChangeOutcome::Unchanged(order.clone())));
    assert_eq!(store.change_status(id, &to(OrderStatus::Completed)).await, Ok(ChangeOutcome::Refused(order.clone())));
    assert_eq!(store.change_status(id, &to(OrderStatus::Expired)).await, Ok(ChangeOutcome::Refused(order.clone())));
    assert_eq!(store.get(id).await, Ok(Some(order.clone())), "nothing was written");

    let processing = to(OrderStatus::Processing).apply(&order);
    assert_eq!(
        store.change_status(id, &to(OrderStatus::Processing)).await,
        Ok(ChangeOutcome::Written(processing.clone()))
    );
    assert_eq!(processing.version, 2);
    assert_eq!(
        store.change_status(id, &to(OrderStatus::Processing)).await,
        Ok(ChangeOutcome::Unchanged(processing.clone()))
    );
    assert_eq!(
        store.change_status(id, &to(OrderStatus::Pending)).await,
        Ok(ChangeOutcome::Refused(processing.clone()))
    );

    let completed = to(OrderStatus::Completed).apply(&processing);
    assert_eq!(
        store.change_status(id, &to(OrderStatus::Completed)).await,
        Ok(ChangeOutcome::Written(completed.clone()))
    );
    for status in [OrderStatus::Pending, OrderStatus::Processing, OrderStatus::Cancelled, OrderStatus::Expired] {
        assert_eq!(store.change_status(id, &to(status)).await, Ok(ChangeOutcome::Refused(completed.clone())));
    }
    assert_eq!(store.change_status(OrderId::random(), &to(OrderStatus::Cancelled)).await, Ok(ChangeOutcome::NotFound));
    assert_eq!(store.change_status(OrderId::random(), &to(OrderStatus::Pending)).await, Ok(ChangeOutcome::NotFound));
}

async fn a_removed_order_stays_gone(backend: impl Backend) {
    let store = backend.store();
    let order = order_at(1_000);
    store.place(&order, None).await.unwrap();
    assert_eq!(store.remove(order.order_id, &Precondition::None).await, Ok(RemoveOutcome::Removed));
    assert_eq!(store.remove(order.order_id, &Precondition::None).await, Ok(RemoveOutcome::NotFound));
    for status in OrderStatus::ALL {
        assert_eq!(store.change_status(order.order_id, &to(status)).await, Ok(ChangeOutcome::NotFound));
    }
    assert_eq!(store.get(order.order_id).await, Ok(None), "a change leaves nothing behind");
    let all = PageWindow::NewestFirst { before: None };
    assert_eq!(store.page(&OrderStatus::ALL, &all, 10).await.unwrap().orders, []);
}

async fn versions_guard_changes_and_removals(backend: impl Backend) {
    let store = backend.store();
    let order = order_at(1_000);
    let id = order.order_id;
    store.place(&order, None).await.unwrap();
    for wrong in [at(2), at(0), Precondition::Versions(vec![])] {
        let stopped = Ok(ChangeOutcome::PreconditionFailed(order.clone()));
        assert_eq!(store.change_status(id, &change(OrderStatus::Processing, wrong.clone())).await, stopped);
        assert_eq!(store.change_status(id, &change(OrderStatus::Pending, wrong.clone())).await, stopped);
        assert_eq!(store.change_status(id, &change(OrderStatus::Completed, wrong.clone())).await, stopped);
        assert_eq!(store.remove(id, &wrong).await, Ok(RemoveOutcome::PreconditionFailed(order.clone())));
        assert_eq!(
            store.change_status(OrderId::random(), &change(OrderStatus::Processing, wrong.clone())).await,
            Ok(ChangeOutcome::NotFound)
        );
        assert_eq!(store.remove(OrderId::random(), &wrong).await, Ok(RemoveOutcome::NotFound));
    }
    let either = Precondition::Versions(vec![1, 7]);
    let written = store.change_status(id, &change(OrderStatus::Processing, either)).await.unwrap();
    assert!(matches!(&written, ChangeOutcome::Written(order) if order.version == 2), "{written:?}");
    assert_eq!(store.remove(id, &at(2)).await, Ok(RemoveOutcome::Removed));
}

async fn an_expired_order_says_when(backend: impl Backend) {
    let store = backend.store();
    let order = order_at(1_000);
    store.place(&order, None).await.unwrap();
    let expire = StatusChange { actor: Actor::Schedule, ..to(OrderStatus::Expired) };
    let Ok(ChangeOutcome::Written(expired)) = store.change_status(order.order_id, &expire).await else { panic!() };
    assert_eq!(expired.expired_at.as_deref(), Some("1970-01-01T00:00:09.000Z"));
    assert_eq!(store.get(order.order_id).await, Ok(Some(expired.clone())));
    assert_eq!(store.change_status(order.order_id, &expire).await, Ok(ChangeOutcome::Unchanged(expired)));
}

async fn a_key_counts_until_it_expires(backend: impl Backend) {
    use function::orders::IdempotencyKey;

    let store = backend.store();
    let key = IdempotencyKey::from_headers(["k"]).unwrap().unwrap();
    let new = |item: &str| NewOrder {
        item: item.into(),
        quantity: 2,
        customer_name: "Ada".into(),
        customer_email: String::new(),
    };
    let claim = |item: &str, millis| key.claim(&new(item), Timestamp::from_unix_millis(millis));
    let (first, second, third) = (order_at(1_000), order_at(2_000), order_at(90_000_000));
    assert_eq!(store.place(&first, Some(&claim("a", 1_000))).await, Ok(PlaceOutcome::Created));
    assert_eq!(
        store.place(&second, Some(&claim("a", 2_000))).await,
        Ok(PlaceOutcome::Replayed(Box::new(first.clone())))
    );
    assert_eq!(store.place(&second, Some(&claim("b", 2_000))).await, Ok(PlaceOutcome::KeyReused));
    assert_eq!(store.get(second.order_id).await, Ok(None), "a replay leaves no order behind");

    // The first answer stays the answer, whatever becomes of the order.
    store.change_status(first.order_id, &to(OrderStatus::Cancelled)).await.unwrap();
    assert_eq!(
        store.place(&second, Some(&claim("a", 3_000))).await,
        Ok(PlaceOutcome::Replayed(Box::new(first.clone())))
    );

    assert_eq!(store.place(&third, Some(&claim("b", 1_000 + 86_400_000))).await, Ok(PlaceOutcome::Created));
    assert_eq!(store.get(third.order_id).await, Ok(Some(third)));
    let all = PageWindow::NewestFirst { before: None };
    assert_eq!(store.page(&OrderStatus::ALL, &all, 10).await.unwrap().orders.len(), 2, "no record is in a list");
}

async fn windows_have_both_ends(backend: impl Backend) {
    let store = backend.store();
    let mut orders = Vec::new();
    for n in 0..10 {
        let order = order_at(n / 2 * 1_000);
        store.place(&order, None).await.unwrap();
        orders.push(order);
    }
    let position = |order: &function::orders::Order| {
        ListPosition::new(Timestamp::parse_lenient(&order.created_at).unwrap(), order.order_id)
    };
    orders.sort_by_key(position);
    let ids = |orders: &[function::orders::Order]| orders.iter().map(|order| order.order_id).collect::<Vec<_>>();

    let until = ListPosition::lower_bound(Timestamp::from_unix_millis(4_000));
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let window = PageWindow::OldestFirst { after, until: until.clone() };
        let page = store.page(&[OrderStatus::Pending], &window, 3).await.unwrap();
        seen.extend(ids(&page.orders));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ids(&orders[..8]));

    let window = PageWindow::NewestFirst { before: Some(position(&orders[5])) };
    let page = store.page(&[OrderStatus::Pending], &window, 5).await.unwrap();
    let newest: Vec<_> = ids(&orders[..5]).into_iter().rev().collect();
    assert_eq!((ids(&page.orders), page.next), (newest, None));
    assert_eq!(store.page(&[OrderStatus::Completed], &window, 5).await.unwrap().orders, []);
}

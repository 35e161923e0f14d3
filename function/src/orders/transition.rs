//! May this order change like that?

use super::{Actor, Order, OrderStatus, Precondition, Timestamp};

/// A wish to move an order to another status.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The status that is wanted.
    pub to: OrderStatus,
    /// Who wants it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What has to be true of the version.
    pub precondition: Precondition,
}

/// What the rules say to a [`StatusChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionVerdict {
    /// Write it.
    Write,
    /// The order is in that status already: there is nothing to write.
    Unchanged,
    /// The order is at another version than the caller thinks.
    PreconditionFailed,
    /// No way leads there from where the order is.
    Refused,
}

impl StatusChange {
    /// What the rules say to this change of `order`.
    pub fn judge(&self, order: &Order) -> TransitionVerdict {
        if !self.precondition.holds(order.version) {
            TransitionVerdict::PreconditionFailed
        } else if order.status == self.to {
            TransitionVerdict::Unchanged
        } else if order.status.next(self.actor).contains(&self.to) {
            TransitionVerdict::Write
        } else {
            TransitionVerdict::Refused
        }
    }

    /// `order` after this change.
    pub fn apply(&self, order: &Order) -> Order {
        Order {
            status: self.to.into(),
            expired_at: self.expired_at().or_else(|| order.expired_at.clone()),
            version: order.version.saturating_add(1),
            ..order.clone()
        }
    }

    /// The value of `expired_at` that this change sets.
    pub fn expired_at(&self) -> Option<String> {
        (self.to == OrderStatus::Expired).then(|| self.at.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{NewOrder, OrderId, StoredStatus};

    fn order(status: &str, version: u64) -> Order {
        let new = NewOrder {
            item: "Laptop".into(),
            quantity: 1,
            customer_name: "anonymous".into(),
            customer_email: String::new(),
        };
        let placed = Order::place(&new, OrderId::random(), Timestamp::from_unix_millis(0));
        Order { status: StoredStatus::parse(status), version, ..placed }
    }

    fn change(to: OrderStatus, actor: Actor, precondition: Precondition) -> StatusChange {
        StatusChange { to, actor, at: Timestamp::from_unix_millis(5), precondition }
    }

    #[test]
    fn judgements() {
        use Actor::*;
        use OrderStatus::*;
        use TransitionVerdict::*;
        let any = || Precondition::None;
        let at = |version| Precondition::Versions(vec![version]);
        let cases = [
            ("PENDING", Processing, Client, any(), Write),
            ("PENDING", Pending, Client, any(), Unchanged),
            ("PENDING", Completed, Client, any(), Refused),
            ("PENDING", Expired, Client, any(), Refused),
            ("PENDING", Expired, Schedule, any(), Write),
            ("PROCESSING", Expired, Schedule, any(), Refused),
            ("EXPIRED", Expired, Client, any(), Unchanged),
            ("CANCELLED", Processing, Client, any(), Refused),
            ("PENDING", Processing, Client, at(7), Write),
            ("PENDING", Processing, Client, at(6), PreconditionFailed),
            ("PENDING", Pending, Client, at(6), PreconditionFailed),
            ("COMPLETED", Pending, Client, at(6), PreconditionFailed),
            ("shipped", Cancelled, Client, any(), Refused),
            ("pending", Processing, Client, any(), Write),
        ];
        for (from, to, actor, precondition, expected) in cases {
            let verdict = change(to, actor, precondition.clone()).judge(&order(from, 7));
            assert_eq!(verdict, expected, "{actor:?} {from} -> {to} if {precondition:?}");
        }
    }

    #[test]
    fn expiry_sets_expired_at_and_the_version_counts_up() {
        let expired = change(OrderStatus::Expired, Actor::Schedule, Precondition::None).apply(&order("PENDING", 7));
        assert_eq!(expired.version, 8);
        assert_eq!(expired.expired_at.as_deref(), Some("1970-01-01T00:00:00.005Z"));
        let processing = change(OrderStatus::Processing, Actor::Client, Precondition::None).apply(&order("PENDING", 7));
        assert_eq!(processing.expired_at, None);
    }
}

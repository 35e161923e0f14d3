//! Changes of an order's status, and the rules that allow or refuse them.

use super::{Actor, Order, OrderStatus, Precondition, Timestamp};

/// A requested change of an order's status.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The requested status.
    pub to: OrderStatus,
    /// Who requests the change.
    pub actor: Actor,
    /// When the change is requested.
    pub at: Timestamp,
    /// The condition on the version of the order.
    pub precondition: Precondition,
}

/// The decision of the rules on a [`StatusChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionDecision {
    /// The change is allowed and has to be written.
    Write,
    /// The order has the requested status already: there is nothing to write.
    Unchanged,
    /// The version of the order does not satisfy the precondition.
    PreconditionFailed,
    /// The actor may not move the order from its status to the requested one.
    Refused,
}

impl StatusChange {
    /// Decides whether this change of `order` is allowed. The precondition is checked first.
    pub fn decide(&self, order: &Order) -> TransitionDecision {
        if !self.precondition.holds(order.version) {
            TransitionDecision::PreconditionFailed
        } else if order.status == self.to {
            TransitionDecision::Unchanged
        } else if order.status.target_statuses(self.actor).contains(&self.to) {
            TransitionDecision::Write
        } else {
            TransitionDecision::Refused
        }
    }

    /// Returns `order` as it is after this change, one version later.
    pub fn apply(&self, order: &Order) -> Order {
        Order {
            status: self.to.into(),
            expired_at: self.expired_at().or_else(|| order.expired_at.clone()),
            version: order.version.saturating_add(1),
            ..order.clone()
        }
    }

    /// Returns the value of `expired_at` that this change sets; `None` if the change leaves the attribute as it is.
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
    fn decisions() {
        use Actor::*;
        use OrderStatus::*;
        use TransitionDecision::*;
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
            let decision = change(to, actor, precondition.clone()).decide(&order(from, 7));
            assert_eq!(decision, expected, "{actor:?} {from} -> {to} if {precondition:?}");
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

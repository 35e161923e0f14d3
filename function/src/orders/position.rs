//! Positions in a list of orders.

use super::{Order, OrderId, Timestamp};
use std::fmt;

/// The position of an order in a list: by the time it was placed, and by id among the orders of one millisecond.
///
/// A position is the sort key of the status index. No two orders have the same position, and the position of an order
/// never changes. So a page that starts at a position starts there whatever is placed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListPosition(String);

impl ListPosition {
    /// The longest text that [`ListPosition::from_stored`] accepts, in bytes. [`ListPosition::new`] makes 61.
    pub const MAX_LEN: usize = 128;

    /// Returns the position of the order `id` that was placed at `created_at`.
    pub fn new(created_at: Timestamp, id: OrderId) -> Self {
        Self(format!("{created_at}#{id}"))
    }

    /// Returns the position of a stored order. A `created_at` that cannot be parsed (former versions of the system wrote
    /// such) counts as 1970.
    pub fn of(order: &Order) -> Self {
        Self::new(Timestamp::parse_lenient(&order.created_at).unwrap_or(Timestamp::EPOCH), order.order_id)
    }

    /// Returns the position before every order placed at or after `at` and after every order placed earlier.
    pub fn lower_bound(at: Timestamp) -> Self {
        Self(at.to_string())
    }

    /// Reads a position that was stored in the index or in a cursor. `None` if `text` is empty or longer than
    /// [`ListPosition::MAX_LEN`].
    pub fn from_stored(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= Self::MAX_LEN).then(|| Self(text.to_owned()))
    }

    /// Returns the text of the sort key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ListPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_time_then_id() {
        let id = |n: u32| format!("{n:08x}-e89b-42d3-a456-426614174000").parse().unwrap();
        let at = Timestamp::from_unix_millis;
        let ordered = [
            ListPosition::lower_bound(at(999)),
            ListPosition::new(at(999), id(2)),
            ListPosition::lower_bound(at(1000)),
            ListPosition::new(at(1000), id(1)),
            ListPosition::new(at(1000), id(2)),
            ListPosition::new(at(253_402_300_799_999), id(0)),
        ];
        assert!(ordered.is_sorted());
    }

    #[test]
    fn are_read_back_unless_they_are_empty_or_too_long() {
        for (length, is_read) in
            [(0, false), (1, true), (ListPosition::MAX_LEN, true), (ListPosition::MAX_LEN + 1, false)]
        {
            let text = "9".repeat(length);
            assert_eq!(ListPosition::from_stored(&text), is_read.then(|| ListPosition(text.clone())), "{length}");
        }
    }
}

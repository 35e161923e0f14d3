//! Places in the list of orders.

use super::{OrderId, Timestamp};
use std::fmt;

/// Where an order stands in a list: by the time it was placed, and by id among those of one millisecond.
///
/// It is the sort key of the status index. No two orders share a position and an order never changes its own, so
/// "everything before this position" means the same set of orders whatever is placed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListPosition(String);

impl ListPosition {
    /// The longest text that [`ListPosition::from_stored`] accepts, in bytes. Ours have 61.
    pub const MAX_LEN: usize = 128;

    /// The position of the order `id` that was placed at `created_at`.
    pub fn new(created_at: Timestamp, id: OrderId) -> Self {
        Self(format!("{created_at}#{id}"))
    }

    /// The position before every order placed at or after `at`, and after every one placed earlier.
    pub fn at(at: Timestamp) -> Self {
        Self(at.to_string())
    }

    /// A position read back from the index or from a cursor. `None` if it is empty or too long for one.
    pub fn from_stored(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= Self::MAX_LEN).then(|| Self(text.to_owned()))
    }

    /// The text of the sort key.
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
            ListPosition::at(at(999)),
            ListPosition::new(at(999), id(2)),
            ListPosition::at(at(1000)),
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

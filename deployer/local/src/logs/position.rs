//! Places between events, which page tokens name: no event is lost or repeated, whatever arrives between two pages.

use super::events::Event;
use std::fmt;

/// The place right before the event with this time and sequence number, in the order (time, number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// Sequence number.
    pub seq: i64,
}

impl Position {
    /// Before every event.
    pub const START: Self = Self { at_ms: i64::MIN, seq: i64::MIN };
    /// After every event.
    pub const END: Self = Self { at_ms: i64::MAX, seq: i64::MAX };

    /// Right before an event.
    pub fn before(event: &Event) -> Self {
        Self { at_ms: event.at_ms, seq: event.seq }
    }

    /// Right after an event.
    pub fn after(event: &Event) -> Self {
        Self { at_ms: event.at_ms, seq: event.seq + 1 }
    }

    /// Reads what `Display` wrote; `None` when it did not.
    pub fn parse(token: &str) -> Option<Self> {
        let (at, seq) = token.split_once('.')?;
        Some(Self { at_ms: at.parse().ok()?, seq: seq.parse().ok()? })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at_ms, self.seq)
    }
}

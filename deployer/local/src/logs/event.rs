//! Log events, and the places between them, which page tokens name: no event is lost or repeated, whatever arrives between
//! two pages.

use std::fmt;

/// What CloudWatch Logs adds to the size of every message, in bytes.
pub const OVERHEAD: usize = 26;

/// An event to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// One line, without the line break.
    pub message: String,
}

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Unique, in the order of arrival.
    pub seq: i64,
    /// Milliseconds since the epoch, as the writer said.
    pub at_ms: i64,
    /// Milliseconds since the epoch, when it arrived.
    pub ingested_ms: i64,
    /// Name of its stream.
    pub stream: String,
    /// The text.
    pub message: String,
}

/// The place right before the event with this time and sequence number, in the order (time, number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPosition {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// Sequence number.
    pub seq: i64,
}

impl EventPosition {
    /// Before every event.
    pub const START: Self = Self { at_ms: i64::MIN, seq: i64::MIN };
    /// After every event.
    pub const END: Self = Self { at_ms: i64::MAX, seq: i64::MAX };

    /// Returns the place right before an event.
    pub fn before(event: &LogEvent) -> Self {
        Self { at_ms: event.at_ms, seq: event.seq }
    }

    /// Returns the place right after an event.
    pub fn after(event: &LogEvent) -> Self {
        Self { at_ms: event.at_ms, seq: event.seq + 1 }
    }

    /// Reads what `Display` wrote; `None` when it did not.
    pub fn parse(token: &str) -> Option<Self> {
        let (at, seq) = token.split_once('.')?;
        Some(Self { at_ms: at.parse().ok()?, seq: seq.parse().ok()? })
    }
}

impl fmt::Display for EventPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at_ms, self.seq)
    }
}

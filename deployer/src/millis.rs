//! Durations as whole milliseconds, as programs read them.

use serde::Serializer;
use std::time::Duration;

/// Returns a duration in milliseconds; the largest number for what is longer.
pub fn of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Serialises a duration in milliseconds.
///
/// # Errors
/// The serialiser's.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(of(*duration))
}

//! Instants as the API shows them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// RFC 3339 in fixed width, like `2026-01-31T23:59:59.000Z`: the order of the texts is the order of the instants.
const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The last millisecond that the four-digit year of [`FORMAT`] can express: 9999-12-31T23:59:59.999Z.
const LAST: i64 = 253_402_300_799_999;

/// An instant in UTC with millisecond precision, between 1970 and the end of year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Milliseconds since the Unix epoch, `0..=LAST`.
    millis: i64,
}

impl Timestamp {
    /// The earliest timestamp: 1970-01-01T00:00:00.000Z.
    pub const EPOCH: Self = Self { millis: 0 };

    /// Returns the time of the system clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::from_unix_millis(i64::try_from(since.as_millis()).unwrap_or(LAST))
    }

    /// Returns the instant `millis` milliseconds after the Unix epoch, clamped to the range of this type.
    pub fn from_unix_millis(millis: i64) -> Self {
        Self { millis: millis.clamp(0, LAST) }
    }

    /// Returns the milliseconds since the Unix epoch.
    pub fn unix_millis(self) -> i64 {
        self.millis
    }

    /// Returns the whole seconds since the Unix epoch, the unit of DynamoDB's TTL attribute.
    pub fn unix_seconds(self) -> i64 {
        self.millis / 1000
    }

    /// Returns the instant `span` later, at most the last one that the type can hold.
    pub fn plus(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_millis()).unwrap_or(LAST);
        Self::from_unix_millis(self.millis.saturating_add(span))
    }

    /// Returns the instant `span` earlier, at least [`Timestamp::EPOCH`].
    pub fn minus(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_millis()).unwrap_or(LAST);
        Self::from_unix_millis(self.millis.saturating_sub(span))
    }

    /// Parses RFC 3339 with any offset. `None` if `text` is something else or out of range.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_datetime(OffsetDateTime::parse(text, &Rfc3339).ok()?)
    }

    /// Parses the formats that former versions of the system wrote: RFC 3339 with any offset, or ISO 8601 without an
    /// offset (then the time is UTC), with `T` or a space, with any number of decimals.
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.trim().replacen(' ', "T", 1);
        let at = OffsetDateTime::parse(&text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&text, &Iso8601::PARSING))
            .or_else(|_| PrimitiveDateTime::parse(&text, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc))
            .ok()?;
        Self::from_datetime(at)
    }

    /// Converts a date that is in range.
    fn from_datetime(at: OffsetDateTime) -> Option<Self> {
        let millis = i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        (0..=LAST).contains(&millis).then_some(Self { millis })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither step can fail: `millis` is within the years that the format expresses.
        let at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.millis) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&at.format(&FORMAT).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_as_rfc_3339_with_milliseconds() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_767_225_599_007, "2025-12-31T23:59:59.007Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
        ];
        for (millis, text) in cases {
            assert_eq!(Timestamp::from_unix_millis(millis).to_string(), text);
        }
    }

    #[test]
    fn reads_what_former_versions_wrote() {
        let cases = [
            ("2025-03-01T12:00:00.123Z", Some("2025-03-01T12:00:00.123Z")),
            ("2025-03-01T12:00:00Z", Some("2025-03-01T12:00:00.000Z")),
            ("2025-03-01T12:00:00.123456", Some("2025-03-01T12:00:00.123Z")),
            ("2025-03-01T12:00:00", Some("2025-03-01T12:00:00.000Z")),
            ("2025-03-01 12:00:00.5", Some("2025-03-01T12:00:00.500Z")),
            ("2025-03-01T12:00:00.123456+05:30", Some("2025-03-01T06:30:00.123Z")),
            ("2025-03-01 12:00:00+00:00", Some("2025-03-01T12:00:00.000Z")),
            ("yesterday", None),
            ("", None),
            ("9999-12-31T23:59:59-23:59", None),
        ];
        for (text, expected) in cases {
            let read = Timestamp::parse_lenient(text).map(|at| at.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}

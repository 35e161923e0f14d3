//! `10m` or a time: from when on.

use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinceTime {
    /// So long ago.
    Ago(Duration),
    /// From this time on.
    At(OffsetDateTime),
}

impl SinceTime {
    /// Milliseconds since 1970, as CloudWatch Logs counts, never before 1970.
    pub fn start_ms(&self, now: OffsetDateTime) -> i64 {
        let nanos = match self {
            SinceTime::At(time) => time.unix_timestamp_nanos(),
            SinceTime::Ago(ago) => now.unix_timestamp_nanos() - i128::try_from(ago.as_nanos()).unwrap_or(i128::MAX / 2),
        };
        i64::try_from((nanos / 1_000_000).max(0)).unwrap_or(i64::MAX)
    }
}

impl Default for SinceTime {
    fn default() -> Self {
        SinceTime::Ago(Duration::from_secs(600))
    }
}

/// Writes it as users do: `10m`.
impl fmt::Display for SinceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SinceTime::At(time) => f.write_str(&time.format(&Rfc3339).map_err(|_| fmt::Error)?),
            SinceTime::Ago(ago) => {
                let seconds = ago.as_secs();
                let unit = UNITS.iter().rev().find(|(_, unit)| seconds.is_multiple_of(*unit));
                let (name, unit) = unit.unwrap_or(&UNITS[0]);
                write!(f, "{}{name}", seconds / unit)
            }
        }
    }
}

const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];

/// Reads an age, a time, or a day: its beginning in UTC, in which times are shown.
pub fn since(text: &str) -> Result<SinceTime, String> {
    let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let time = at(text).or_else(|| at(&format!("{text}T00:00:00Z")));
    time.map(SinceTime::At).or_else(|| ago(text).map(SinceTime::Ago)).ok_or_else(|| {
        "write a number and a unit, such as 30s, 10m, 2h or 1d, or a time with its zone, such as 2026-01-31T08:00:00Z, or a day, such as 2026-01-31"
            .to_owned()
    })
}

/// Reads one number and one unit; returns nothing for anything else, and for more than there can be.
pub fn ago(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(*seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_an_age_or_a_time() {
        let ago = |seconds| Some(SinceTime::Ago(Duration::from_secs(seconds)));
        let at = |text| OffsetDateTime::parse(text, &Rfc3339).ok().map(SinceTime::At);
        for (text, expected) in [
            ("30s", ago(30)),
            ("10m", ago(600)),
            ("2h", ago(7_200)),
            ("1d", ago(86_400)),
            ("0s", ago(0)),
            ("2026-01-31T08:00:00Z", at("2026-01-31T08:00:00Z")),
            ("2026-01-31T08:00:00+05:30", at("2026-01-31T02:30:00Z")),
            ("", None),
            ("10", None),
            ("m", None),
            ("-5m", None),
            ("+5m", None),
            ("1.5h", None),
            ("10 m", None),
            ("1w", None),
            ("5µ", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
            ("2026-01-31", at("2026-01-31T00:00:00Z")),
            ("2026-02-30", None),
            ("2026-1-31", None),
            ("2026-01-31T08:00:00", None),
            ("2026-02-30T08:00:00Z", None),
        ] {
            assert_eq!(since(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn since_as_cloudwatch_counts() {
        let now = OffsetDateTime::from_unix_timestamp(1_000_000).unwrap();
        for (text, ms) in [
            ("10m", 999_400_000),
            ("0s", 1_000_000_000),
            ("99999d", 0),
            ("18446744073709551615s", 0),
            ("1970-01-01T00:00:01.5Z", 1_500),
            ("1960-01-01T00:00:00Z", 0),
        ] {
            assert_eq!(since(text).map(|since| since.start_ms(now)), Ok(ms), "{text}");
        }
    }

    #[test]
    fn since_is_shown_as_it_is_written() {
        for text in ["30s", "10m", "90s", "2h", "1d", "36h", "2026-01-31T08:00:00Z"] {
            assert_eq!(since(text).unwrap().to_string(), text);
        }
    }
}

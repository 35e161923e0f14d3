//! Numbers as people read them.

use std::time::Duration;

/// Words a duration: `0.3s`, `12.4s`, `2m 05s`, `1h 02m`.
pub fn took(duration: Duration) -> String {
    let tenths = (duration.as_millis() + 50) / 100;
    let seconds = tenths / 10;
    match seconds {
        0..60 => format!("{}.{}s", tenths / 10, tenths % 10),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// Words a size in decimal units: `312 bytes`, `4.2 kB`, `1.9 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    count(usize::try_from(bytes).unwrap_or(usize::MAX), "byte")
}

/// Words a number of things: `1 resource`, `12 resources`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Words the parts that are not zero: `3 created, 1 updated`.
pub fn parts(parts: &[(usize, &str)]) -> String {
    let shown: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (millis, shown) in [
            (0, "0.0s"),
            (49, "0.0s"),
            (50, "0.1s"),
            (4_123, "4.1s"),
            (59_949, "59.9s"),
            (59_950, "1m 00s"),
            (60_000, "1m 00s"),
            (125_900, "2m 05s"),
            (3_600_000, "1h 00m"),
            (3_725_000, "1h 02m"),
        ] {
            assert_eq!(took(Duration::from_millis(millis)), shown, "{millis}");
        }
    }

    #[test]
    fn sizes_and_counts() {
        for (size, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_949_000, "1.9 MB"),
            (u64::MAX, "18446744073.7 GB"),
        ] {
            assert_eq!(bytes(size), shown);
        }
        assert_eq!(parts(&[(3, "created"), (0, "updated"), (1, "failed")]), "3 created, 1 failed");
    }
}

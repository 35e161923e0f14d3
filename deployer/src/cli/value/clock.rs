//! `+10m`: how far the clock of the embedded cloud is moved.

use super::since::{SinceTime, ago};
use std::fmt;
use std::time::Duration;

/// How far the embedded cloud's clock is moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockMove {
    /// Not at all.
    #[default]
    Stay,
    /// So far ahead.
    By(Duration),
}

/// Writes it as users do: `+10m`.
impl fmt::Display for ClockMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClockMove::Stay => f.write_str("now"),
            ClockMove::By(by) => write!(f, "+{}", SinceTime::Ago(*by)),
        }
    }
}

/// Reads `+` and an age, or `now`.
pub fn clock_move(text: &str) -> Result<ClockMove, String> {
    const FORM: &str = "write + with a number and a unit, such as +90s, +10m, +61h or +2d, or `now`";
    match text {
        "now" => Ok(ClockMove::Stay),
        back if back.starts_with('-') => Err(format!("the clock goes forward only: {FORM}")),
        text => text.strip_prefix('+').and_then(ago).map(ClockMove::By).ok_or_else(|| FORM.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_only() {
        let by = |seconds| Ok(ClockMove::By(Duration::from_secs(seconds)));
        let form = "write + with a number and a unit, such as +90s, +10m, +61h or +2d, or `now`";
        let wrong = || Err(form.to_owned());
        let back = || Err(format!("the clock goes forward only: {form}"));
        for (text, expected) in [
            ("now", Ok(ClockMove::Stay)),
            ("+61h", by(61 * 3_600)),
            ("+90s", by(90)),
            ("+2d", by(172_800)),
            ("+0s", by(0)),
            ("-1h", back()),
            ("-", back()),
            ("61h", wrong()),
            ("+", wrong()),
            ("++1h", wrong()),
            ("+1.5h", wrong()),
            ("+1h30m", wrong()),
            ("+99999999999999999999s", wrong()),
            ("Now", wrong()),
            ("", wrong()),
        ] {
            assert_eq!(clock_move(text), expected, "{text:?}");
        }
        for text in ["now", "+10m", "+61h", "+90s"] {
            assert_eq!(clock_move(text).unwrap().to_string(), text);
        }
    }
}

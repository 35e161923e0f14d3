//! JSON as text that a terminal only shows.

use super::text;
use serde::Serialize;
use serde_json::Result;
use std::fmt::Write;

/// Returns a value as JSON on one line.
///
/// # Errors
/// As `serde_json::to_string`.
pub fn line(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map(escaped)
}

/// Returns a value as JSON with indented lines.
///
/// # Errors
/// As `serde_json::to_string`.
pub fn indented(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map(escaped)
}

/// Writes what a terminal would obey as `\uXXXX`, which means the same to whoever parses it. JSON has such characters in strings alone,
/// but for the line feeds between its lines; those in strings are escaped already.
fn escaped(json: String) -> String {
    let obeyed = |c: char| c != '\n' && text::active(c);
    if !json.contains(obeyed) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if obeyed(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn nothing_that_a_terminal_obeys_is_raw_and_nothing_is_lost() {
        let value =
            json!({"a\u{9b}31m": ["\u{7f}", "\u{202e}txt.exe", "\u{feff}", "\u{1b}[2J", "two\nlines", "Łódź ✓ 🦀"]});
        for text in [line(&value).expect("JSON"), indented(&value).expect("JSON")] {
            assert!(!text.contains(|c: char| c != '\n' && text::active(c)), "{text:?}");
            assert!(text.contains("\\u009b31m") && text.contains("Łódź ✓ 🦀"), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        }
    }
}

//! The event that a function is invoked with.

use serde_json::Value;
use std::fmt;
use std::path::PathBuf;

/// The event for a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPayload {
    /// JSON, as written.
    Inline(String),
    /// In this file.
    File(PathBuf),
    /// On stdin.
    Stdin,
}

impl Default for EventPayload {
    fn default() -> Self {
        EventPayload::Inline("{}".to_owned())
    }
}

/// Writes it as users do.
impl fmt::Display for EventPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventPayload::Inline(json) => f.write_str(json),
            EventPayload::File(path) => write!(f, "@{}", path.display()),
            EventPayload::Stdin => f.write_str("-"),
        }
    }
}

/// Reads JSON, `@FILE` or `-`.
pub fn payload(text: &str) -> Result<EventPayload, String> {
    match text.strip_prefix('@') {
        Some("") => Err("there is no file after the `@`: write @event.json".to_owned()),
        Some(path) => Ok(EventPayload::File(path.into())),
        None if text == "-" => Ok(EventPayload::Stdin),
        None => match serde_json::from_str::<Value>(text) {
            Ok(_) => Ok(EventPayload::Inline(text.to_owned())),
            Err(error) => Err(format!("not JSON: {error}; write JSON, @FILE to read a file, or - to read stdin")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        for (text, expected) in [
            ("{}", Some(EventPayload::Inline("{}".into()))),
            ("\"hello\"", Some(EventPayload::Inline("\"hello\"".into()))),
            ("-1", Some(EventPayload::Inline("-1".into()))),
            ("@event.json", Some(EventPayload::File("event.json".into()))),
            ("-", Some(EventPayload::Stdin)),
            ("@", None),
            ("hello", None),
            ("", None),
            ("{\"a\":}", None),
        ] {
            assert_eq!(payload(text).ok(), expected, "{text:?}");
        }
        insta::assert_snapshot!(payload("{\"a\":}").unwrap_err(), @"not JSON: expected value at line 1 column 6; write JSON, @FILE to read a file, or - to read stdin");
    }
}

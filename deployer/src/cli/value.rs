//! Values of options. Messages say what was seen and what is allowed; clap puts the option before them.

use crate::aws::op;
use crate::local;
use crate::stack::nearest;
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A function and where its code is: `api=dist/api.zip`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactArg {
    /// Id of the function in the stack description.
    pub function: String,
    /// A `bootstrap`, a directory that holds one, or a zip.
    pub path: PathBuf,
}

/// Reads `NAME=VALUE`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("write NAME=VALUE, such as env=prod")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn artifact(text: OsString) -> Result<ArtifactArg, String> {
    const FORM: &str = "write FUNCTION=PATH, such as api=dist/api.zip";
    // The path need not be UTF-8, the name must be.
    let bytes = text.as_encoded_bytes();
    let Some(at) = bytes.iter().position(|b| *b == b'=') else {
        return Err(format!("there is no `=` in it: {FORM}"));
    };
    let Some(function) = std::str::from_utf8(&bytes[..at]).ok().filter(|name| !name.is_empty()) else {
        return Err(format!("there is no function before the `=`: {FORM}"));
    };
    let path = after(&text, &format!("{function}="));
    if path.is_empty() {
        return Err(format!("there is no path after the `=`: {FORM}"));
    }
    Ok(ArtifactArg { function: function.to_owned(), path: path.into() })
}

/// Returns what follows `prefix`, which `text` begins with, also where it is not UTF-8.
#[cfg(unix)]
fn after(text: &OsStr, prefix: &str) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    OsString::from_vec(text.as_bytes().get(prefix.len()..).unwrap_or_default().to_vec())
}

/// Returns what follows `prefix`, which `text` begins with.
#[cfg(not(unix))]
fn after(text: &OsStr, prefix: &str) -> OsString {
    text.to_string_lossy().get(prefix.len()..).unwrap_or_default().into()
}

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

/// As it is written: `10m`.
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

pub(super) fn since(text: &str) -> Result<SinceTime, String> {
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(SinceTime::At(time));
    }
    ago(text).map(SinceTime::Ago).ok_or_else(|| {
        "write a number and a unit, such as 30s, 10m, 2h or 1d, or a time with its zone, such as 2026-01-31T08:00:00Z".to_owned()
    })
}

/// Reads one number and one unit; returns nothing for anything else, and for more than there can be.
fn ago(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(*seconds).map(Duration::from_secs)
}

/// How far the embedded cloud's clock is moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockMove {
    /// Not at all.
    #[default]
    Stay,
    /// So far ahead.
    By(Duration),
}

/// As it is written: `+10m`.
impl fmt::Display for ClockMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClockMove::Stay => f.write_str("now"),
            ClockMove::By(by) => write!(f, "+{}", SinceTime::Ago(*by)),
        }
    }
}

pub(super) fn clock_move(text: &str) -> Result<ClockMove, String> {
    const FORM: &str = "write + with a number and a unit, such as +90s, +10m, +61h or +2d, or `now`";
    match text {
        "now" => Ok(ClockMove::Stay),
        back if back.starts_with('-') => Err(format!("the clock goes forward only: {FORM}")),
        text => text.strip_prefix('+').and_then(ago).map(ClockMove::By).ok_or_else(|| FORM.to_owned()),
    }
}

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

/// As it is written.
impl fmt::Display for EventPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventPayload::Inline(json) => f.write_str(json),
            EventPayload::File(path) => write!(f, "@{}", path.display()),
            EventPayload::Stdin => f.write_str("-"),
        }
    }
}

pub(super) fn payload(text: &str) -> Result<EventPayload, String> {
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

/// A file, or the standard stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FileOrStdio {
    /// Stdin or stdout.
    #[default]
    Standard,
    /// This file.
    File(PathBuf),
}

/// As it is written.
impl fmt::Display for FileOrStdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileOrStdio::Standard => f.write_str("-"),
            FileOrStdio::File(path) => write!(f, "{}", path.display()),
        }
    }
}

pub(super) fn channel(text: OsString) -> Result<FileOrStdio, String> {
    match text.to_str() {
        Some("") => Err("write the path of a file, or - for the standard stream".to_owned()),
        Some("-") => Ok(FileOrStdio::Standard),
        _ => Ok(FileOrStdio::File(text.into())),
    }
}

/// Which backup is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupSource {
    /// The newest one of the table that is complete.
    Latest,
    /// The one with this ARN.
    Arn(String),
}

pub(super) fn backup_source(text: &str) -> Result<BackupSource, String> {
    match text {
        "latest" => Ok(BackupSource::Latest),
        arn if arn.starts_with("arn:") && arn.contains(":dynamodb:") && arn.contains("/backup/") => {
            Ok(BackupSource::Arn(arn.to_owned()))
        }
        _ => Err("write `latest` or the ARN of a backup, as `deployer backup list` shows it".to_owned()),
    }
}

pub(super) fn endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Ok(text.to_owned())
        }
        _ => Err("write a URL with http:// or https://, such as http://127.0.0.1:4566".to_owned()),
    }
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

/// Checks a fault of the embedded cloud. Its calls must be some that are sent: a misspelt one would never meet its fault.
pub(super) fn fault(text: &str) -> Result<String, String> {
    let known: Vec<_> = op::ALL.iter().map(|op| op.name).chain(local::data_plane()).collect();
    match local::fault_operations(text)?.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(text.to_owned()),
        Some(name) => {
            let nearest = nearest(name, known.iter().copied());
            let hint = nearest.map(|nearest| format!(": did you mean `{nearest}`?")).unwrap_or_default();
            Err(format!("neither deployer nor the order function calls `{name}`{hint}"))
        }
    }
}

/// Checks the name of a repository on GitHub: `owner/name`.
pub(super) fn repository(text: &str) -> Result<String, String> {
    let good = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    match text.split_once('/') {
        Some((owner, name)) if good(owner) && good(name) => Ok(text.to_owned()),
        _ => Err("not a repository: write OWNER/REPO, such as acme/orders".to_owned()),
    }
}

/// Checks an AWS account id.
pub(super) fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("not an account id: it has 12 digits".to_owned())
    }
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
            ("2026-01-31", None),
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

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text: String) {
            let _ = since(&text).map(|since| since.start_ms(OffsetDateTime::UNIX_EPOCH));
            let _ = (artifact(text.clone().into()), payload(&text), endpoint(&text), port(&text));
            let _ = (clock_move(&text), fault(&text));
        }
    }

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

    #[test]
    fn a_fault_is_of_a_call_that_is_sent() {
        for text in [
            "realistic",
            "role-delay=8s",
            "cut-before:CreateTable#1",
            "only=dynamodb:PutItem",
            "throttle:lambda:Invoke",
        ] {
            assert_eq!(fault(text).as_deref(), Ok(text));
        }
        insta::assert_snapshot!(fault("cut-before:CreateTabel").unwrap_err(), @"neither deployer nor the order function calls `CreateTabel`: did you mean `CreateTable`?");
        insta::assert_snapshot!(fault("role-delay=8").unwrap_err(), @"`8` is no value for role-delay: write a number and a unit (ms, s, m, h or d), such as 300ms or 8s, 365d at most");
    }

    #[test]
    fn since_is_shown_as_it_is_written() {
        for text in ["30s", "10m", "90s", "2h", "1d", "36h", "2026-01-31T08:00:00Z"] {
            assert_eq!(since(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn artifacts() {
        let fine = |function: &str, path: &str| Ok(ArtifactArg { function: function.into(), path: path.into() });
        let wrong = |what: &str| Err(format!("{what}: write FUNCTION=PATH, such as api=dist/api.zip"));
        for (text, expected) in [
            ("api=dist/api.zip", fine("api", "dist/api.zip")),
            ("api=a=b", fine("api", "a=b")),
            ("api", wrong("there is no `=` in it")),
            ("=x", wrong("there is no function before the `=`")),
            ("api=", wrong("there is no path after the `=`")),
            ("", wrong("there is no `=` in it")),
        ] {
            assert_eq!(artifact(text.into()), expected, "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_need_not_be_utf_8() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let parsed = artifact(OsString::from_vec(b"api=\xff/x".to_vec())).unwrap();
        assert_eq!(parsed.path.as_os_str().as_bytes(), b"\xff/x");
        assert!(artifact(OsString::from_vec(b"\xff=x".to_vec())).is_err());
    }

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

    #[test]
    fn endpoints_and_ports() {
        for (text, fine) in [
            ("http://127.0.0.1:4566", true),
            ("https://aws.example/path", true),
            ("127.0.0.1:4566", false),
            ("http://", false),
            ("http:///x", false),
            ("ftp://x", false),
            ("http://a b", false),
            ("", false),
        ] {
            assert_eq!(endpoint(text).is_ok(), fine, "{text:?}");
        }
        for (text, fine) in
            [("1", true), ("65535", true), ("0", false), ("65536", false), ("-1", false), ("http", false)]
        {
            assert_eq!(port(text).is_ok(), fine, "{text:?}");
        }
    }
}

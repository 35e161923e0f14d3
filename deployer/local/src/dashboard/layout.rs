//! What every page has around it, and the small parts that several share.

use super::visit::{PageVisit, own_address};
use crate::context::Context;
use crate::injection::Faults;
use http::StatusCode;
use maud::{DOCTYPE, Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Write;
use time::OffsetDateTime;
use time::macros::format_description;

/// What is written as it is in a segment of an address: letters, digits, `-` and `_`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// A rendered page.
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The whole document.
    pub html: Markup,
}

/// Renders a page around its content.
pub fn page(visit: &PageVisit, title: &str, content: Markup) -> Page {
    let refused = visit.notice.as_ref().is_some_and(|notice| notice.is_failure);
    with_status(visit, if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK }, title, content)
}

/// Renders a page that says what is not there.
pub fn not_found(visit: &PageVisit, what: &str) -> Page {
    let content = html! { h1 { "Not here" } p { (what) } p { a href="/" { "What there is" } } };
    with_status(visit, StatusCode::NOT_FOUND, "Not here", content)
}

fn with_status(visit: &PageVisit, status: StatusCode, title: &str, content: Markup) -> Page {
    let cx = visit.cx.as_ref();
    let faults = *cx.faults.settings() != Faults::default();
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · deployer local" }
                link rel="icon" href="/_dashboard/icon.svg";
                link rel="stylesheet" href="/_dashboard/style.css";
                script src="/_dashboard/live.js" defer {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    nav aria-label="Pages" {
                        a.brand href="/" { "deployer local" }
                        a href="/_dashboard/requests" { "Requests" }
                        a href="/_dashboard/requests?failed=true" { "Failures" }
                        a href="/_dashboard/cloud" { "Clock and faults" }
                        @if !visit.may_change { a href=(own_address(cx)) { "Change something" } }
                    }
                    p.meta data-live="state" {
                        @if faults { strong.bad { "Faults are injected" } " · " }
                        (clock(cx))
                    }
                }
                main #content tabindex="-1" {
                    @if let Some(notice) = &visit.notice {
                        p.notice.bad[notice.is_failure].good[!notice.is_failure] role="status" { bdi { (notice.text) } }
                    }
                    (content)
                }
                footer { p { "Any AWS client works here: " code { "--endpoint-url " (cx.endpoint()) } } }
            }
        }
    };
    Page { status, html }
}

fn clock(cx: &Context) -> String {
    let ahead = cx.clock.offset().as_secs();
    let mut text = moment(cx.clock.now_ms());
    if ahead > 0 {
        let _ = write!(text, " (the clock is {} h {} min ahead)", ahead / 3600, ahead / 60 % 60);
    }
    text
}

/// Writes milliseconds since 1970 as a date and a time of UTC.
pub fn moment(time_ms: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(time_ms) * 1_000_000).ok();
    time.and_then(|time| time.format(format).ok()).unwrap_or_default()
}

/// Writes microseconds: `0.8 ms`, `12 ms`.
pub fn milliseconds(us: u64) -> String {
    if us < 10_000 { format!("{}.{} ms", us / 1_000, us % 1_000 / 100) } else { format!("{} ms", us / 1_000) }
}

/// Encodes a segment of an address, which may hold anything.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Writes seconds in the largest unit of which they are a whole number: `4 d`, `90 s`.
pub fn lasting(seconds: i64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("min", 60)];
    let whole = units.iter().find(|(_, length)| seconds > 0 && seconds % length == 0);
    whole.map_or_else(|| format!("{seconds} s"), |(unit, length)| format!("{} {unit}", seconds / length))
}

/// Makes an address below the dashboard's path of segments that may hold anything.
pub fn address(segments: &[&str]) -> String {
    let encoded: Vec<_> = segments.iter().map(|text| segment(text)).collect();
    format!("/_dashboard/{}", encoded.join("/"))
}

/// Adds a query to an address.
pub fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{address}?{query}")
}

/// Renders pairs of a term and what is said of it.
pub fn facts<'a>(pairs: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! { dl { @for (term, value) in pairs { div { dt { (term) } dd { (value) } } } } }
}

/// Writes JSON with a line for each value; what is none stays as it is.
pub fn indented(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}

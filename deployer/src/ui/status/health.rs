//! How the stack does, below the table.

use super::super::look::{TerminalLook, TextTone};
use super::super::{measure, text};
use crate::engine::{ResourceTraffic, StackHealth};
use crate::error::Error;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
/// Columns before what belongs to the line above.
const INDENT: usize = 2;

/// Renders when the stack was deployed, and a line for each resource that takes requests.
pub fn lines(health: &StackHealth, now: OffsetDateTime, look: &TerminalLook) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(at) = health.deployed_at {
        let told = at.format(MINUTE).unwrap_or_default();
        out.extend(text::wrap(&format!("Last deployed {told}{}.", ago(at, now)), look.width));
    }
    if health.traffic.is_empty() {
        return out;
    }
    out.push("In the last hour:".to_owned());
    let ids: Vec<String> = health.traffic.iter().map(|it| it.place.id.to_string()).collect();
    let column = ids.iter().map(|id| text::width(id)).max().unwrap_or(0).min(32);
    for (id, traffic) in ids.iter().zip(&health.traffic) {
        let figures = figures(traffic);
        let told: usize = figures.iter().map(|(_, figure)| text::width(figure) + 2).sum();
        let margin = " ".repeat(INDENT);
        let id = look.paint(TextTone::Strong, text::pad(&text::clean(id), column));
        if INDENT + column + told <= look.columns() {
            let figures: String =
                figures.iter().map(|(tone, figure)| format!("  {}", look.paint(*tone, figure))).collect();
            out.push(format!("{margin}{id}{figures}"));
            continue;
        }
        // A figure a line: none is cut.
        out.push(format!("{margin}{id}"));
        out.extend(figures.iter().map(|(tone, figure)| format!("{margin}{margin}{}", look.paint(*tone, figure))));
    }
    out
}

/// Words the figures of a resource, those that are not good in their colour.
fn figures(traffic: &ResourceTraffic) -> Vec<(TextTone, String)> {
    let requests = usize::try_from(traffic.requests).unwrap_or(usize::MAX);
    let mut out = vec![(TextTone::Dim, measure::count(requests, "request"))];
    if traffic.requests == 0 && traffic.throttles.is_none_or(|throttles| throttles == 0) {
        return out;
    }
    let share = |part: u64| match part {
        0 => String::new(),
        _ if traffic.requests == 0 => String::new(),
        part => format!(" ({})", percent(part as f64 * 100.0 / traffic.requests as f64)),
    };
    let bad = |part: u64| if part == 0 { TextTone::Dim } else { TextTone::Bad };
    let errors = measure::count(usize::try_from(traffic.errors).unwrap_or(usize::MAX), "error");
    out.push((bad(traffic.errors), errors + &share(traffic.errors)));
    if let Some(refused) = traffic.client_errors.filter(|refused| *refused > 0) {
        out.push((TextTone::Warning, format!("{refused} answered 4xx{}", share(refused))));
    }
    if let Some(throttles) = traffic.throttles {
        let tone = if throttles == 0 { TextTone::Dim } else { TextTone::Warning };
        out.push((tone, measure::count(usize::try_from(throttles).unwrap_or(usize::MAX), "throttle")));
    }
    for (name, value) in [("p50", traffic.p50_ms), ("p99", traffic.p99_ms)] {
        out.extend(value.map(|ms| (TextTone::Dim, format!("{name} {}", milliseconds(ms)))));
    }
    out
}

/// Words why there are no figures.
pub fn unread(why: &Error) -> String {
    let hint = why.hints.first().map_or(String::new(), |hint| format!(". {hint}"));
    format!("requests, errors and times of the last hour are not shown: {}{hint}", why.message)
}

fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let seconds = (now - at).whole_seconds();
    match seconds {
        // The embedded cloud's clock may be ahead.
        ..0 => String::new(),
        0..60 => ", less than a minute ago".to_owned(),
        60..86_400 => format!(", {} ago", measure::took(Duration::from_secs(seconds.unsigned_abs()))),
        _ => format!(", {} ago", measure::count(usize::try_from(seconds / 86_400).unwrap_or(usize::MAX), "day")),
    }
}

fn percent(percent: f64) -> String {
    match percent {
        10.0.. => format!("{percent:.0} %"),
        0.1.. => format!("{percent:.1} %"),
        _ => "< 0.1 %".to_owned(),
    }
}

fn milliseconds(ms: f64) -> String {
    match ms {
        1000.0.. => format!("{:.1} s", ms / 1000.0),
        10.0.. => format!("{ms:.0} ms"),
        _ => format!("{ms:.1} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{ResourceId, ResourceRef};

    fn resource(kind: &'static str, requests: u64, errors: u64) -> ResourceTraffic {
        let place = ResourceRef { id: ResourceId::new(kind, "api"), name: "orders-api".to_owned() };
        let api = kind == "rest_api";
        ResourceTraffic {
            place,
            requests,
            errors,
            client_errors: api.then_some(3),
            throttles: (!api).then_some(1),
            p50_ms: Some(1.25),
            p99_ms: Some(1234.0),
        }
    }

    fn health(traffic: Vec<ResourceTraffic>) -> StackHealth {
        let from = OffsetDateTime::UNIX_EPOCH;
        let until = from + Duration::from_secs(3600);
        StackHealth { deployed_at: Some(from), from, until, traffic, unread: None }
    }

    #[test]
    fn figures_in_two_widths() {
        let idle = ResourceTraffic { throttles: Some(0), p50_ms: None, p99_ms: None, ..resource("function", 0, 0) };
        let health = health(vec![resource("rest_api", 4200, 2), resource("function", 12, 6), idle]);
        let shown = |width: usize| {
            let look = TerminalLook { color: false, width: Some(width) };
            lines(&health, OffsetDateTime::UNIX_EPOCH + Duration::from_secs(3_725), &look).join("\n")
        };
        insta::assert_snapshot!(shown(100), @"
        Last deployed 1970-01-01 00:00 UTC, 1h 02m ago.
        In the last hour:
          rest_api.api  4200 requests  2 errors (< 0.1 %)  3 answered 4xx (< 0.1 %)  p50 1.2 ms  p99 1.2 s
          function.api  12 requests  6 errors (50 %)  1 throttle  p50 1.2 ms  p99 1.2 s
          function.api  0 requests
        ");
        let narrow = shown(40);
        assert!(narrow.lines().all(|line| text::width(line) <= 40), "{narrow}");
        for told in ["6 errors (50 %)", "3 answered 4xx (< 0.1 %)", "p99 1.2 s"] {
            assert!(narrow.contains(told), "{told} is not in\n{narrow}");
        }
    }

    #[test]
    fn how_long_ago() {
        let epoch = OffsetDateTime::UNIX_EPOCH;
        for (seconds, told) in [
            (-5, ""),
            (5, ", less than a minute ago"),
            (125, ", 2m 05s ago"),
            (7_200, ", 2h 00m ago"),
            (86_400, ", 1 day ago"),
            (900_000, ", 10 days ago"),
        ] {
            assert_eq!(ago(epoch, epoch + time::Duration::seconds(seconds)), told);
        }
    }

    #[test]
    fn why_there_are_none() {
        let denied = Error::aws("AWS denied the call (cloudwatch:GetMetricData): no").hint("Ask for it.");
        insta::assert_snapshot!(unread(&denied), @"requests, errors and times of the last hour are not shown: AWS denied the call (cloudwatch:GetMetricData): no. Ask for it.");
    }
}

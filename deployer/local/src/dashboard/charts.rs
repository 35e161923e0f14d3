//! What came of the last hour's requests, minute by minute, as pictures whose places are attributes: styles within a page are forbidden.

use crate::clock::real_ms;
use crate::context::Context;
use crate::state::{MetricName, MetricSample};
use maud::{Markup, html};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
/// Minutes of a picture.
const MINUTES: i64 = 60;

/// What is shown of a metric.
#[derive(Clone, Copy)]
enum ShownFigure {
    /// How many, bad or not.
    Count { is_bad: bool },
    /// The time that 99 of a hundred do not exceed, in milliseconds.
    Slowest,
}

/// Renders what came of the invocations of a function.
pub fn of_function(cx: &Context, region: &str, name: &str) -> Markup {
    let of = BTreeMap::from([("FunctionName".to_owned(), name.to_owned())]);
    let figures = [
        ("Requests", "Invocations", ShownFigure::Count { is_bad: false }),
        ("Errors", "Errors", ShownFigure::Count { is_bad: true }),
        ("Throttles", "Throttles", ShownFigure::Count { is_bad: true }),
        ("p99", "Duration", ShownFigure::Slowest),
    ];
    charts(cx, region, "AWS/Lambda", &of, &figures)
}

/// Renders what came of the requests to a stage of an API.
pub fn of_stage(cx: &Context, region: &str, api: &str, stage: &str) -> Markup {
    let of = BTreeMap::from([("ApiName".to_owned(), api.to_owned()), ("Stage".to_owned(), stage.to_owned())]);
    let figures = [
        ("Requests", "Count", ShownFigure::Count { is_bad: false }),
        ("Errors", "5XXError", ShownFigure::Count { is_bad: true }),
        ("Answered 4xx", "4XXError", ShownFigure::Count { is_bad: true }),
        ("p99", "Latency", ShownFigure::Slowest),
    ];
    charts(cx, region, "AWS/ApiGateway", &of, &figures)
}

/// Renders the capacity of a table that was consumed, without that of its global indexes.
pub fn of_table(cx: &Context, region: &str, name: &str) -> Markup {
    let of = BTreeMap::from([("TableName".to_owned(), name.to_owned())]);
    let figures = [
        ("Read units", "ConsumedReadCapacityUnits", ShownFigure::Count { is_bad: false }),
        ("Write units", "ConsumedWriteCapacityUnits", ShownFigure::Count { is_bad: false }),
    ];
    charts(cx, region, "AWS/DynamoDB", &of, &figures)
}

fn charts(
    cx: &Context,
    region: &str,
    namespace: &str,
    dimensions: &BTreeMap<String, String>,
    figures: &[(&str, &str, ShownFigure)],
) -> Markup {
    let until = (real_ms().div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
    let from = until - MINUTES * MINUTE_MS;
    html! {
        h2 { "The last hour" }
        dl.charts data-live="charts" {
            @for (title, metric, shown) in figures {
                @let name = MetricName { region: region.to_owned(), namespace: namespace.to_owned(), metric: (*metric).to_owned(), dimensions: dimensions.clone() };
                (chart(title, *shown, &cx.metrics.periods(&name, from, until, MINUTE_MS), from))
            }
        }
    }
}

fn chart(title: &str, shown: ShownFigure, minutes: &[(i64, MetricSample)], from: i64) -> Markup {
    let value = |sample: &MetricSample| match shown {
        ShownFigure::Count { .. } => sample.sum(),
        ShownFigure::Slowest => sample.percentile(99.0),
    };
    let values: Vec<_> = minutes.iter().map(|(at, sample)| ((at - from) / MINUTE_MS, value(sample))).collect();
    let largest = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    // The sum of no floats is -0.
    let sum = values.iter().fold(0.0, |sum, (_, value)| sum + value);
    let is_bad = matches!(shown, ShownFigure::Count { is_bad: true }) && sum > 0.0;
    html! {
        div.failed[is_bad] {
            dt { (title) }
            dd {
                @match shown {
                    ShownFigure::Count { .. } => { (sum) }
                    ShownFigure::Slowest if values.is_empty() => { "none measured" }
                    ShownFigure::Slowest => { (format!("{largest:.1} ms at most")) }
                }
                svg.chart viewBox="0 0 600 40" preserveAspectRatio="none" aria-hidden="true" {
                    rect.track x="0" y="39" width="600" height="1" {}
                    @for (minute, value) in values.iter().filter(|(_, value)| *value > 0.0) {
                        @let height = (value / largest * 38.0).max(1.0);
                        rect.fill x=(minute * 10) y={ (format!("{:.1}", 39.0 - height)) } width="9" height={ (format!("{height:.1}")) } {}
                    }
                }
            }
        }
    }
}

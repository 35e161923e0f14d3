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
    charts(cx, region, "AWS/Lambda", &of, ["Invocations", "Errors", "Throttles", "Duration"])
}

/// Renders what came of the requests to a stage of an API.
pub fn of_stage(cx: &Context, region: &str, api: &str, stage: &str) -> Markup {
    let of = BTreeMap::from([("ApiName".to_owned(), api.to_owned()), ("Stage".to_owned(), stage.to_owned())]);
    charts(cx, region, "AWS/ApiGateway", &of, ["Count", "5XXError", "4XXError", "Latency"])
}

fn charts(
    cx: &Context,
    region: &str,
    namespace: &str,
    dimensions: &BTreeMap<String, String>,
    [requests, errors, refusals, time]: [&str; 4],
) -> Markup {
    let until = (real_ms().div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
    let from = until - MINUTES * MINUTE_MS;
    let figures = [
        ("Requests", requests, ShownFigure::Count { is_bad: false }),
        ("Errors", errors, ShownFigure::Count { is_bad: true }),
        (
            if namespace == "AWS/Lambda" { "Throttles" } else { "Answered 4xx" },
            refusals,
            ShownFigure::Count { is_bad: true },
        ),
        ("p99", time, ShownFigure::Slowest),
    ];
    html! {
        h2 { "The last hour" }
        dl.charts data-live="charts" {
            @for (title, metric, shown) in figures {
                @let name = MetricName { region: region.to_owned(), namespace: namespace.to_owned(), metric: metric.to_owned(), dimensions: dimensions.clone() };
                (chart(title, shown, &cx.metrics.periods(&name, from, until, MINUTE_MS), from))
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
    let sum: f64 = values.iter().map(|(_, value)| value).sum();
    let is_bad = matches!(shown, ShownFigure::Count { is_bad: true }) && sum > 0.0;
    html! {
        div.failed[is_bad] {
            dt { (title) }
            dd {
                @match shown {
                    ShownFigure::Count { .. } => { (format!("{sum:.0}")) }
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

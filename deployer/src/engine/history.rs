//! What came of requests over time, and what was consumed.

use super::health::time;
use super::run::StackRun;
use crate::aws::cloudwatch::{MetricQuery, MetricSeries, MetricWindow, metric_data};
use crate::error::{Error, Result};
use crate::kinds::{ConsumptionSource, MetricSource, ResourceRef};
use serde::Serialize;
use std::time::Duration;
use time::OffsetDateTime;

/// Most points of a series: what a line of a terminal shows.
const POINTS: u64 = 60;
/// Longest time back: CloudWatch keeps minutes for so long ("Metrics retention").
pub const LONGEST_HISTORY: Duration = Duration::from_secs(15 * 86_400);

/// What came of the requests to a stack, in steps of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrafficHistory {
    /// The beginning of the first step.
    #[serde(serialize_with = "time")]
    pub from: OffsetDateTime,
    /// The end of the last one.
    #[serde(serialize_with = "time")]
    pub until: OffsetDateTime,
    /// Length of a step in seconds.
    pub step_s: u64,
    /// The resources that take requests or consume something.
    pub resources: Vec<ResourceHistory>,
}

/// The figures of a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResourceHistory {
    /// The resource.
    #[serde(flatten)]
    pub place: ResourceRef,
    /// Its figures.
    pub figures: Vec<FigureSeries>,
}

/// A figure, step by step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureSeries {
    /// What it is: `requests`, `p99_ms`, `read_units`.
    pub name: &'static str,
    /// A value for each step; `None` where a time was not measured.
    pub values: Vec<Option<f64>>,
}

/// Asks for the figures of everything that the stack describes.
///
/// # Errors
/// The failure of the call.
pub async fn observe_history(run: StackRun<'_>, back: Duration, now: OffsetDateTime) -> Result<TrafficHistory> {
    let (window, step) = steps(back, now);
    let stack = &run.session.stack;
    let traffic = run.kinds.iter().flat_map(|kind| kind.metrics(stack));
    let traffic = traffic.map(|source| (source.place.clone(), figures(&source)));
    let consumption = run.kinds.iter().flat_map(|kind| kind.consumption(stack));
    let sources: Vec<_> = traffic.chain(consumption.map(|source| (source.place.clone(), consumed(&source)))).collect();
    if sources.is_empty() {
        return Err(Error::usage("the stack has nothing of which figures are kept: no function, no API and no table"));
    }
    let asked = sources.iter().flat_map(|(_, figures)| figures);
    let queries: Vec<_> = asked.map(|(_, query)| MetricQuery { period: step, ..query.clone() }).collect();
    let aws = &run.session.aws;
    let found = metric_data(&aws.caller, &aws.connection.clients.cloudwatch, &queries, window).await?;
    let mut found = found.into_iter();
    let resource = |(place, figures): (ResourceRef, Vec<(&'static str, MetricQuery)>)| ResourceHistory {
        figures: figures
            .into_iter()
            .map(|(name, query)| {
                let is_count = query.statistic == "Sum";
                FigureSeries { name, values: values(&found.next().unwrap_or_default(), window, step, is_count) }
            })
            .collect(),
        place,
    };
    let resources = sources.into_iter().map(resource).collect();
    Ok(TrafficHistory { from: window.from, until: window.until, step_s: step.as_secs(), resources })
}

/// Returns the window in whole steps of whole minutes that ends now.
fn steps(back: Duration, now: OffsetDateTime) -> (MetricWindow, Duration) {
    let minutes = back.min(LONGEST_HISTORY).as_secs().div_ceil(60).max(1);
    let step = minutes.div_ceil(POINTS);
    let whole = minutes.div_ceil(step) * step;
    (MetricWindow::last(Duration::from_secs(whole * 60), now), Duration::from_secs(step * 60))
}

/// Returns what is asked of a resource, each with its name.
fn figures(source: &MetricSource) -> Vec<(&'static str, MetricQuery)> {
    let query = |metric, statistic| MetricQuery {
        namespace: source.namespace,
        metric,
        dimensions: source.dimensions.clone(),
        statistic,
        period: Duration::ZERO,
    };
    let counts = [
        ("requests", Some(source.requests)),
        ("errors", Some(source.errors)),
        ("client_errors", source.client_errors),
        ("throttles", source.throttles),
    ];
    let counts = counts.into_iter().filter_map(|(name, metric)| Some((name, query(metric?, "Sum"))));
    counts.chain([("p50_ms", "p50"), ("p99_ms", "p99")].map(|(name, it)| (name, query(source.duration, it)))).collect()
}

/// Returns what is asked of what a resource consumes, each with its name.
fn consumed(source: &ConsumptionSource) -> Vec<(&'static str, MetricQuery)> {
    let query = |metric| MetricQuery {
        namespace: source.namespace,
        metric,
        dimensions: source.dimensions.clone(),
        statistic: "Sum",
        period: Duration::ZERO,
    };
    source.figures.iter().map(|(name, metric)| (*name, query(*metric))).collect()
}

/// Puts a series into steps. What was not counted is zero; of two times of a step the slower one counts.
fn values(series: &MetricSeries, window: MetricWindow, step: Duration, is_count: bool) -> Vec<Option<f64>> {
    let (from, step) = (window.from.unix_timestamp(), i64::try_from(step.as_secs()).unwrap_or(60));
    let length = usize::try_from((window.until.unix_timestamp() - from) / step).unwrap_or_default();
    let mut values = vec![is_count.then_some(0.0); length];
    for (at, value) in series {
        // AWS may align the first step to before the window.
        let place = usize::try_from((at - from).div_euclid(step).max(0)).unwrap_or(usize::MAX);
        if let Some(slot) = values.get_mut(place) {
            *slot =
                Some(if is_count { slot.unwrap_or_default() + value } else { slot.unwrap_or_default().max(*value) });
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_whole_steps() {
        let now = OffsetDateTime::from_unix_timestamp(1_000_000_030).unwrap();
        for (back_s, step_s, points) in
            [(1, 60, 1), (3_600, 60, 60), (3_601, 120, 31), (10_800, 180, 60), (86_400, 1_440, 60)]
        {
            let (window, step) = steps(Duration::from_secs(back_s), now);
            let length = (window.until - window.from).whole_seconds();
            assert_eq!((step.as_secs(), length / step_s), (step_s as u64, points), "{back_s}");
            assert!(window.until > now && (window.until - now).whole_seconds() <= 60);
        }
    }

    #[test]
    fn values_come_into_their_steps() {
        let now = OffsetDateTime::from_unix_timestamp(599).unwrap();
        let (window, step) = steps(Duration::from_secs(240), now);
        assert_eq!((window.from.unix_timestamp(), step.as_secs()), (360, 60));
        let series = vec![(300, 1.0), (360, 2.0), (540, 4.0), (599, 8.0), (600, 99.0)];
        assert_eq!(values(&series, window, step, true), [Some(3.0), Some(0.0), Some(0.0), Some(12.0)]);
        assert_eq!(values(&series, window, step, false), [Some(2.0), None, None, Some(8.0)]);
    }
}

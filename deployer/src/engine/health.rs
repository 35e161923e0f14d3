//! How the stack does: when it was deployed, and what came of the requests of the last hour.

use super::observe::ObservedStack;
use super::run::StackRun;
use crate::aws::cloudwatch::{MetricQuery, MetricSeries, MetricWindow, metric_data};
use crate::aws::tags::ResourceOwner;
use crate::error::Error;
use crate::kinds::{MetricSource, ResourceRef};
use serde::{Serialize, Serializer};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;

/// How long the figures are of.
const WINDOW: Duration = Duration::from_secs(3600);
/// How long counts are added up at AWS: so many together, however it aligns them, are those of the window.
const MINUTE: Duration = Duration::from_secs(60);
/// Longest time that figures are waited for. They are worth less than the rest.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the stack does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StackHealth {
    /// The last change of the code or settings of a function, or of what the API serves; `None` where nothing is deployed.
    #[serde(serialize_with = "optional_time")]
    pub deployed_at: Option<OffsetDateTime>,
    /// The beginning of what the figures are of.
    #[serde(serialize_with = "time")]
    pub from: OffsetDateTime,
    /// Its end.
    #[serde(serialize_with = "time")]
    pub until: OffsetDateTime,
    /// What came of the requests, for each resource that takes any.
    pub traffic: Vec<ResourceTraffic>,
    /// Why there are no figures.
    pub unread: Option<Error>,
}

/// What came of the requests to a resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResourceTraffic {
    /// The resource.
    #[serde(flatten)]
    pub place: ResourceRef,
    /// How many there were.
    pub requests: u64,
    /// How many failed.
    pub errors: u64,
    /// How many were refused as the caller's mistake, where that is told apart.
    pub client_errors: Option<u64>,
    /// How many were refused as too many, where that is counted.
    pub throttles: Option<u64>,
    /// Half of them took no longer, in milliseconds.
    pub p50_ms: Option<f64>,
    /// Of a hundred 99 took no longer, in milliseconds.
    pub p99_ms: Option<f64>,
}

/// The figures of a stack, or why there are none.
#[derive(Debug)]
pub struct StackTraffic {
    window: MetricWindow,
    found: Result<Vec<ResourceTraffic>, Error>,
}

/// Asks for the figures of everything that the stack describes, in one call.
pub async fn observe_traffic(run: StackRun<'_>, now: OffsetDateTime) -> StackTraffic {
    let window = MetricWindow::last(WINDOW, now);
    let sources: Vec<_> = run.kinds.iter().flat_map(|kind| kind.metrics(&run.session.stack)).collect();
    let queries: Vec<_> = sources.iter().flat_map(queries).collect();
    if queries.is_empty() {
        return StackTraffic { window, found: Ok(Vec::new()) };
    }
    let aws = &run.session.aws;
    let asked = metric_data(&aws.caller, &aws.connection.clients.cloudwatch, &queries, window);
    let found = match timeout(PATIENCE, asked).await {
        Ok(Ok(series)) => {
            let mut series = series.into_iter();
            Ok(sources.iter().map(|source| traffic(source, &mut series)).collect())
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Error::timeout(format!("CloudWatch did not answer within {} s", PATIENCE.as_secs()))),
    };
    StackTraffic { window, found }
}

impl StackTraffic {
    /// Returns how the stack does that was observed; `None` where nothing of it takes requests.
    pub fn health(self, observed: &ObservedStack) -> Option<StackHealth> {
        let ours = |place: &ResourceRef| observed.found.get(place).filter(|found| found.owner == ResourceOwner::Ours);
        let (found, unread) = match self.found {
            Ok(found) => (found, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let deployed_at = observed.declared.iter().filter_map(|declared| ours(&declared.place)?.changed_at).max();
        let traffic: Vec<_> = found.into_iter().filter(|it| ours(&it.place).is_some()).collect();
        let told = deployed_at.is_some() || !traffic.is_empty();
        told.then_some(StackHealth { deployed_at, from: self.window.from, until: self.window.until, traffic, unread })
    }
}

/// Returns the queries of a resource, in the order in which [`traffic`] reads them.
fn queries(source: &MetricSource) -> Vec<MetricQuery> {
    let query = |metric, statistic, period| MetricQuery {
        namespace: source.namespace,
        metric,
        dimensions: source.dimensions.clone(),
        statistic,
        period,
    };
    let counts = [Some(source.requests), Some(source.errors), source.client_errors, source.throttles];
    let counts = counts.into_iter().flatten().map(|metric| query(metric, "Sum", MINUTE));
    counts.chain(["p50", "p99"].map(|percentile| query(source.duration, percentile, WINDOW))).collect()
}

/// Reads the figures of a resource.
fn traffic(source: &MetricSource, series: &mut impl Iterator<Item = MetricSeries>) -> ResourceTraffic {
    let mut next = || series.next().unwrap_or_default();
    // Sums of ones are whole numbers, and a float that does not fit saturates.
    let sum = |series: MetricSeries| series.iter().map(|(_, value)| value).sum::<f64>().round() as u64;
    let (requests, errors) = (sum(next()), sum(next()));
    let client_errors = source.client_errors.map(|_| sum(next()));
    let throttles = source.throttles.map(|_| sum(next()));
    // Where AWS aligns its periods in another way there are two, which cannot be put together: the slower one counts.
    let slowest = |series: MetricSeries| series.into_iter().map(|(_, value)| value).reduce(f64::max);
    ResourceTraffic {
        place: source.place.clone(),
        requests,
        errors,
        client_errors,
        throttles,
        p50_ms: slowest(next()),
        p99_ms: slowest(next()),
    }
}

/// Writes a time as RFC 3339 has it.
pub(super) fn time<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    at.format(&Rfc3339).map_err(serde::ser::Error::custom)?.serialize(serializer)
}

fn optional_time<S: Serializer>(at: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::ResourceId;

    fn source(client_errors: Option<&'static str>, throttles: Option<&'static str>) -> MetricSource {
        MetricSource {
            place: ResourceRef { id: ResourceId::new("function", "api"), name: "orders-api".to_owned() },
            namespace: "AWS/Lambda",
            dimensions: vec![("FunctionName", "orders-api".to_owned())],
            requests: "Invocations",
            errors: "Errors",
            client_errors,
            throttles,
            duration: "Duration",
        }
    }

    /// Whatever is asked is read in the same order, with and without what some resources do not have.
    #[test]
    fn figures_are_read_as_they_are_asked_for() {
        for (client_errors, throttles) in
            [(None, None), (Some("4XXError"), None), (None, Some("Throttles")), (Some("4XXError"), Some("Throttles"))]
        {
            let source = source(client_errors, throttles);
            let answer = |query: &MetricQuery| match (query.metric, query.statistic) {
                ("Invocations", "Sum") => vec![(0, 40.0), (60, 2.0)],
                ("Errors", "Sum") => vec![(60, 1.0)],
                ("4XXError", "Sum") => vec![(0, 3.0)],
                ("Throttles", "Sum") => vec![(0, 1.0), (60, 1.0)],
                ("Duration", "p50") => vec![(0, 1.5)],
                ("Duration", "p99") => vec![(0, 20.0), (3600, 80.25)],
                other => panic!("{other:?}"),
            };
            let mut series = queries(&source).iter().map(answer).collect::<Vec<_>>().into_iter();
            let read = traffic(&source, &mut series);
            assert_eq!((read.requests, read.errors), (42, 1));
            assert_eq!(read.client_errors, client_errors.map(|_| 3));
            assert_eq!(read.throttles, throttles.map(|_| 2));
            assert_eq!((read.p50_ms, read.p99_ms), (Some(1.5), Some(80.25)));
            assert_eq!(series.len(), 0);
        }
    }

    #[test]
    fn nothing_was_counted() {
        let read = traffic(&source(None, Some("Throttles")), &mut std::iter::empty());
        assert_eq!((read.requests, read.errors, read.throttles, read.p50_ms), (0, 0, Some(0), None));
    }
}

//! Metrics of CloudWatch: `GetMetricData`.

use super::call::AwsCaller;
use super::error::AwsError;
use super::op;
use super::signed::{SignedClient, SignedService};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// The service; botocore's `cloudwatch/2010-08-01` has `json` among its `protocols`, and the names.
pub(super) static SERVICE: SignedService =
    SignedService { id: "CloudWatch", host: "monitoring", target: "GraniteServiceVersion20100801" };

/// Queries of one call ("GetMetricData").
const AT_ONCE: usize = 500;

/// What is asked of one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricQuery {
    /// `AWS/Lambda`.
    pub namespace: &'static str,
    /// `Invocations`.
    pub metric: &'static str,
    /// What it is about: pairs such as `FunctionName` and `orders-api`.
    pub dimensions: Vec<(&'static str, String)>,
    /// `Sum`, `p99`.
    pub statistic: &'static str,
    /// How long what is counted together lasts: whole minutes.
    pub period: Duration,
}

/// From when until when, in whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricWindow {
    /// The first minute.
    pub from: OffsetDateTime,
    /// The minute after the last one.
    pub until: OffsetDateTime,
}

/// The values of a metric, one for each period that has any, the oldest first: seconds since the epoch, and the value.
pub type MetricSeries = Vec<(i64, f64)>;

impl MetricWindow {
    /// Returns the window that has lasted for so long now, the minute that runs included.
    pub fn last(duration: Duration, now: OffsetDateTime) -> Self {
        let minute = now.unix_timestamp().div_euclid(60) * 60;
        let until = OffsetDateTime::from_unix_timestamp(minute).unwrap_or(now) + Duration::from_secs(60);
        Self { from: until - duration, until }
    }
}

/// Reads metrics; a series for each query, in their order.
///
/// # Errors
/// The classified failure.
pub async fn metric_data(
    caller: &AwsCaller,
    client: &SignedClient,
    queries: &[MetricQuery],
    window: MetricWindow,
) -> Result<Vec<MetricSeries>, AwsError> {
    let mut all = Vec::new();
    for queries in queries.chunks(AT_ONCE) {
        let mut found = vec![MetricSeries::new(); queries.len()];
        let mut input = input(queries, window);
        loop {
            let answer =
                caller.call(&op::GET_METRIC_DATA, &|_| (), || client.send(op::GET_METRIC_DATA.name, &input)).await?;
            match read(answer, &mut found) {
                Some(token) => input["NextToken"] = json!(token),
                None => break,
            }
        }
        all.append(&mut found);
    }
    Ok(all)
}

fn input(queries: &[MetricQuery], window: MetricWindow) -> Value {
    let queries = queries.iter().enumerate().map(|(at, query)| {
        let dimensions = query.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
        json!({"Id": format!("q{at}"), "MetricStat": {
            "Metric": {
                "Namespace": query.namespace, "MetricName": query.metric, "Dimensions": dimensions.collect::<Vec<_>>(),
            },
            "Period": query.period.as_secs(),
            "Stat": query.statistic,
        }})
    });
    json!({
        "MetricDataQueries": queries.collect::<Vec<_>>(),
        "StartTime": window.from.unix_timestamp(),
        "EndTime": window.until.unix_timestamp(),
        "ScanBy": "TimestampAscending",
    })
}

/// Adds what a page has to the series of each query, and returns the token of the next page. What an answer does not have is not there:
/// CloudWatch leaves out metrics of which nothing was ever counted.
fn read(answer: Value, found: &mut [MetricSeries]) -> Option<String> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct MetricDataPage {
        metric_data_results: Vec<MetricDataResult>,
        next_token: Option<String>,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct MetricDataResult {
        id: String,
        timestamps: Vec<f64>,
        values: Vec<f64>,
    }
    let page: MetricDataPage = serde_json::from_value(answer).unwrap_or_default();
    for result in page.metric_data_results {
        let at = result.id.strip_prefix('q').and_then(|at| at.parse::<usize>().ok());
        if let Some(series) = at.and_then(|at| found.get_mut(at)) {
            series.extend(result.timestamps.iter().map(|at| *at as i64).zip(result.values));
        }
    }
    page.next_token.filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_the_minute_that_runs() {
        let now = OffsetDateTime::from_unix_timestamp(7_265).expect("a time");
        let window = MetricWindow::last(Duration::from_secs(3600), now);
        assert_eq!((window.from.unix_timestamp(), window.until.unix_timestamp()), (3_720, 7_320));
    }

    #[test]
    fn a_query_is_asked_and_pages_are_put_together() {
        let query = MetricQuery {
            namespace: "AWS/Lambda",
            metric: "Errors",
            dimensions: vec![("FunctionName", "orders-api".to_owned())],
            statistic: "Sum",
            period: Duration::from_secs(60),
        };
        let epoch = OffsetDateTime::UNIX_EPOCH;
        let asked = input(&[query], MetricWindow { from: epoch, until: epoch + Duration::from_secs(60) });
        insta::assert_snapshot!(asked.to_string(), @r#"{"EndTime":60,"MetricDataQueries":[{"Id":"q0","MetricStat":{"Metric":{"Dimensions":[{"Name":"FunctionName","Value":"orders-api"}],"MetricName":"Errors","Namespace":"AWS/Lambda"},"Period":60,"Stat":"Sum"}}],"ScanBy":"TimestampAscending","StartTime":0}"#);
        let mut found = vec![MetricSeries::new(); 2];
        let page = |id: &str, at: i64, value: f64, token: Value| {
            let result = json!({"Id": id, "Timestamps": [at], "Values": [value], "StatusCode": "PartialData"});
            json!({"MetricDataResults": [result, {"Id": "other"}], "NextToken": token})
        };
        assert_eq!(read(page("q1", 60, 1.0, json!("more")), &mut found), Some("more".to_owned()));
        assert_eq!(read(page("q1", 120, 2.5, Value::Null), &mut found), None);
        assert_eq!(found, [vec![], vec![(60, 1.0), (120, 2.5)]]);
        assert_eq!(read(json!([]), &mut found), None, "what is no answer has nothing");
    }
}

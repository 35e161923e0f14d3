//! `GetMetricData`.

use crate::context::Context;
use crate::state::{MetricName, MetricSample};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Queries of one call.
const AT_ONCE: usize = 500;
/// Dimensions of a metric.
const DIMENSIONS: usize = 30;
/// Length of what is counted together, in seconds.
const MINUTE: i64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetMetricDataInput {
    metric_data_queries: Vec<MetricDataQuery>,
    /// Seconds since the epoch.
    start_time: f64,
    end_time: f64,
    scan_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDataQuery {
    id: String,
    metric_stat: MetricStatistic,
    label: Option<String>,
    return_data: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStatistic {
    metric: QueriedMetric,
    /// Seconds.
    period: i64,
    stat: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueriedMetric {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<MetricDimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDimension {
    name: String,
    value: String,
}

pub(super) fn get_metric_data(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetMetricDataInput = call.input()?;
    let newest_first = match input.scan_by.as_deref() {
        None | Some("TimestampDescending") => true,
        Some("TimestampAscending") => false,
        Some(other) => {
            return Err(invalid(format!("ScanBy '{other}' is none of TimestampDescending, TimestampAscending")));
        }
    };
    let queries = &input.metric_data_queries;
    if !(1..=AT_ONCE).contains(&queries.len()) {
        return Err(invalid(format!("1 to {AT_ONCE} queries can be asked at once, not {}", queries.len())));
    }
    let ids: BTreeSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    if ids.len() < queries.len() {
        return Err(invalid("The values for parameter id in MetricDataQueries must be unique"));
    }
    if input.start_time >= input.end_time {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    // "Start time less than 15 days ago - Round down to the nearest whole minute" (GetMetricData).
    let from_s = (input.start_time as i64).div_euclid(MINUTE) * MINUTE;
    let results = queries.iter().map(|query| {
        let MetricDataQuery { id, metric_stat: asked, .. } = query;
        if !id.starts_with(|c: char| c.is_ascii_lowercase())
            || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return Err(invalid(format!("The value {id} for parameter Id is not of the form [a-z][a-zA-Z0-9_]*")));
        }
        if asked.period < 1 || asked.period % MINUTE != 0 {
            return Err(ServiceError::not_modelled(format_args!(
                "periods other than whole minutes ({} s)",
                asked.period
            )));
        }
        if asked.metric.dimensions.len() > DIMENSIONS {
            return Err(invalid(format!("a metric has at most {DIMENSIONS} dimensions")));
        }
        let statistic = Statistic::read(&asked.stat)?;
        let name = MetricName {
            region: call.region.clone(),
            namespace: asked.metric.namespace.clone(),
            metric: asked.metric.metric_name.clone(),
            dimensions: asked.metric.dimensions.iter().map(|d| (d.name.clone(), d.value.clone())).collect(),
        };
        let until_ms = (input.end_time * 1000.0) as i64;
        let mut periods = cx.metrics.periods(&name, from_s * 1000, until_ms, asked.period * 1000);
        if newest_first {
            periods.reverse();
        }
        let (times, values): (Vec<i64>, Vec<f64>) =
            periods.iter().map(|(begin, sample)| (begin / 1000, statistic.of(sample))).unzip();
        Ok(json!({
            "Id": id,
            "Label": query.label.as_ref().unwrap_or(&asked.metric.metric_name),
            "Timestamps": times,
            "Values": values,
            "StatusCode": "Complete",
        }))
    });
    let results: Vec<Value> = results.collect::<ServiceResult<_>>()?;
    let shown = results.into_iter().zip(queries).filter(|(_, query)| query.return_data != Some(false));
    Ok(json!({ "MetricDataResults": shown.map(|(result, _)| result).collect::<Vec<_>>(), "Messages": [] }))
}

/// What is told of the values of a period.
#[derive(Clone, Copy)]
enum Statistic {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    Percentile(f64),
}

impl Statistic {
    fn read(text: &str) -> ServiceResult<Self> {
        Ok(match text {
            "SampleCount" => Self::SampleCount,
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => {
                let percent = text.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok());
                let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
                Self::Percentile(
                    percent.ok_or_else(|| ServiceError::not_modelled(format_args!("the statistic {text}")))?,
                )
            }
        })
    }

    fn of(self, sample: &MetricSample) -> f64 {
        match self {
            Self::SampleCount => sample.count() as f64,
            Self::Sum => sample.sum(),
            Self::Average => sample.sum() / sample.count() as f64,
            Self::Minimum => sample.minimum(),
            Self::Maximum => sample.maximum(),
            Self::Percentile(percent) => sample.percentile(percent),
        }
    }
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationError", message)
}

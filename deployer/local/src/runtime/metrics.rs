//! What Lambda tells CloudWatch of invocations ("Types of metrics for Lambda functions").

use crate::clock::real_ms;
use crate::state::{MetricName, MetricStore};
use crate::store::function::FunctionRecord;
use std::collections::BTreeMap;

/// Counts an invocation that ran for so long, in milliseconds.
pub fn invoked(metrics: &MetricStore, function: &FunctionRecord, duration_ms: f64, failed: bool) {
    add(metrics, function, "Invocations", 1.0);
    add(metrics, function, "Errors", if failed { 1.0 } else { 0.0 });
    add(metrics, function, "Duration", duration_ms);
}

/// Counts an invocation that was refused because of the function's concurrency. It is no invocation and no error.
pub fn throttled(metrics: &MetricStore, function: &FunctionRecord) {
    add(metrics, function, "Throttles", 1.0);
}

fn add(metrics: &MetricStore, function: &FunctionRecord, metric: &str, value: f64) {
    let name = MetricName {
        region: function.region.clone(),
        namespace: "AWS/Lambda".to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::from([("FunctionName".to_owned(), function.name.clone())]),
    };
    metrics.add(real_ms(), name, value);
}

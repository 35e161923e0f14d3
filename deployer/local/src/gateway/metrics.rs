//! What API Gateway tells CloudWatch of requests ("Amazon API Gateway dimensions and metrics").

use super::target::StageTarget;
use crate::clock::real_ms;
use crate::context::Context;
use crate::state::MetricName;
use http::StatusCode;
use std::collections::BTreeMap;
use std::time::Duration;

/// Counts a request to a stage that was answered with a status after so long: once for the API and once for the stage.
pub fn answered(cx: &Context, target: &StageTarget<'_>, status: StatusCode, latency: Duration) {
    let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
    let values = [
        ("Count", 1.0),
        ("4XXError", flag(status.is_client_error())),
        ("5XXError", flag(status.is_server_error())),
        ("Latency", latency.as_secs_f64() * 1000.0),
    ];
    let of_api = BTreeMap::from([("ApiName".to_owned(), target.api.name.clone())]);
    let mut of_stage = of_api.clone();
    of_stage.insert("Stage".to_owned(), target.stage.name.clone());
    for dimensions in [of_api, of_stage] {
        for (metric, value) in values {
            let name = MetricName {
                region: target.region.to_owned(),
                namespace: "AWS/ApiGateway".to_owned(),
                metric: metric.to_owned(),
                dimensions: dimensions.clone(),
            };
            cx.metrics.add(real_ms(), name, value);
        }
    }
}

//! What the functions tell about themselves: one line of JSON for each invocation, with its metrics inside.
//!
//! The line is CloudWatch's embedded metric format, so the log line *is* the metric and costs no call. `level` and
//! `timestamp` are the members that Lambda's own log filter (the function's JSON log format) looks at. There is no
//! customer data in it: no item, no name, no address, no key, no body, no query string.

mod emf;

use self::emf::{EmfMetadata, MetricDefinition, MetricDirective};
use crate::config::{environment, metrics_namespace};
use crate::expiry::ExpirySummary;
use crate::http::event::ApiRequest;
use crate::http::response::{ApiResponse, OrderEffect};
use crate::http::route::ApiRoute;
use crate::orders::{OrderId, Timestamp};
use lambda_http::Context;
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// What is known about a request when it is done.
pub struct RequestLine<'a> {
    /// The request, if the event was one.
    pub request: Option<&'a ApiRequest>,
    /// The route, if there is one.
    pub route: Option<&'a ApiRoute>,
    /// The answer.
    pub response: &'a ApiResponse,
    /// The invocation.
    pub context: &'a Context,
    /// How long it took.
    pub latency: Duration,
    /// Whether it was the first of this process.
    pub cold_start: bool,
}

/// The line of a request as it is written.
#[derive(Serialize)]
struct RequestRecord<'a> {
    level: &'static str,
    timestamp: String,
    service: &'a str,
    method: &'static str,
    route: &'static str,
    status: u16,
    latency_ms: f64,
    cold_start: bool,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    client_errors: u8,
    server_errors: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    orders_placed: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_changes: Option<u8>,
    #[serde(rename = "_aws")]
    emf: EmfMetadata,
}

impl RequestLine<'_> {
    /// The line as text.
    pub fn to_json(&self) -> String {
        json(&record(self, Timestamp::now(), &service(), metrics_namespace(&environment)))
    }
}

fn record<'a>(line: &'a RequestLine<'_>, now: Timestamp, service: &'a str, namespace: String) -> RequestRecord<'a> {
    let status = line.response.status;
    let mut directives = vec![MetricDirective {
        dimensions: vec![vec!["service"], vec!["service", "route"]],
        metrics: vec![
            MetricDefinition::milliseconds("latency_ms"),
            MetricDefinition::count("client_errors"),
            MetricDefinition::count("server_errors"),
        ],
    }];
    let effect = line.response.effect;
    match effect {
        Some(OrderEffect::Placed) => directives.push(MetricDirective {
            dimensions: vec![vec!["service"]],
            metrics: vec![MetricDefinition::count("orders_placed")],
        }),
        Some(OrderEffect::Moved(_)) => directives.push(MetricDirective {
            dimensions: vec![vec!["service", "order_status"]],
            metrics: vec![MetricDefinition::count("status_changes")],
        }),
        None => {}
    }
    RequestRecord {
        level: if status >= 500 { "ERROR" } else { "INFO" },
        timestamp: now.to_string(),
        service,
        method: line.request.map_or("none", |request| method(&request.method)),
        route: line.route.map_or("none", ApiRoute::template),
        status,
        latency_ms: millis(line.latency),
        cold_start: line.cold_start,
        request_id: &line.context.request_id,
        gateway_request_id: line
            .request
            .and_then(|request| request.gateway_request_id.as_deref())
            .filter(|id| id.len() <= 128),
        trace_id: line.context.xray_trace_id.as_deref(),
        order_id: line.response.order_id.or_else(|| line.route?.order_id()),
        order_status: match effect {
            Some(OrderEffect::Moved(status)) => Some(status.as_str()),
            _ => None,
        },
        error: line.response.cause.as_deref(),
        client_errors: u8::from((400..500).contains(&status)),
        server_errors: u8::from(status >= 500),
        orders_placed: (effect == Some(OrderEffect::Placed)).then_some(1),
        status_changes: matches!(effect, Some(OrderEffect::Moved(_))).then_some(1),
        emf: EmfMetadata::new(now, namespace, directives),
    }
}

/// The line of a run of the expiry as it is written.
#[derive(Serialize)]
struct ExpiryRecord<'a> {
    level: &'static str,
    timestamp: String,
    service: &'a str,
    orders_expired: u64,
    orders_skipped: u64,
    orders_failed: u64,
    complete: bool,
    latency_ms: f64,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    server_errors: u8,
    #[serde(rename = "_aws")]
    emf: EmfMetadata,
}

/// The line of a run of the expiry, as text.
pub fn expiry(summary: &ExpirySummary, error: Option<&str>, context: &Context, latency: Duration) -> String {
    let now = Timestamp::now();
    let directives = vec![MetricDirective {
        dimensions: vec![vec!["service"]],
        metrics: vec![
            MetricDefinition::count("orders_expired"),
            MetricDefinition::milliseconds("latency_ms"),
            MetricDefinition::count("server_errors"),
        ],
    }];
    json(&ExpiryRecord {
        level: if error.is_some() { "ERROR" } else { "INFO" },
        timestamp: now.to_string(),
        service: &service(),
        orders_expired: summary.expired,
        orders_skipped: summary.skipped,
        orders_failed: summary.failed,
        complete: summary.complete,
        latency_ms: millis(latency),
        request_id: &context.request_id,
        trace_id: context.xray_trace_id.as_deref(),
        error,
        server_errors: u8::from(error.is_some()),
        emf: EmfMetadata::new(now, metrics_namespace(&environment), directives),
    })
}

/// The name of the function: the dimension that tells stacks and stages apart.
fn service() -> String {
    environment("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "orders".to_owned())
}

/// A method of HTTP, or `other`: nobody writes into the log what they like.
fn method(given: &str) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(given)).unwrap_or("other")
}

/// Milliseconds with three decimals.
fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// A record as text. Our records have text keys only, which JSON always has room for.
fn json(record: &impl Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// Writes one line in one piece. Nobody can be told when the log does not take it, so that is not an error.
pub fn to_stdout(line: &str) {
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::ProblemDetails;
    use crate::orders::{NewOrder, Order, OrderStatus};

    fn line(response: &ApiResponse, request: Option<&ApiRequest>) -> String {
        let mut context = Context::default();
        context.request_id = "r-1".into();
        context.xray_trace_id = Some("Root=1-2-3".into());
        let latency = Duration::from_micros(1_234);
        let route = ApiRoute::Orders;
        let line = RequestLine { request, route: Some(&route), response, context: &context, latency, cold_start: true };
        let now = Timestamp::from_unix_millis(1_500);
        json(&record(&line, now, "api-prod", "Orders".into()))
    }

    #[test]
    fn the_line_of_a_placed_order_has_no_customer_data() {
        let new = NewOrder {
            item: "Secret-item".into(),
            quantity: 2,
            customer_name: "Secret-name".into(),
            customer_email: "secret@example.com".into(),
        };
        let id = "123e4567-e89b-42d3-a456-426614174000".parse().unwrap();
        let order = Order::place(&new, id, Timestamp::from_unix_millis(0));
        let response = ApiResponse::ok(&order).about(&order).having(OrderEffect::Placed);
        let request = ApiRequest {
            method: "post".into(),
            body: "Secret-body".into(),
            query: vec![("cursor".into(), "Secret-cursor".into())],
            headers: vec![("Idempotency-Key".into(), "Secret-key".into())],
            ..ApiRequest::default()
        };
        let line = line(&response, Some(&request));
        assert!(!line.to_lowercase().contains("secret"), "{line}");
        insta::assert_snapshot!(line, @r#"{"level":"INFO","timestamp":"1970-01-01T00:00:01.500Z","service":"api-prod","method":"POST","route":"/orders","status":200,"latency_ms":1.234,"cold_start":true,"request_id":"r-1","trace_id":"Root=1-2-3","order_id":"123e4567-e89b-42d3-a456-426614174000","client_errors":0,"server_errors":0,"orders_placed":1,"_aws":{"Timestamp":1500,"CloudWatchMetrics":[{"Namespace":"Orders","Dimensions":[["service"],["service","route"]],"Metrics":[{"Name":"latency_ms","Unit":"Milliseconds"},{"Name":"client_errors","Unit":"Count"},{"Name":"server_errors","Unit":"Count"}]},{"Namespace":"Orders","Dimensions":[["service"]],"Metrics":[{"Name":"orders_placed","Unit":"Count"}]}]}}"#);
    }

    #[test]
    fn the_line_of_a_change_has_the_status() {
        let response = ApiResponse::ok(&()).having(OrderEffect::Moved(OrderStatus::Cancelled));
        let request =
            ApiRequest { method: "BREW\n".into(), gateway_request_id: Some("g-1".into()), ..ApiRequest::default() };
        insta::assert_snapshot!(line(&response, Some(&request)), @r#"{"level":"INFO","timestamp":"1970-01-01T00:00:01.500Z","service":"api-prod","method":"other","route":"/orders","status":200,"latency_ms":1.234,"cold_start":true,"request_id":"r-1","gateway_request_id":"g-1","trace_id":"Root=1-2-3","order_status":"CANCELLED","client_errors":0,"server_errors":0,"status_changes":1,"_aws":{"Timestamp":1500,"CloudWatchMetrics":[{"Namespace":"Orders","Dimensions":[["service"],["service","route"]],"Metrics":[{"Name":"latency_ms","Unit":"Milliseconds"},{"Name":"client_errors","Unit":"Count"},{"Name":"server_errors","Unit":"Count"}]},{"Namespace":"Orders","Dimensions":[["service","order_status"]],"Metrics":[{"Name":"status_changes","Unit":"Count"}]}]}}"#);
    }

    #[test]
    fn the_line_of_a_failure_has_the_cause() {
        let response = ApiResponse { cause: Some("no table".into()), ..ProblemDetails::unavailable("r-1").into() };
        insta::assert_snapshot!(line(&response, None), @r#"{"level":"ERROR","timestamp":"1970-01-01T00:00:01.500Z","service":"api-prod","method":"none","route":"/orders","status":503,"latency_ms":1.234,"cold_start":true,"request_id":"r-1","trace_id":"Root=1-2-3","error":"no table","client_errors":0,"server_errors":1,"_aws":{"Timestamp":1500,"CloudWatchMetrics":[{"Namespace":"Orders","Dimensions":[["service"],["service","route"]],"Metrics":[{"Name":"latency_ms","Unit":"Milliseconds"},{"Name":"client_errors","Unit":"Count"},{"Name":"server_errors","Unit":"Count"}]}]}}"#);
    }
}

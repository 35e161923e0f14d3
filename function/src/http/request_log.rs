//! The log line of a request.

use super::event::ApiRequest;
use super::response::{ApiResponse, OrderEffect};
use super::route::ApiRoute;
use crate::config::{environment, metrics_namespace};
use crate::observe::{EmfMetadata, MetricDefinition, MetricDirective, function_name, rounded_millis, to_json};
use crate::orders::{OrderId, Timestamp};
use lambda_http::Context;
use serde::Serialize;
use std::time::Duration;

/// A request that is done, as its log line describes it.
pub struct RequestLine<'a> {
    /// The request; `None` if the event was not one.
    pub request: Option<&'a ApiRequest>,
    /// The route; `None` if the API has no such path.
    pub route: Option<&'a ApiRoute>,
    /// The response.
    pub response: &'a ApiResponse,
    /// The context of the invocation.
    pub context: &'a Context,
    /// How long the invocation took.
    pub latency: Duration,
    /// Whether the invocation was the first of this process.
    pub cold_start: bool,
}

/// The members of the line, in the order in which they are written.
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
    /// Returns the line as JSON, with the current time.
    pub fn to_json(&self) -> String {
        to_json(&record(self, Timestamp::now(), &function_name(), metrics_namespace(&environment)))
    }
}

/// Makes the record of a request that was done at `now`.
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
        Some(OrderEffect::StatusChanged(_)) => directives.push(MetricDirective {
            dimensions: vec![vec!["service", "order_status"]],
            metrics: vec![MetricDefinition::count("status_changes")],
        }),
        None => {}
    }
    RequestRecord {
        level: if status >= 500 { "ERROR" } else { "INFO" },
        timestamp: now.to_string(),
        service,
        method: line.request.map_or("none", |request| method_name(&request.method)),
        route: line.route.map_or("none", ApiRoute::template),
        status,
        latency_ms: rounded_millis(line.latency),
        cold_start: line.cold_start,
        request_id: &line.context.request_id,
        gateway_request_id: line
            .request
            .and_then(|request| request.gateway_request_id.as_deref())
            .filter(|id| id.len() <= 128),
        trace_id: line.context.xray_trace_id.as_deref(),
        order_id: line.response.order_id.or_else(|| line.route?.order_id()),
        order_status: match effect {
            Some(OrderEffect::StatusChanged(status)) => Some(status.as_str()),
            _ => None,
        },
        error: line.response.cause.as_deref(),
        client_errors: u8::from((400..500).contains(&status)),
        server_errors: u8::from(status >= 500),
        orders_placed: (effect == Some(OrderEffect::Placed)).then_some(1),
        status_changes: matches!(effect, Some(OrderEffect::StatusChanged(_))).then_some(1),
        emf: EmfMetadata::new(now, namespace, directives),
    }
}

/// Returns the name of a known HTTP method, else `other`, so that a caller cannot put text into the log.
fn method_name(given: &str) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(given)).unwrap_or("other")
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
        to_json(&record(&line, now, "api-prod", "Orders".into()))
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
        let response = ApiResponse::ok(&order).for_order(&order).with_effect(OrderEffect::Placed);
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
        let response = ApiResponse::ok(&()).with_effect(OrderEffect::StatusChanged(OrderStatus::Cancelled));
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

//! Reads API requests from Lambda events.
//!
//! Three kinds of event are requests: the event of a REST API (payload format 1.0), that of an HTTP API or function URL
//! (2.0), and a direct invocation with a `body`. One lenient structure reads all of them. `lambda_http` is not used for
//! this: it builds a URL from the path and the `Host` header of the event and panics if they do not make one, and whoever
//! may invoke the function can choose both.

use crate::orders::validate::MAX_BODY_BYTES;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A request to the API, from any kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiRequest {
    /// The HTTP method as it stands in the event, in any letter case.
    pub method: String,
    /// The template of the route that the gateway matched, like `/orders/{order_id}`.
    pub resource: Option<String>,
    /// The path, with or without the stage in front, percent-encoded or not.
    pub path: String,
    /// The path that the client requested, with the stage or base path.
    pub public_path: Option<String>,
    /// The stage of the gateway.
    pub stage: Option<String>,
    /// The values of the parameters in the route's template.
    pub path_parameters: BTreeMap<String, String>,
    /// The parameters of the query string, decoded.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body as it stands in the event.
    pub body: String,
    /// Whether `body` is Base64.
    pub base64: bool,
    /// The id that the gateway gave to the request.
    pub gateway_request_id: Option<String>,
}

/// Says why an event is not a request to the API.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "the event is none that this function knows: {0}; send an API Gateway proxy event, or {{\"body\": …}} to place an order"
)]
pub struct UnknownEvent(String);

/// The members of an event that are read. All others are ignored.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct GatewayEvent {
    http_method: Option<String>,
    resource: Option<String>,
    path: Option<String>,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    path_parameters: Option<BTreeMap<String, String>>,
    query_string_parameters: Option<BTreeMap<String, Option<String>>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Option<Vec<String>>>>,
    headers: Option<BTreeMap<String, Option<String>>>,
    multi_value_headers: Option<BTreeMap<String, Option<Vec<String>>>>,
    body: Option<Box<RawValue>>,
    is_base64_encoded: Option<bool>,
    request_context: Option<GatewayEventContext>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct GatewayEventContext {
    stage: Option<String>,
    path: Option<String>,
    request_id: Option<String>,
    http: Option<GatewayEventHttp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct GatewayEventHttp {
    method: Option<String>,
    path: Option<String>,
}

impl ApiRequest {
    /// Reads the request that an event holds.
    pub fn from_event(event: &RawValue) -> Result<Self, UnknownEvent> {
        let unknown = |why: &str| UnknownEvent(why.to_owned());
        if !event.get().trim_ascii_start().starts_with('{') {
            return Err(unknown("it is not a JSON object"));
        }
        let event: GatewayEvent = serde_json::from_str(event.get()).map_err(|error| unknown(&error.to_string()))?;
        let context = event.request_context.unwrap_or_default();
        let http = context.http.unwrap_or_default();
        let (body, has_body) = match event.body {
            Some(body) => (body_text(&body).ok_or_else(|| unknown("its body is no valid Unicode"))?, true),
            None => (String::new(), false),
        };
        let base64 = event.is_base64_encoded.unwrap_or_default();
        let headers = merge_multi_values(event.headers, event.multi_value_headers, |a, b| a.eq_ignore_ascii_case(b));
        let Some(method) = event.http_method.or(http.method) else {
            if !has_body {
                return Err(unknown("it has neither an HTTP method nor a body"));
            }
            let (method, path) = ("POST".to_owned(), "/orders".to_owned());
            return Ok(Self { method, path, headers, body, base64, ..Self::default() });
        };
        let query = match event.raw_query_string {
            Some(raw) => form_urlencoded::parse(raw.as_bytes()).into_owned().collect(),
            None => {
                merge_multi_values(event.query_string_parameters, event.multi_value_query_string_parameters, |a, b| {
                    a == b
                })
            }
        };
        Ok(Self {
            method,
            resource: event.resource,
            path: event.path.or(event.raw_path).unwrap_or_default(),
            public_path: context.path.or(http.path),
            stage: context.stage,
            path_parameters: event.path_parameters.unwrap_or_default(),
            query,
            headers,
            body,
            base64,
            gateway_request_id: context.request_id,
        })
    }

    /// Returns the values of a header, by its name in any letter case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Decodes the body to bytes. `None` if the event marks the body as Base64 and it is not.
    pub fn body_bytes(&self) -> Option<Vec<u8>> {
        if !self.base64 {
            return Some(self.body.clone().into_bytes());
        }
        let body = self.body.trim();
        // A body that is too long is not decoded; zeros of its length stand for it, so that it is refused for its length.
        if body.len() > MAX_BODY_BYTES.div_ceil(3) * 4 {
            return Some(vec![0; body.len() / 4 * 3]);
        }
        BASE64.decode(body).ok()
    }
}

/// Returns the text of a body that is a JSON string, or the JSON text of any other value. `None` if the string is not
/// valid Unicode.
fn body_text(body: &RawValue) -> Option<String> {
    if body.get().starts_with('"') { serde_json::from_str(body.get()).ok() } else { Some(body.get().to_owned()) }
}

/// Merges the two maps in which a gateway sends headers or query parameters, one with a single value for each name, one
/// with all values. The single value of a name that is in both maps is skipped, because it is the last of all its values.
/// `same` tells whether two names are equal.
fn merge_multi_values(
    single: Option<BTreeMap<String, Option<String>>>,
    multi: Option<BTreeMap<String, Option<Vec<String>>>>,
    same: fn(&str, &str) -> bool,
) -> Vec<(String, String)> {
    let multi = multi.unwrap_or_default();
    let mut pairs: Vec<(String, String)> = single
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| !multi.keys().any(|other| same(name, other)))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    for (name, values) in multi {
        pairs.extend(values.unwrap_or_default().into_iter().map(|value| (name.clone(), value)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Result<ApiRequest, String> {
        let event: Box<RawValue> = serde_json::from_str(event).unwrap();
        ApiRequest::from_event(&event).map_err(|UnknownEvent(why)| why)
    }

    #[test]
    fn a_rest_api_event() {
        let event = r#"{
            "resource": "/orders/{order_id}", "path": "/orders/abc", "httpMethod": "PUT",
            "headers": {"If-Match": "\"2\"", "X": null}, "multiValueHeaders": {"If-Match": ["\"1\"", "\"2\""]},
            "queryStringParameters": null, "multiValueQueryStringParameters": null,
            "pathParameters": {"order_id": "abc"}, "stageVariables": null,
            "requestContext": {"stage": "prod", "path": "/prod/orders/abc", "requestId": "g-1", "identity": {"sourceIp": "::1"}},
            "body": "{\"status\":\"PROCESSING\"}", "isBase64Encoded": false
        }"#;
        let request = read(event).unwrap();
        assert_eq!(request.method, "PUT");
        assert_eq!(request.path_parameters["order_id"], "abc");
        assert_eq!(request.public_path.as_deref(), Some("/prod/orders/abc"));
        assert_eq!(request.header("if-match").collect::<Vec<_>>(), ["\"1\"", "\"2\""]);
        assert_eq!(request.body_bytes().unwrap(), br#"{"status":"PROCESSING"}"#);
        assert_eq!(request.query, []);
    }

    #[test]
    fn a_function_url_event() {
        let event = r#"{
            "version": "2.0", "rawPath": "/orders", "rawQueryString": "status=PENDING&limit=5&x=%F0%9F%98%80+",
            "queryStringParameters": {"status": "PENDING", "limit": "5"},
            "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/orders"}}
        }"#;
        let request = read(event).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/orders"));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(request.query, [pair("status", "PENDING"), pair("limit", "5"), pair("x", "😀 ")]);
    }

    #[test]
    fn direct_invocations() {
        for event in [
            r#"{"body": "{\"item\":\"x\"}"}"#,
            r#"{"body": {"item":"x"}}"#,
            r#"{"body": "eyJpdGVtIjoieCJ9", "isBase64Encoded": true}"#,
        ] {
            let request = read(event).unwrap();
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/orders"));
            assert_eq!(request.body_bytes().unwrap(), br#"{"item":"x"}"#, "{event}");
        }
        assert_eq!(read(r#"{"body": "%", "isBase64Encoded": true}"#).unwrap().body_bytes(), None);
    }

    #[test]
    fn unknown_events() {
        let cases = [
            ("null", "it is not a JSON object"),
            ("[]", "it is not a JSON object"),
            ("\"x\"", "it is not a JSON object"),
            ("7", "it is not a JSON object"),
            ("{}", "it has neither an HTTP method nor a body"),
            (r#"{"body":null}"#, "it has neither an HTTP method nor a body"),
            (r#"{"source":"aws.events","detail":{}}"#, "it has neither an HTTP method nor a body"),
            (r#"{"httpMethod":7}"#, "invalid type: integer `7`, expected a string at line 1 column 15"),
            (r#"{"body":"\ud800"}"#, "its body is no valid Unicode"),
        ];
        for (event, why) in cases {
            assert_eq!(read(event).unwrap_err(), why, "{event}");
        }
    }
}

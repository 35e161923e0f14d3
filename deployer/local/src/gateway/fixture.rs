//! An API and a request, for unit tests and for fuzzing.

use super::incoming::IncomingRequest;
use super::target::StageTarget;
use super::{event, route as routes};
use crate::store::CloudDocument;
use crate::store::rest_api::{
    ApiDefinition, ApiDeployment, ApiDraft, ApiStage, DeployedRoute, IntegrationKind, MethodIntegration, RestApi,
};
use crate::wire::HttpRequest;
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use time::macros::datetime;

const NOW: time::OffsetDateTime = datetime!(2026-01-31 12:34:56.789 UTC);

/// An API `abc123` with a stage `prod`, and `GET /orders`.
pub fn api(routes: Vec<DeployedRoute>) -> (CloudDocument, IncomingRequest) {
    let definition =
        ApiDefinition { routes, binary_media_types: vec!["image/*".to_owned()], ..ApiDefinition::default() };
    let deployment = ApiDeployment { id: "dep1".to_owned(), description: None, created: NOW, definition };
    let stage = ApiStage {
        name: "prod".to_owned(),
        deployment_id: "dep1".to_owned(),
        description: None,
        variables: BTreeMap::from([("color".to_owned(), "blue".to_owned())]),
        method_settings: BTreeMap::new(),
        tracing_enabled: false,
        tags: BTreeMap::new(),
        created: NOW,
        updated: NOW,
    };
    let draft = ApiDraft {
        root_id: "root".to_owned(),
        resources: BTreeMap::new(),
        gateway_responses: BTreeMap::new(),
        request_validators: BTreeMap::new(),
        binary_media_types: Vec::new(),
        minimum_compression_size: None,
        api_key_source: "HEADER".to_owned(),
        policy: None,
        disable_execute_api_endpoint: false,
    };
    let api = RestApi {
        id: "abc123".to_owned(),
        name: "orders".to_owned(),
        description: None,
        version: None,
        created: NOW,
        endpoint_type: "REGIONAL".to_owned(),
        tags: BTreeMap::new(),
        draft,
        deployments: BTreeMap::from([("dep1".to_owned(), deployment)]),
        stages: BTreeMap::from([("prod".to_owned(), stage)]),
    };
    let mut document = CloudDocument::default();
    document.region_mut("ap-south-1").rest_apis.insert(api.id.clone(), api);
    let incoming = request("GET", "/orders", &[("host", "localhost:4566"), ("user-agent", "test/1")], b"");
    (document, incoming)
}

/// The stage of [`api`].
pub fn target(document: &CloudDocument) -> StageTarget<'_> {
    StageTarget::find(document, "abc123", "prod").unwrap()
}

/// A request whose ids are known.
pub fn request(method: &str, path_and_query: &str, headers: &[(&str, &str)], body: &'static [u8]) -> IncomingRequest {
    let mut builder =
        http::Request::builder().method(method).uri(format!("/_aws/execute-api/abc123/prod{path_and_query}"));
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let path = path_and_query.split('?').next().unwrap_or_default();
    let request = builder.body(Bytes::from_static(body)).unwrap();
    let mut incoming = IncomingRequest::read(request, path, NOW, ([127, 0, 0, 1], 4566).into());
    incoming.request_id = "req-1".to_owned();
    incoming.extended_request_id = "ext-1=".to_owned();
    incoming.trace_id = "Root=1-x".to_owned();
    incoming.headers.insert("X-Amzn-Trace-Id".to_owned(), vec!["Root=1-x".to_owned()]);
    incoming
}

/// A route to the function `orders`.
pub fn route(method: &str, path: &str) -> DeployedRoute {
    DeployedRoute {
        resource_id: "res1".to_owned(),
        path: path.to_owned(),
        method: method.to_owned(),
        authorization_type: "NONE".to_owned(),
        api_key_required: false,
        operation_name: None,
        required_parameters: Vec::new(),
        responses: BTreeMap::new(),
        integration: MethodIntegration {
            kind: IntegrationKind::AwsProxy,
            http_method: Some("POST".to_owned()),
            uri: Some(
                "arn:aws:apigateway:ap-south-1:lambda:path/2015-03-31/functions/\
                 arn:aws:lambda:ap-south-1:000000000000:function:orders/invocations"
                    .to_owned(),
            ),
            credentials: None,
            timeout_ms: 29_000,
            passthrough_behavior: "WHEN_NO_MATCH".to_owned(),
            content_handling: None,
            cache_namespace: String::new(),
            request_templates: BTreeMap::new(),
            request_parameters: BTreeMap::new(),
            responses: BTreeMap::new(),
        },
    }
}

/// What a function gets for a request, or nothing where no route leads.
///
/// The first line is the method, path and query, then come headers, an empty line and the body: HTTP as it is written, without its
/// strictness about ends of lines.
pub fn event_of(text: &[u8]) -> Option<Value> {
    let mut rest = text;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    };
    let first = line()?;
    let (method, uri) = first.split_at(first.iter().position(|byte| *byte == b' ')?);
    let mut builder = http::Request::builder().method(method).uri(&uri[1..]);
    while let Some(header) = line().filter(|header| !header.is_empty()) {
        let (name, value) = header.split_at(header.iter().position(|byte| *byte == b':')?);
        builder = builder.header(name, value[1..].trim_ascii());
    }
    let request: HttpRequest = builder.body(Bytes::copy_from_slice(rest)).ok()?;
    let leading = [("GET", "/orders"), ("POST", "/orders"), ("GET", "/orders/{order_id}"), ("ANY", "/files/{path+}")];
    let (document, _) = api(leading.map(|(method, path)| route(method, path)).into());
    let target = StageTarget::find(&document, "abc123", "prod")?;
    let path = request.uri().path().to_owned();
    let incoming = IncomingRequest::read(request, &path, NOW, ([127, 0, 0, 1], 4566).into());
    let found = routes::find(&target.definition.routes, &incoming.method, &incoming.path)?;
    let context = event::request_context(&target, &incoming, Some(&found));
    Some(event::proxy_event(&target, &incoming, &found, &context))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn http_as_it_is_written_becomes_an_event() {
        let event = event_of(b"GET /orders/%41?status=PENDING&status=x\nHost: a\nX-Y: 1\nx-y: 2\n\nbody").unwrap();
        assert_eq!(event["pathParameters"]["order_id"], "%41");
        assert_eq!(event["queryStringParameters"]["status"], "x");
        assert_eq!(event["multiValueHeaders"]["X-Y"], serde_json::json!(["1", "2"]));
        assert_eq!(event["body"], "body");
        assert!(event_of(b"GET /nowhere\n\n").is_none());
    }

    proptest! {
        /// Whatever comes in, an event has what every event has.
        #[test]
        fn no_request_is_too_strange(
            method in "GET|POST|[A-Z]{1,8}",
            path in "/(orders|files)?(/[ -~]{0,12}){0,3}[?]?([a-z%&=+]{0,3}[\u{0}-\u{ff}]?){0,6}",
            headers in prop::collection::vec(("[!-~]{1,12}", prop::collection::vec(any::<u8>(), 0..12)), 0..5),
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut text = format!("{method} {path}\n").into_bytes();
            for (name, value) in headers {
                text.extend([name.as_bytes(), b": ", &value, b"\n"].concat());
            }
            text.push(b'\n');
            text.extend(&body);
            if let Some(event) = event_of(&text) {
                prop_assert!(event["path"].as_str().is_some_and(|path| path.starts_with('/')));
                prop_assert_eq!(&event["requestContext"]["httpMethod"], &event["httpMethod"]);
                prop_assert!(event["body"].is_null() || event["isBase64Encoded"] == false);
            }
        }
    }
}

//! An API and a request for unit tests.

use super::incoming::Incoming;
use super::target::Target;
use crate::store::Document;
use crate::store::rest_api::{Definition, Deployment, Draft, RestApi, Route, Stage};
use bytes::Bytes;
use std::collections::BTreeMap;
use time::macros::datetime;

const NOW: time::OffsetDateTime = datetime!(2026-01-31 12:34:56.789 UTC);

/// An API `abc123` with a stage `prod`, and `GET /orders`.
pub fn api(routes: Vec<Route>) -> (Document, Incoming) {
    let definition = Definition { routes, binary_media_types: vec!["image/*".to_owned()], ..Definition::default() };
    let deployment = Deployment { id: "dep1".to_owned(), description: None, created: NOW, definition };
    let stage = Stage {
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
    let draft = Draft {
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
    let mut document = Document::default();
    document.region_mut("ap-south-1").rest_apis.insert(api.id.clone(), api);
    let incoming = request("GET", "/orders", &[("host", "localhost:4566"), ("user-agent", "test/1")], b"");
    (document, incoming)
}

/// The stage of [`api`].
pub fn target(document: &Document) -> Target<'_> {
    Target::find(document, "abc123", "prod").unwrap()
}

/// A request whose ids are known.
pub fn request(method: &str, path_and_query: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Incoming {
    let mut builder =
        http::Request::builder().method(method).uri(format!("/_aws/execute-api/abc123/prod{path_and_query}"));
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let path = path_and_query.split('?').next().unwrap_or_default();
    let request = builder.body(Bytes::from_static(body)).unwrap();
    let mut incoming = Incoming::read(request, path, NOW, ([127, 0, 0, 1], 4566).into());
    incoming.request_id = "req-1".to_owned();
    incoming.extended_request_id = "ext-1=".to_owned();
    incoming.trace_id = "Root=1-x".to_owned();
    incoming.headers.insert("X-Amzn-Trace-Id".to_owned(), vec!["Root=1-x".to_owned()]);
    incoming
}

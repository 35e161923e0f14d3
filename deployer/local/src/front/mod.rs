//! The front door: who is called, in which protocol, and how the answer is written.

pub(crate) mod aws_json;
pub mod calls;
mod host;
pub mod json;
mod own;
mod query;
pub mod rest;
mod scope;
mod server;
pub(crate) mod service;

pub use server::Server;

use crate::context::Context;
use crate::gateway;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use std::sync::Arc;

/// A request whose body has arrived.
pub type Request = http::Request<Bytes>;
/// An answer with its whole body.
pub type Response = http::Response<Full<Bytes>>;

/// The connection ends without an answer: an injected fault.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Cut;

/// The path under which deployed APIs are served: `/_aws/execute-api/{apiId}/{stage}/…`.
const EXECUTE_API: &str = "/_aws/execute-api/";
/// The path of the cloud's own endpoints.
const OWN: &str = "/_deployer/";

/// Answers one request.
async fn answer(cx: &Arc<Context>, request: Request) -> Result<Response, Cut> {
    let Some(host) = host::check(&request) else {
        return Ok(text(
            StatusCode::FORBIDDEN,
            "the embedded cloud answers only to localhost, 127.0.0.1, [::1] and *.localhost",
        ));
    };
    let path = request.uri().path();
    let deployed = match &host.execute_api {
        Some(api) => Some((api.as_str(), path.trim_start_matches('/'))),
        None => path.strip_prefix(EXECUTE_API).map(split_segment),
    };
    if let Some((api, rest)) = deployed {
        let (stage, rest) = split_segment(rest);
        let (api, stage, rest) = (api.to_owned(), stage.to_owned(), format!("/{rest}"));
        if flaps(cx, &api, &stage) {
            let body = r#"{"message":"Forbidden"}"#;
            return Ok(respond(StatusCode::FORBIDDEN, "application/json", body));
        }
        return Ok(gateway::handle(cx, &api, &stage, &rest, request).await);
    }
    if path.starts_with(OWN) {
        return Ok(own::answer(cx, &request));
    }
    service::answer(cx, request).await
}

/// Whether a stage is so new that its answers come and go: a fault.
fn flaps(cx: &Context, api: &str, stage: &str) -> bool {
    let Some(flapping) = cx.faults.settings().stage_flapping() else {
        return false;
    };
    let created = cx.store.read(|document| {
        let api = document.regions.values().find_map(|region| region.rest_apis.get(api))?;
        Some(api.stages.get(stage)?.created)
    });
    created.is_some_and(|created| cx.clock.now() < created + flapping) && cx.faults.alternate()
}

/// The first segment of a path and what follows its slash.
fn split_segment(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// A response with a body. Every part of it is ours, so that it cannot be malformed.
fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

fn text(status: StatusCode, body: &'static str) -> Response {
    respond(status, "text/plain; charset=utf-8", body)
}

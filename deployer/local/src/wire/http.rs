//! HTTP requests and answers with their whole bodies.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::Full;

/// A request whose body has arrived.
pub type HttpRequest = http::Request<Bytes>;
/// An answer with its whole body.
pub type HttpResponse = http::Response<Full<Bytes>>;

/// Says that the connection ends without an answer, because a fault is injected.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Disconnect;

/// Returns a response with a body. Every part of it is the cloud's own, so that it cannot be malformed.
pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = HttpResponse::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns a response with a text for people.
pub(crate) fn respond_text(status: StatusCode, body: &'static str) -> HttpResponse {
    respond(status, "text/plain; charset=utf-8", body)
}

/// Splits a path into its first segment and what follows the slash behind it.
pub(crate) fn split_segment(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

//! HTTP requests with their whole bodies, and answers.

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::poll_fn;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use std::convert::Infallible;
use tokio::sync::mpsc;

/// A request whose body has arrived.
pub type HttpRequest = http::Request<Bytes>;
/// An answer. Its body is whole, but where [`respond_bit_by_bit`] makes it.
pub type HttpResponse = http::Response<BoxBody<Bytes, Infallible>>;

/// Says that the connection ends without an answer, because a fault is injected.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Disconnect;

/// Returns a body that is whole.
pub(crate) fn whole_body(body: impl Into<Bytes>) -> BoxBody<Bytes, Infallible> {
    Full::new(body.into()).boxed()
}

/// Returns a response whose body is what is sent to it, until the sender is dropped; who sends hears when nobody reads any more.
pub(crate) fn respond_bit_by_bit(content_type: &'static str) -> (mpsc::Sender<Bytes>, HttpResponse) {
    let (sender, mut receiver) = mpsc::channel(1);
    let frames = poll_fn(move |cx| receiver.poll_recv(cx)).map(|bytes| Ok(Frame::data(bytes)));
    let mut response = HttpResponse::new(BodyExt::boxed(StreamBody::new(frames)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    (sender, response)
}

/// Returns a response with a body. Every part of it is the cloud's own, so that it cannot be malformed.
pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = HttpResponse::new(whole_body(body));
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

//! The front door: who is called, in which protocol, and how the answer is written.

pub mod json;

use bytes::Bytes;
use http_body_util::Full;

/// A request whose body has arrived.
pub type Request = http::Request<Bytes>;
/// An answer with its whole body.
pub type Response = http::Response<Full<Bytes>>;

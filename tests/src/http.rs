//! An HTTP client for tests: it blocks, and opens a connection for each request.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// An answer that has not come after this time never comes: a function behind an API may run for 29 seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The header fields by lowercase name; the last value of each.
    pub headers: std::collections::BTreeMap<String, String>,
    /// The body, decoded as UTF-8.
    pub body: String,
}

impl Reply {
    /// Returns the body as JSON, which it must be.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that the answer has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Runs a future to its end, on a runtime of its own.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

/// Sends a request. `None` if no connection was made or no answer came.
pub fn try_send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
    block_on(async {
        let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).expect("the test wrote a valid request");
        let answer = timeout(ANSWER_TIMEOUT, client.request(request)).await.ok()?.ok()?;
        let (parts, body) = answer.into_parts();
        let body = timeout(ANSWER_TIMEOUT, body.collect()).await.ok()?.ok()?.to_bytes();
        let headers = parts.headers.iter();
        Some(Reply {
            status: parts.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    })
}

/// Sends a request that must be answered.
#[track_caller]
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    try_send(method, url, headers, body).unwrap_or_else(|| panic!("no answer to {method} {url}"))
}

/// Sends a GET request that must be answered.
#[track_caller]
pub fn get(url: &str) -> Reply {
    send("GET", url, &[], "")
}

/// Sends a request with a JSON body that must be answered.
#[track_caller]
pub fn send_json(method: &str, url: &str, body: &Value) -> Reply {
    send(method, url, &[("content-type", "application/json")], &body.to_string())
}

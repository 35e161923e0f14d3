//! How AWS is reached: what the clients of DynamoDB and SQS have in common.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// How long a connection may take to open, TLS handshake included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(800);

/// Makes an HTTP client. TLS (rustls on ring) is set up only if the endpoint needs it, because loading the root certificates
/// takes the most time of a cold start.
pub fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https()
    }
}

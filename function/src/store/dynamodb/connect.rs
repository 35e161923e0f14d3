//! A DynamoDB client that costs a cold start as little as possible.
//!
//! `aws_config::load_defaults` looks at profile files, asks for a region and sets up TLS whether or not anybody needs
//! them, and its credential chain alone is a tenth of the program. Here the environment that Lambda sets is all there
//! is, and TLS is set up only for an `https` endpoint.

use crate::config::TableConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// How long one attempt may take. DynamoDB answers in milliseconds; what takes a second is lost, and another attempt,
/// on another connection, is the better bet.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How long a connection may take to come up, TLS included.
const CONNECT: Duration = Duration::from_millis(800);

/// The number of attempts. Three of them with their pauses end within 4 seconds, well before the deadline that the
/// invocation sets (see [`crate::http`]).
const ATTEMPTS: u32 = 3;

/// Makes the client.
pub fn client(config: &TableConfig) -> Client {
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(config.region.clone()))
        .credentials_provider(config.credentials.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(50))
                .with_max_backoff(Duration::from_millis(400)),
        )
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build())
        .http_client(http_client(config.endpoint.as_deref()));
    builder.set_endpoint_url(config.endpoint.clone());
    Client::from_conf(builder.build())
}

/// TLS is rustls on ring, and only where the endpoint wants it: loading the root certificates is the dearest part of a
/// start.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https()
    }
}

//! Makes a DynamoDB client that adds as little as possible to a cold start.
//!
//! `aws_config::load_defaults` is not used: it reads profile files, looks up a region and sets up TLS even where nothing of
//! this is needed, and its credential chain is a tenth of the size of the program. This module reads only the environment
//! that Lambda sets.

use crate::config::TableConfig;
use crate::connection::{CONNECT_TIMEOUT, http_client};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use std::time::Duration;

/// How long one attempt may take. DynamoDB answers in milliseconds, so after a second an attempt on another connection is
/// more likely to succeed.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

/// The most attempts of a call. Three attempts with the pauses between them end within 4 seconds, well before the deadline
/// of an invocation (see [`crate::http`]).
const MAX_ATTEMPTS: u32 = 3;

/// Makes a client for the table of a configuration.
pub fn client(config: &TableConfig) -> Client {
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(config.region.clone()))
        .credentials_provider(config.credentials.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(50))
                .with_max_backoff(Duration::from_millis(400)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .http_client(http_client(config.endpoint.as_deref()));
    builder.set_endpoint_url(config.endpoint.clone());
    Client::from_conf(builder.build())
}

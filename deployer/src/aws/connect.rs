//! The connection: the only place that knows where the target is.

use super::expiry::CredentialsExpiry;
use crate::error::{Error, Result};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// Account of the embedded cloud.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// Where to connect.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Region of the command line or of the stack; the SDK's own chain decides when absent.
    pub region: Option<String>,
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Endpoint of every service instead of AWS's own.
    pub endpoint_url: Option<String>,
    /// The endpoint is the embedded cloud: no credentials are looked for.
    pub local: bool,
}

/// One client per service, sharing one connection pool.
#[derive(Debug, Clone)]
pub struct AwsClients {
    /// API Gateway.
    pub apigateway: aws_sdk_apigateway::Client,
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// EventBridge.
    pub events: aws_sdk_eventbridge::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// Lambda.
    pub lambda: aws_sdk_lambda::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// Secrets Manager.
    pub secretsmanager: aws_sdk_secretsmanager::Client,
    /// Systems Manager, for its parameters.
    pub ssm: aws_sdk_ssm::Client,
    /// STS.
    pub sts: aws_sdk_sts::Client,
    /// Resource Groups Tagging API.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
}

/// Clients and the facts they were made with.
#[derive(Debug, Clone)]
pub struct AwsConnection {
    /// The clients.
    pub clients: AwsClients,
    /// Region they talk to.
    pub region: String,
    /// Endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// Whether it is the embedded cloud.
    pub local: bool,
    /// Profile that was asked for.
    pub profile: Option<String>,
    /// When the credentials end.
    pub expiry: CredentialsExpiry,
}

/// Resolves region, credentials and endpoint and makes the clients. Sends nothing.
///
/// # Errors
/// `usage` where no region is known.
pub async fn connect(options: &ConnectOptions) -> Result<AwsConnection> {
    let endpoint = options.endpoint_url.clone().or_else(|| endpoint_from_environment(|name| std::env::var(name).ok()));
    let static_keys = options.local || (options.profile.is_none() && std::env::var_os("AWS_ACCESS_KEY_ID").is_some());
    let plain =
        static_keys && endpoint.as_deref().is_some_and(|url| url.starts_with("http://")) && !service_endpoints_set();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(plain))
        // Retrying is ours: after a write without an answer the resource is looked at before it is written again.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_millis(3100)).build());
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if options.local {
        loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "embedded cloud"));
    }
    let config = loader.load().await;
    let Some(region) = config.region().map(ToString::to_string) else {
        return Err(Error::usage("no AWS region is known")
            .hint("Give `region = \"ap-south-1\"` in the stack description, or --region, AWS_REGION, or a profile that has one."));
    };
    let expiry = CredentialsExpiry::default();
    if static_keys && !options.local {
        expiry.stated(std::env::var("AWS_CREDENTIAL_EXPIRATION").ok().as_deref());
    }
    Ok(AwsConnection {
        clients: clients(&expiry.noting(config)),
        expiry,
        region,
        endpoint,
        local: options.local,
        profile: options.profile.clone(),
    })
}

fn clients(config: &SdkConfig) -> AwsClients {
    AwsClients {
        apigateway: aws_sdk_apigateway::Client::new(config),
        dynamodb: aws_sdk_dynamodb::Client::new(config),
        events: aws_sdk_eventbridge::Client::new(config),
        iam: aws_sdk_iam::Client::new(config),
        lambda: aws_sdk_lambda::Client::new(config),
        logs: aws_sdk_cloudwatchlogs::Client::new(config),
        secretsmanager: aws_sdk_secretsmanager::Client::new(config),
        ssm: aws_sdk_ssm::Client::new(config),
        sts: aws_sdk_sts::Client::new(config),
        tagging: aws_sdk_resourcegroupstagging::Client::new(config),
    }
}

/// Makes the one connection pool of all services. Reading the system's TLS roots costs milliseconds, so a plain-HTTP endpoint does
/// without.
fn http_client(plain: bool) -> SharedHttpClient {
    if plain {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(tls::Provider::rustls(tls::rustls_provider::CryptoMode::Ring)).build_https()
    }
}

/// Returns the endpoint that the SDK would take from the environment. It is shown before the first change, because a stray variable
/// redirects everything.
fn endpoint_from_environment(var: impl Fn(&str) -> Option<String>) -> Option<String> {
    if var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        return None;
    }
    var("AWS_ENDPOINT_URL").filter(|url| !url.is_empty())
}

fn service_endpoints_set() -> bool {
    std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("AWS_ENDPOINT_URL_"))
}

#[cfg(test)]
mod tests {
    use super::endpoint_from_environment;

    #[test]
    fn a_stray_endpoint_is_seen_unless_the_sdk_ignores_it() {
        let url = |name: &str| (name == "AWS_ENDPOINT_URL").then(|| "http://x".to_owned());
        assert_eq!(endpoint_from_environment(url), Some("http://x".to_owned()));
        let ignored = |name: &str| {
            if name == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" { Some("true".to_owned()) } else { url(name) }
        };
        assert_eq!(endpoint_from_environment(ignored), None);
        assert_eq!(endpoint_from_environment(|_| None), None);
    }
}

//! The connection: the only place that knows where the target is.

use super::expiry::CredentialsExpiry;
use super::http::NetworkRoute;
use super::profile::{CredentialProfile, ProfileChoice, judge, whole_pair};
use super::shared_config::{SharedConfig, sdk_name};
use super::signed::{SQS, SignedClient};
use super::{cloudwatch, http};
use crate::error::{Error, Result};
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

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
    /// CloudWatch.
    pub cloudwatch: SignedClient,
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
    /// SQS.
    pub sqs: SignedClient,
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
/// `usage` where no region is known, or where keys, profile, proxy or certificates are not what they have to be.
pub async fn connect(options: &ConnectOptions) -> Result<AwsConnection> {
    let env = |name: &str| std::env::var(name).ok();
    let endpoint = options.endpoint_url.clone().or_else(|| endpoint_from_environment(env));
    let (name, choice) = chosen(options, &env);
    let (shared, profile) = if options.local { Default::default() } else { profile(&name, choice, &env)? };
    let env_keys = !options.local && options.profile.is_none() && env("AWS_ACCESS_KEY_ID").is_some();
    let route = NetworkRoute {
        plain: (options.local || env_keys)
            && endpoint.as_deref().is_some_and(|url| url.starts_with("http://"))
            && !service_endpoints_set(),
        loopback: endpoint.as_deref().is_some_and(http::is_loopback),
        embedded: options.local,
        roots: if options.local { None } else { roots(&shared, &name, &env)? },
    };
    if !route.loopback {
        http::check_proxies(&env)?;
    }
    let client = http::client(route);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client.clone())
        // Retrying is ours: after a write without an answer the resource is looked at before it is written again.
        .retry_config(RetryConfig::disabled())
        // A program that gives credentials may ask a person for a code first.
        .identity_cache(IdentityCache::lazy().load_timeout(Duration::from_secs(120)).build())
        .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_millis(3100)).build())
        .profile_files(shared.for_sdk())
        .profile_name(sdk_name(&name));
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if options.local {
        loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "embedded cloud"));
    }
    let mut config = loader.load().await;
    let Some(region) = config.region().map(ToString::to_string) else {
        return Err(Error::usage("no AWS region is known")
            .hint("Give `region = \"ap-south-1\"` in the stack description, or --region, AWS_REGION, or a profile that has one."));
    };
    if choice == ProfileChoice::Option && !options.local {
        let provider = SharedCredentialsProvider::new(of_profile(&name, &shared, &config, client));
        config = config.into_builder().credentials_provider(provider).build();
    }
    let expiry = CredentialsExpiry::default();
    if env_keys {
        expiry.stated(env("AWS_CREDENTIAL_EXPIRATION").as_deref());
    }
    Ok(AwsConnection {
        clients: clients(&expiry.noting(config, profile.filter(|_| !env_keys)), options.endpoint_url.is_some()),
        expiry,
        region,
        endpoint,
        local: options.local,
        profile: options.profile.clone(),
    })
}

/// Returns the name of the profile and how it was chosen.
fn chosen(options: &ConnectOptions, env: &dyn Fn(&str) -> Option<String>) -> (String, ProfileChoice) {
    match (&options.profile, env("AWS_PROFILE")) {
        (Some(name), _) => (name.clone(), ProfileChoice::Option),
        (None, Some(name)) if !name.is_empty() => (name, ProfileChoice::Environment),
        _ => ("default".to_owned(), ProfileChoice::Default),
    }
}

/// Reads the configuration files and judges the profile.
fn profile(
    name: &str,
    choice: ProfileChoice,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(SharedConfig, Option<CredentialProfile>)> {
    let shared = SharedConfig::read(env)?;
    if choice != ProfileChoice::Option {
        whole_pair(env)?;
        // The profile has to exist, for it may say the region; but keys in the environment count before its own.
        if env("AWS_ACCESS_KEY_ID").is_some() && shared.profile(name).is_some() {
            return Ok((shared, None));
        }
    }
    let judged = judge(&shared, name, choice)?;
    Ok((shared, judged))
}

/// Makes the source of the credentials of a profile that was asked for: itself, and where it has none of its own the container or the
/// instance, as with the AWS CLI; never keys in the environment.
fn of_profile(
    name: &str,
    shared: &SharedConfig,
    config: &SdkConfig,
    client: SharedHttpClient,
) -> CredentialsProviderChain {
    let provider = ProviderConfig::empty().with_http_client(client).with_region(config.region().cloned());
    let files = ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_files(shared.for_sdk())
        .profile_name(sdk_name(name))
        .build();
    CredentialsProviderChain::first_try("Profile", files)
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&provider).build())
        .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(&provider).build())
}

/// Returns the certificates to trust instead of the system's: `AWS_CA_BUNDLE`, or the profile's `ca_bundle`.
fn roots(shared: &SharedConfig, name: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Vec<u8>>> {
    if let Some(file) = env("AWS_CA_BUNDLE").filter(|file| !file.is_empty()) {
        return http::read_roots(&file, "AWS_CA_BUNDLE").map(Some);
    }
    let of_profile = shared.profile(name).and_then(|section| section.get("ca_bundle"));
    of_profile.map(|bundle| http::read_roots(&bundle.text, &format!("{}: ca_bundle", bundle.place))).transpose()
}

fn clients(config: &SdkConfig, endpoint_asked_for: bool) -> AwsClients {
    AwsClients {
        apigateway: aws_sdk_apigateway::Client::new(config),
        cloudwatch: SignedClient::new(&cloudwatch::SERVICE, config, endpoint_asked_for),
        dynamodb: aws_sdk_dynamodb::Client::new(config),
        events: aws_sdk_eventbridge::Client::new(config),
        iam: aws_sdk_iam::Client::new(config),
        lambda: aws_sdk_lambda::Client::new(config),
        logs: aws_sdk_cloudwatchlogs::Client::new(config),
        secretsmanager: aws_sdk_secretsmanager::Client::new(config),
        sqs: SignedClient::new(&SQS, config, endpoint_asked_for),
        ssm: aws_sdk_ssm::Client::new(config),
        sts: aws_sdk_sts::Client::new(config),
        tagging: aws_sdk_resourcegroupstagging::Client::new(config),
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

//! Calls of services that have no crate of their own here, because their few operations are too little for one: signed, sent and
//! failed as the SDK does it, with its credentials and its connections.

use super::arn::partition;
use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;
use std::fmt;

/// A service that speaks awsJson 1.0.
#[derive(Debug)]
pub(super) struct SignedService {
    /// What the SDKs call it: `CloudWatch`. Variables and profiles name its endpoint so.
    pub id: &'static str,
    /// First label of its host, and the name that a signature is for: `monitoring`.
    pub host: &'static str,
    /// What stands before an operation in `X-Amz-Target`.
    pub target: &'static str,
}

/// SQS (botocore's `sqs/2012-11-05`).
pub(super) static SQS: SignedService = SignedService { id: "SQS", host: "sqs", target: "AmazonSQS" };

/// A client of such a service.
#[derive(Debug, Clone)]
pub struct SignedClient {
    operation: Operation<SignedInput, Value, SignedRefusal>,
}

/// An operation and its input.
#[derive(Debug)]
struct SignedInput {
    target: String,
    body: Value,
}

/// A refusal of the service.
#[derive(Debug)]
pub struct SignedRefusal(ErrorMetadata);

impl fmt::Display for SignedRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SignedRefusal {}

impl ProvideErrorMetadata for SignedRefusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl SignedClient {
    /// Makes a client. `explicit` says that the endpoint of `config` was asked for and counts before that of the service alone.
    pub(super) fn new(service: &'static SignedService, config: &SdkConfig, explicit: bool) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let mut components = RuntimeComponentsBuilder::new("signed")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            // One cache for all clients: credentials that ask a person are asked for once.
            .with_identity_cache(config.identity_cache());
        if let Some(provider) = config.credentials_provider() {
            components = components.with_identity_resolver(SCHEME_ID, provider);
        }
        let mut layer = Layer::new("signed");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(aws_config::Region::new(region.clone()))),
            name: Some(SigningName::from_static(service.host)),
            ..SigV4OperationSigningConfig::default()
        });
        let signing = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        let mut builder = Operation::builder()
            .service_name(service.id)
            .operation_name(service.target)
            .endpoint_url(&endpoint(service, config, &region, explicit))
            .no_retry()
            .runtime_plugin(signing);
        if let Some(client) = config.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(limits) = config.timeout_config() {
            builder = builder.timeout_config(limits.clone());
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        if let Some(version) = config.behavior_version() {
            builder = builder.behavior_version(version);
        }
        let serialize = move |input: SignedInput| {
            let mut request = HttpRequest::new(SdkBody::from(serde_json::to_vec(&input.body)?));
            request.set_method("POST")?;
            request.set_uri("/")?;
            let headers = request.headers_mut();
            headers.insert("content-type", "application/x-amz-json-1.0");
            headers.insert("user-agent", concat!("deployer/", env!("CARGO_PKG_VERSION")));
            headers.insert("x-amz-target", format!("{}.{}", service.target, input.target));
            Ok(request)
        };
        Self { operation: builder.serializer(serialize).deserializer(read).build() }
    }

    /// Sends one call.
    ///
    /// # Errors
    /// As a client of the SDK.
    pub async fn send(&self, operation: &str, body: &Value) -> Result<Value, SdkError<SignedRefusal, HttpResponse>> {
        self.operation.invoke(SignedInput { target: operation.to_owned(), body: body.clone() }).await
    }
}

/// Returns the URL of a service: what was asked for, then that of the service alone, then that of all services, then AWS's own.
fn endpoint(service: &SignedService, config: &SdkConfig, region: &str, explicit: bool) -> String {
    let own = || {
        let key = ServiceConfigKey::builder()
            .service_id(service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    let of_all = config.endpoint_url().map(str::to_owned);
    let configured = if explicit { of_all } else { own().or(of_all) };
    configured.unwrap_or_else(|| {
        let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
        format!("https://{}{fips}.{region}.{}", service.host, partition(region).1)
    })
}

/// Reads an answer.
fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<SignedRefusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(|error| OrchestratorError::response(error.into()));
    }
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let mut refusal = ErrorMetadata::builder();
    // "com.amazonaws.cloudwatch#AccessDenied", and perhaps a URI behind a colon (Smithy, "AWS JSON 1.0 protocol").
    let code = response.headers().get("x-amzn-errortype").map(str::to_owned).or_else(|| text("__type"));
    if let Some(code) = code {
        let code = code.split(':').next().unwrap_or_default();
        refusal = refusal.code(code.rsplit('#').next().unwrap_or_default());
    }
    if let Some(message) = text("message").or_else(|| text("Message")) {
        refusal = refusal.message(message);
    }
    Err(OrchestratorError::operation(SignedRefusal(refusal.build())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::Region;

    static SERVICE: SignedService = SignedService { id: "CloudWatch", host: "monitoring", target: "Granite" };

    #[test]
    fn a_service_is_where_its_region_is() {
        for (region, fips, expected) in [
            ("ap-south-1", false, "https://monitoring.ap-south-1.amazonaws.com"),
            ("us-east-1", true, "https://monitoring-fips.us-east-1.amazonaws.com"),
            ("cn-north-1", false, "https://monitoring.cn-north-1.amazonaws.com.cn"),
        ] {
            let config = SdkConfig::builder().region(Region::new(region)).use_fips(fips).build();
            assert_eq!(endpoint(&SERVICE, &config, region, false), expected);
        }
        let given = SdkConfig::builder().region(Region::new("x")).endpoint_url("http://127.0.0.1:1").build();
        assert_eq!(endpoint(&SERVICE, &given, "x", true), "http://127.0.0.1:1");
    }

    #[test]
    fn a_refusal_has_code_and_message() {
        let answer = |status: u16, body: &'static str| {
            let status = status.try_into().expect("a status");
            read(&HttpResponse::new(status, SdkBody::from(body))).map_err(|error| match error.as_operation_error() {
                Some(refusal) => format!("{:?} {:?}", refusal.code(), refusal.message()),
                None => "unreadable".to_owned(),
            })
        };
        assert_eq!(answer(200, "{}").as_ref().map(Value::to_string).as_deref(), Ok("{}"));
        assert_eq!(answer(200, "<html>"), Err("unreadable".to_owned()));
        let denied = r#"{"__type":"com.amazonaws.x#AccessDenied:http://x","Message":"no"}"#;
        assert_eq!(answer(403, denied), Err(r#"Some("AccessDenied") Some("no")"#.to_owned()));
        assert_eq!(answer(502, "<html>"), Err("None None".to_owned()));
    }
}

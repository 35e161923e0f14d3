//! Sends messages to a FIFO queue of SQS.
//!
//! One operation is too little for an SDK crate, which would also be the larger part of the program: the call is signed and sent with
//! the parts that the client of DynamoDB consists of.

use super::message::StatusMessage;
use super::queue::{ChangeQueue, OutboxError};
use crate::config::{QueueConfig, environment};
use crate::connection::{CONNECT_TIMEOUT, http_client};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long a call may take. It is not repeated here: Lambda hands over again what was not sent.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// Codes that mean that the configuration or the permissions are wrong ("Common errors" of SQS).
const MISCONFIGURATION_CODES: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "InvalidAddress",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "KmsAccessDenied",
    "KmsDisabled",
    "KmsInvalidKeyUsage",
    "KmsInvalidState",
    "KmsNotFound",
    "KmsOptInRequired",
    "QueueDoesNotExist",
    "SignatureDoesNotMatch",
];

/// A FIFO queue of SQS. The client is made when the first message is sent.
pub struct SqsQueue {
    client: OnceCell<SqsClient>,
}

/// The queue with a client for it.
struct SqsClient {
    url: String,
    operation: Operation<String, Value, Refusal>,
}

/// A refusal of SQS.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
struct Refusal {
    code: String,
    message: String,
}

/// The input of `SendMessageBatch`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch<'a> {
    queue_url: &'a str,
    entries: Vec<BatchEntry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry<'a> {
    /// Where the message stands in the call: an id has to be told from those of the same call alone.
    id: String,
    message_body: String,
    message_group_id: String,
    message_deduplication_id: &'a str,
}

impl SqsQueue {
    /// Makes a queue of what the environment names. It is read when the first message is sent.
    pub fn from_environment() -> Self {
        Self { client: OnceCell::new() }
    }

    /// Makes the queue of a configuration.
    pub fn from_config(config: &QueueConfig) -> Self {
        Self { client: OnceCell::new_with(Some(SqsClient::new(config))) }
    }

    /// Returns the client, and reads the configuration if that was not done yet. An error is not kept.
    async fn client(&self) -> Result<&SqsClient, OutboxError> {
        self.client.get_or_try_init(|| async { Ok(SqsClient::new(&QueueConfig::read(&environment)?)) }).await
    }
}

impl ChangeQueue for SqsQueue {
    async fn send(&self, messages: &[StatusMessage]) -> Result<Vec<Result<(), OutboxError>>, OutboxError> {
        let client = self.client().await?;
        let entries = messages.iter().enumerate().map(|(place, message)| BatchEntry {
            id: place.to_string(),
            message_body: message.body(),
            message_group_id: message.order_id.to_string(),
            message_deduplication_id: &message.change_id,
        });
        let input = SendMessageBatch { queue_url: &client.url, entries: entries.collect() };
        let input = serde_json::to_string(&input).map_err(|error| OutboxError::NotSent(error.to_string()))?;
        let answer = client.operation.invoke(input).await.map_err(|error| failure(&error))?;
        Ok(results(&answer, messages.len()))
    }
}

impl SqsClient {
    fn new(config: &QueueConfig) -> Self {
        let components = RuntimeComponentsBuilder::new("sqs")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_identity_resolver(SCHEME_ID, SharedCredentialsProvider::new(config.credentials.clone()));
        let mut layer = Layer::new("sqs");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(config.region.clone()))),
            name: Some(SigningName::from_static("sqs")),
            ..SigV4OperationSigningConfig::default()
        });
        let operation = Operation::builder()
            .service_name("SQS")
            .operation_name("SendMessageBatch")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(&config.endpoint)
            .http_client(http_client(Some(&config.endpoint)))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            )
            .no_retry()
            .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components))
            .serializer(|body: String| {
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method("POST")?;
                request.set_uri("/")?;
                let headers = request.headers_mut();
                headers.insert("content-type", "application/x-amz-json-1.0");
                headers.insert("x-amz-target", "AmazonSQS.SendMessageBatch");
                Ok(request)
            })
            .deserializer(read)
            .build();
        Self { url: config.url.clone(), operation }
    }
}

/// Reads an answer.
fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(|error| OrchestratorError::response(error.into()));
    }
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    // "com.amazonaws.sqs#QueueDoesNotExist" (Smithy, "AWS JSON 1.0 protocol").
    let code = told["__type"].as_str().and_then(|code| code.rsplit('#').next());
    let code = code.map_or_else(|| format!("status {}", response.status().as_u16()), str::to_owned);
    let message = told["message"].as_str().or_else(|| told["Message"].as_str()).unwrap_or("no message").to_owned();
    Err(OrchestratorError::operation(Refusal { code, message }))
}

/// Returns what became of each of `count` messages. One that the answer does not name was not taken, as far as anybody knows.
fn results(answer: &Value, count: usize) -> Vec<Result<(), OutboxError>> {
    let entries = |list: &str| answer[list].as_array().cloned().unwrap_or_default();
    let by_id = |list: &str| -> HashMap<String, Value> {
        let entries = entries(list).into_iter();
        entries.filter_map(|entry| Some((entry["Id"].as_str()?.to_owned(), entry))).collect()
    };
    let (taken, refused) = (by_id("Successful"), by_id("Failed"));
    let result = |place: usize| {
        let id = place.to_string();
        if taken.contains_key(&id) {
            return Ok(());
        }
        Err(match refused.get(&id) {
            Some(entry) => {
                let text = |name: &str| entry[name].as_str().unwrap_or("not told").to_owned();
                refusal(&Refusal { code: text("Code"), message: text("Message") })
            }
            None => OutboxError::NotSent("SendMessageBatch: the answer does not name a message".to_owned()),
        })
    };
    (0..count).map(result).collect()
}

/// Translates an error of the call.
fn failure(error: &SdkError<Refusal, HttpResponse>) -> OutboxError {
    match error.as_service_error() {
        Some(told) => refusal(told),
        None => OutboxError::NotSent(format!("SendMessageBatch: {}", DisplayErrorContext(error))),
    }
}

/// Translates a refusal of the call or of a message.
fn refusal(told: &Refusal) -> OutboxError {
    let text = format!("SendMessageBatch: {told}");
    match MISCONFIGURATION_CODES.contains(&told.code.as_str()) {
        true => OutboxError::Misconfigured(text),
        false => OutboxError::NotSent(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_message_is_taken_or_not() {
        let answer = json!({
            "Successful": [{"Id": "2"}, {"Id": "0"}],
            "Failed": [{"Id": "1", "SenderFault": false, "Code": "InternalError", "Message": "try again"}],
        });
        let not_sent = |text: &str| Err(OutboxError::NotSent(text.to_owned()));
        assert_eq!(
            results(&answer, 4),
            [
                Ok(()),
                not_sent("SendMessageBatch: InternalError: try again"),
                Ok(()),
                not_sent("SendMessageBatch: the answer does not name a message")
            ]
        );
    }

    #[test]
    fn a_refusal_names_its_code() {
        let refused = |status: u16, body: &'static str| {
            let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            let error = read(&response).unwrap_err();
            refusal(error.as_operation_error().unwrap())
        };
        let gone = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#;
        assert_eq!(
            refused(400, gone),
            OutboxError::Misconfigured("SendMessageBatch: QueueDoesNotExist: no queue".to_owned())
        );
        assert_eq!(refused(503, "<html>"), OutboxError::NotSent("SendMessageBatch: status 503: no message".to_owned()));
    }
}

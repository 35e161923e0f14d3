//! Integrations, as the API and the OpenAPI extension write them.

use super::lookup::bad;
use crate::store::rest_api::{IntegrationKind, IntegrationResponse, MethodIntegration};
use crate::wire::validation::constraint;
use crate::wire::{ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The input of `PutIntegration` and the value of `x-amazon-apigateway-integration`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntegrationInput {
    r#type: String,
    http_method: Option<String>,
    uri: Option<String>,
    credentials: Option<String>,
    timeout_in_millis: Option<u32>,
    passthrough_behavior: Option<String>,
    content_handling: Option<String>,
    #[serde(default)]
    request_templates: BTreeMap<String, String>,
    #[serde(default)]
    request_parameters: BTreeMap<String, String>,
    #[serde(default)]
    responses: BTreeMap<String, ResponseInput>,
    cache_namespace: Option<String>,
    #[serde(default)]
    cache_key_parameters: Vec<String>,
    connection_type: Option<String>,
    response_transfer_mode: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseInput {
    status_code: Value,
    #[serde(default)]
    response_parameters: BTreeMap<String, String>,
    #[serde(default)]
    response_templates: BTreeMap<String, String>,
}

impl IntegrationInput {
    /// Checks it for a method of a resource.
    pub fn build(self, resource_id: &str) -> ServiceResult<MethodIntegration> {
        let kind = match self.r#type.to_ascii_uppercase().as_str() {
            "AWS_PROXY" => IntegrationKind::AwsProxy,
            "MOCK" => IntegrationKind::Mock,
            other @ ("AWS" | "HTTP" | "HTTP_PROXY") => {
                return Err(ServiceError::not_modelled(format_args!(
                    "integration type {other}, only AWS_PROXY and MOCK"
                )));
            }
            other => {
                return Err(constraint(
                    "ValidationException",
                    other,
                    "putIntegrationInput.type",
                    "satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
                ));
            }
        };
        let refused = [
            ("connectionType", self.connection_type.filter(|kind| kind != "INTERNET")),
            ("responseTransferMode", self.response_transfer_mode.filter(|mode| mode != "BUFFERED")),
            ("cacheKeyParameters", self.cache_key_parameters.first().cloned()),
        ];
        if let Some((member, Some(value))) = refused.into_iter().find(|(_, value)| value.is_some()) {
            return Err(ServiceError::not_modelled(format_args!("{member}={value} of an integration")));
        }
        if kind == IntegrationKind::AwsProxy {
            match self.http_method.as_deref() {
                None | Some("") => {
                    return Err(bad("Enumeration value for HttpMethod must be non-empty"));
                }
                Some(_) => check_uri(self.uri.as_deref().unwrap_or_default())?,
            }
        }
        let handling = self.content_handling.map(|handling| handling.to_ascii_uppercase());
        if let Some(other) =
            handling.as_deref().filter(|handling| !["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"].contains(handling))
        {
            return Err(bad(format!("Enumeration value for contentHandling is invalid: {other}")));
        }
        Ok(MethodIntegration {
            kind,
            http_method: self.http_method.filter(|_| kind == IntegrationKind::AwsProxy),
            uri: self.uri.filter(|_| kind == IntegrationKind::AwsProxy),
            credentials: self.credentials,
            timeout_ms: check_timeout(self.timeout_in_millis.unwrap_or(29_000))?,
            passthrough_behavior: check_passthrough(self.passthrough_behavior.as_deref().unwrap_or("WHEN_NO_MATCH"))?,
            cache_namespace: self.cache_namespace.unwrap_or_else(|| resource_id.to_owned()),
            content_handling: handling,
            request_templates: self.request_templates,
            request_parameters: self.request_parameters,
            responses: self
                .responses
                .into_iter()
                .map(|(pattern, response)| {
                    let status_code = status(&response.status_code)?.to_string();
                    let response = IntegrationResponse {
                        status_code: status_code.clone(),
                        selection_pattern: Some(pattern).filter(|pattern| pattern != "default"),
                        parameters: response.response_parameters,
                        templates: response.response_templates,
                    };
                    Ok((status_code, response))
                })
                .collect::<ServiceResult<_>>()?,
        })
    }
}

/// Checks the shape of a URI: the function need not exist. The words are recorded answers of AWS.
pub(super) fn check_uri(uri: &str) -> ServiceResult<()> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    if parts.len() < 6 || parts[0] != "arn" {
        return Err(bad("Invalid ARN specified in the request"));
    }
    let (service, action) = (parts[4], parts[5]);
    if parts[2] != "apigateway" || !["path/", "action/"].iter().any(|start| action.starts_with(start)) {
        return Err(bad("AWS ARN for integration must contain path or action"));
    }
    let function = action.strip_prefix("path/2015-03-31/functions/").and_then(|rest| rest.strip_suffix("/invocations"));
    match function {
        Some(arn) if service == "lambda" && arn.starts_with("arn:") => Ok(()),
        _ if service == "firehose" && action.starts_with("action/") => {
            Err(ServiceError::not_modelled("an integration with a Firehose stream"))
        }
        _ => Err(bad(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        )),
    }
}

pub(super) fn check_timeout(ms: u32) -> ServiceResult<u32> {
    match ms {
        50..=29_000 => Ok(ms),
        _ => Err(bad("Timeout should be between 50 ms and 29000 ms")),
    }
}

pub(super) fn check_passthrough(behavior: &str) -> ServiceResult<String> {
    let behavior = behavior.to_ascii_uppercase();
    match behavior.as_str() {
        "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER" => Ok(behavior),
        other => Err(bad(format!("Enumeration value for passthroughBehavior is invalid: {other}"))),
    }
}

/// Reads a status code, which may be written as a number or as text.
pub(super) fn status(value: &Value) -> ServiceResult<u16> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse()
        .ok()
        .filter(|status| (100..=599).contains(status))
        .ok_or_else(|| bad(format!("Invalid status code {text}")))
}

//! Mock integrations: answers without a function, for CORS preflights.

use super::event;
use super::template::TemplateScope;
use crate::store::rest_api::{DeployedRoute, MethodIntegration};
use crate::wire::{HttpResponse, whole_body};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

/// Why a mock cannot answer, for the cloud's own log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MockError {
    /// It has no usable request template.
    #[error(
        "the request template of the mock integration must be JSON with a number as statusCode, such as {{\"statusCode\": 200}}"
    )]
    NoStatus,
    /// No integration response for it.
    #[error("the mock integration has no integration response for status {0} and no default one")]
    NoResponse(u16),
    /// A template that needs VTL.
    #[error(
        "the embedded cloud runs no VTL: a template of the mock integration has a directive (# at the start of a line)"
    )]
    Vtl,
    /// A body that is bytes.
    #[error(
        "Unable to transform request: its media type is among the binary ones, and the mock integration has no \
         contentHandling CONVERT_TO_TEXT"
    )]
    Binary,
    /// The mapped status is none.
    #[error("the integration response maps to the status '{0}', which is none")]
    BadStatus(String),
}

/// Makes the answer of a mock.
///
/// # Errors
/// See [`MockError`].
pub fn answer(route: &DeployedRoute, scope: TemplateScope<'_>) -> Result<HttpResponse, MockError> {
    let integration = &route.integration;
    let is_text = integration.content_handling.as_deref() == Some("CONVERT_TO_TEXT");
    if !is_text && event::is_binary(scope.target, scope.incoming) {
        return Err(MockError::Binary);
    }
    let status = requested_status(integration, scope)?;
    let matches = |pattern: &str| pattern == status.to_string();
    let responses = || integration.responses.values();
    let mapped = responses()
        .find(|response| response.selection_pattern.as_deref().is_some_and(matches))
        .or_else(|| responses().find(|response| response.selection_pattern.as_deref().is_none_or(str::is_empty)))
        .ok_or(MockError::NoResponse(status))?;
    let template = mapped.templates.get("application/json").map(String::as_str).unwrap_or_default();
    let mut response = http::Response::new(whole_body(render(template, scope)?));
    *response.status_mut() = mapped
        .status_code
        .parse()
        .ok()
        .filter(|code| (200..600).contains(code))
        .and_then(|code: u16| http::StatusCode::from_u16(code).ok())
        .ok_or_else(|| MockError::BadStatus(mapped.status_code.clone()))?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (target, source) in &mapped.parameters {
        let Some(name) = target.strip_prefix("method.response.header.") else { continue };
        // A mock has no integration response: only literals and the request can be a source.
        let Some(value) = scope.parameter(source) else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn requested_status(integration: &MethodIntegration, scope: TemplateScope<'_>) -> Result<u16, MockError> {
    let content_type = scope.incoming.header("content-type").unwrap_or("application/json");
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    let templates = &integration.request_templates;
    let template =
        templates.get(content_type).or_else(|| templates.get("application/json")).ok_or(MockError::NoStatus)?;
    let rendered: Value = serde_json::from_str(&render(template, scope)?).map_err(|_| MockError::NoStatus)?;
    rendered["statusCode"].as_u64().and_then(|code| u16::try_from(code).ok()).ok_or(MockError::NoStatus)
}

fn render(template: &str, scope: TemplateScope<'_>) -> Result<String, MockError> {
    if template.lines().any(|line| line.trim_start().starts_with('#')) {
        return Err(MockError::Vtl);
    }
    Ok(scope.render(template))
}

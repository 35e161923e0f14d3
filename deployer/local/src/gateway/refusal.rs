//! Answers of the gateway itself ("Gateway responses"): their types, defaults, and what a definition makes of them.

use super::incoming::IncomingRequest;
use super::template::TemplateScope;
use crate::arn::ACCOUNT;
use crate::store::rest_api::GatewayResponse;
use crate::wire::{HttpResponse, whole_body};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why the gateway answers itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRefusal {
    /// The response type, `THROTTLED`.
    pub kind: &'static str,
    /// The status unless the definition has another one.
    pub status: u16,
    /// `$context.error.message`
    pub message: Cow<'static, str>,
    /// `x-amzn-ErrorType`
    pub error_type: &'static str,
}

impl GatewayRefusal {
    const fn fixed(kind: &'static str, status: u16, message: &'static str, error_type: &'static str) -> Self {
        Self { kind, status, message: Cow::Borrowed(message), error_type }
    }

    /// Refuses a request without a route, or an unsigned one to a route that wants a signature.
    pub const MISSING_TOKEN: Self = Self::fixed(
        "MISSING_AUTHENTICATION_TOKEN",
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
    );

    /// Refuses a request without an API key, or with one that opens nothing here.
    pub const INVALID_API_KEY: Self = Self::fixed("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException");

    /// Refuses a caller whom no policy lets in, or one keeps out. The account of the API is not told to strangers.
    pub fn not_authorized(user: &str, resource: &str, how: &str) -> Self {
        let resource = resource.replace(&format!(":{ACCOUNT}:"), &format!(":********{}:", &ACCOUNT[8..]));
        let message =
            format!("User: {user} is not authorized to perform: execute-api:Invoke on resource: {resource}{how}");
        Self { message: message.into(), ..Self::fixed("ACCESS_DENIED", 403, "", "AccessDeniedException") }
    }

    /// Refuses an `Authorization` that is no signature.
    pub fn incomplete_signature(message: String) -> Self {
        Self { message: message.into(), ..Self::fixed("INVALID_SIGNATURE", 403, "", "IncompleteSignatureException") }
    }

    /// Refuses a signature for something else.
    pub fn invalid_signature(message: String) -> Self {
        Self { message: message.into(), ..Self::fixed("INVALID_SIGNATURE", 403, "", "InvalidSignatureException") }
    }

    /// Refuses a body that cannot be read.
    pub const BAD_BODY: Self = Self::fixed("BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException");

    /// Refuses a request to an endpoint that is disabled.
    pub const ACCESS_DENIED: Self = Self::fixed("ACCESS_DENIED", 403, "Forbidden", "ForbiddenException");

    /// Refuses a caller who is too fast.
    pub const THROTTLED: Self = Self::fixed("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException");

    /// Refuses a key that has used up its period.
    pub const QUOTA_EXCEEDED: Self = Self::fixed("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException");

    /// Refuses a body of more than 10 MB.
    pub const TOO_LARGE: Self =
        Self::fixed("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestEntityTooLargeException");

    /// Refuses a request line and headers of more than 10,240 bytes. AWS documents the limit and not the answer: this is what HTTP
    /// has for it.
    pub const HEAD_TOO_LARGE: Self =
        Self::fixed("DEFAULT_4XX", 431, "Request Header Fields Too Large", "RequestHeaderFieldsTooLargeException");

    /// Refuses a request without its required parameters.
    pub fn missing_parameters(names: &[&str]) -> Self {
        let message = format!("Missing required request parameters: [{}]", names.join(", "));
        Self { message: message.into(), ..Self::fixed("BAD_REQUEST_PARAMETERS", 400, "", "BadRequestException") }
    }

    /// Fails because the definition is wrong: no permission, no such function, a mock without a status.
    pub const CONFIGURATION: Self =
        Self::fixed("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException");

    /// Fails because the function failed or its answer makes no sense.
    pub const BAD_ANSWER: Self =
        Self::fixed("DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException");

    /// Fails because the function could not be called.
    pub const INTERNAL: Self = Self::fixed("DEFAULT_5XX", 500, "Internal server error", "InternalServerErrorException");

    /// Fails because the function took too long.
    pub const INTEGRATION_TIMEOUT: Self =
        Self::fixed("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException");

    /// Returns `$context.error`.
    pub fn context(&self) -> Value {
        json!({
            "message": self.message,
            "messageString": json!(self.message).to_string(),
            "responseType": self.kind,
        })
    }

    /// Makes the answer, as the definition wants it.
    pub fn answer(&self, custom: &BTreeMap<String, GatewayResponse>, scope: TemplateScope<'_>) -> HttpResponse {
        let family = if self.status < 500 { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
        let custom = custom.get(self.kind).or_else(|| custom.get(family));
        let status = custom.and_then(|custom| custom.status_code).unwrap_or(self.status);
        let template = custom.and_then(|custom| choose(&custom.templates, scope.incoming));
        let (content_type, body) = match template {
            Some((content_type, template)) => (content_type, scope.render(template)),
            None => ("application/json", scope.render("{\"message\":$context.error.messageString}")),
        };
        let mut response = HttpResponse::new(whole_body(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.error_type));
        let declared = custom.iter().flat_map(|custom| &custom.parameters).filter_map(|(target, source)| {
            let name = target.strip_prefix("gatewayresponse.header.")?;
            Some((name, scope.parameter(source)?))
        });
        for (name, value) in [("content-type", content_type.to_owned())].into_iter().chain(declared) {
            // A name or a value that HTTP cannot carry comes from the definition or the caller: it is left out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        response
    }
}

/// Returns the template for the first type that the caller accepts, else the one for JSON, else any.
fn choose<'a>(templates: &'a BTreeMap<String, String>, incoming: &IncomingRequest) -> Option<(&'a str, &'a str)> {
    let accepted = incoming.header("accept").unwrap_or_default().split(',').map(|one| {
        let (name, _) = one.split_once(';').unwrap_or((one, ""));
        name.trim()
    });
    let (content_type, template) = accepted
        .chain(["application/json"])
        .find_map(|name| templates.get_key_value(name))
        .or_else(|| templates.first_key_value())?;
    Some((content_type, template))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::fixture;
    use http_body_util::BodyExt;

    async fn show(refusal: &GatewayRefusal, responses: &[(&str, GatewayResponse)], accept: &str) -> String {
        let (document, mut incoming) = fixture::api(Vec::new());
        incoming.headers.insert("Accept".to_owned(), vec![accept.to_owned()]);
        let target = fixture::target(&document);
        let mut context = crate::gateway::event::request_context(&target, &incoming, None);
        context["error"] = refusal.context();
        let scope = TemplateScope {
            context: &context,
            incoming: &incoming,
            path_parameters: &BTreeMap::new(),
            target: &target,
        };
        let custom = responses.iter().map(|(kind, response)| ((*kind).to_owned(), response.clone())).collect();
        let (parts, body) = refusal.answer(&custom, scope).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let mut shown = format!("{}\n", parts.status.as_u16());
        for (name, value) in &parts.headers {
            shown += &format!("{name}: {}\n", value.to_str().unwrap());
        }
        shown + std::str::from_utf8(&body).unwrap()
    }

    fn response(status_code: Option<u16>, parameters: &[(&str, &str)], templates: &[(&str, &str)]) -> GatewayResponse {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        GatewayResponse { status_code, parameters: map(parameters), templates: map(templates) }
    }

    #[tokio::test]
    async fn defaults() {
        insta::assert_snapshot!(show(&GatewayRefusal::MISSING_TOKEN, &[], "*/*").await, @r#"
        403
        x-amzn-errortype: MissingAuthenticationTokenException
        content-type: application/json
        {"message":"Missing Authentication Token"}
        "#);
        insta::assert_snapshot!(show(&GatewayRefusal::BAD_ANSWER, &[], "*/*").await, @r#"
        502
        x-amzn-errortype: InternalServerErrorException
        content-type: application/json
        {"message":"Internal server error"}
        "#);
    }

    #[tokio::test]
    async fn customised() {
        let problem = response(
            Some(404),
            &[
                ("gatewayresponse.header.Content-Type", "'application/problem+json'"),
                ("gatewayresponse.header.X-Path", "context.path"),
                ("gatewayresponse.header.X-Who", "method.request.header.user-agent"),
                ("gatewayresponse.header.X-None", "method.request.querystring.none"),
            ],
            &[(
                "application/json",
                r#"{"error":$context.error.messageString,"type":"$context.error.responseType","id":"$context.requestId","cost":"$5","var":"${stageVariables.color}"}"#,
            )],
        );
        insta::assert_snapshot!(
            show(&GatewayRefusal::MISSING_TOKEN, &[("MISSING_AUTHENTICATION_TOKEN", problem)], "text/html").await, @r#"
        404
        x-amzn-errortype: MissingAuthenticationTokenException
        content-type: application/problem+json
        x-path: /_aws/execute-api/abc123/prod/orders
        x-who: test/1
        {"error":"Missing Authentication Token","type":"MISSING_AUTHENTICATION_TOKEN","id":"req-1","cost":"$5","var":"blue"}
        "#);
        let family =
            response(None, &[], &[("text/plain", "$context.error.message: $context.nothing."), ("text/xml", "<e/>")]);
        insta::assert_snapshot!(show(&GatewayRefusal::THROTTLED, &[("DEFAULT_4XX", family.clone())], "*/*").await, @"
        429
        x-amzn-errortype: TooManyRequestsException
        content-type: text/plain
        Too Many Requests: .
        ");
        insta::assert_snapshot!(show(&GatewayRefusal::THROTTLED, &[("DEFAULT_4XX", family)], "image/png, text/xml;q=1").await, @"
        429
        x-amzn-errortype: TooManyRequestsException
        content-type: text/xml
        <e/>
        ");
    }
}

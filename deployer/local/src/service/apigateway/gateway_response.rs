//! Answers of the gateway itself.

use super::lookup::{api as find, api_mut, bad, not_found};
use super::{check, view};
use crate::context::Context;
use crate::store::rest_api::{GatewayResponse, RestApi};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every response type with the status it has unless customised; the two defaults have none of their own.
/// The order is that in which AWS lists them where a type is none of them.
pub const DEFAULTS: [(&str, Option<u16>); 21] = [
    ("REQUEST_TOO_LARGE", Some(413)),
    ("RESOURCE_NOT_FOUND", Some(404)),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some(500)),
    ("MISSING_AUTHENTICATION_TOKEN", Some(403)),
    ("BAD_REQUEST_BODY", Some(400)),
    ("INVALID_SIGNATURE", Some(403)),
    ("INVALID_API_KEY", Some(403)),
    ("BAD_REQUEST_PARAMETERS", Some(400)),
    ("AUTHORIZER_FAILURE", Some(500)),
    ("UNAUTHORIZED", Some(401)),
    ("INTEGRATION_TIMEOUT", Some(504)),
    ("ACCESS_DENIED", Some(403)),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("WAF_FILTERED", Some(403)),
    ("QUOTA_EXCEEDED", Some(429)),
    ("THROTTLED", Some(429)),
    ("API_CONFIGURATION_ERROR", Some(500)),
    ("UNSUPPORTED_MEDIA_TYPE", Some(415)),
    ("INTEGRATION_FAILURE", Some(504)),
    ("EXPIRED_TOKEN", Some(403)),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutGatewayResponseInput {
    rest_api_id: String,
    response_type: String,
    status_code: Option<String>,
    #[serde(default)]
    response_parameters: BTreeMap<String, String>,
    #[serde(default)]
    response_templates: BTreeMap<String, String>,
}

pub(super) fn check_kind(kind: &str) -> ServiceResult<()> {
    if DEFAULTS.iter().any(|(known, _)| *known == kind) {
        Ok(())
    } else {
        let message = format!(
            "1 validation error detected: Value '{kind}' at 'responseType' failed to satisfy constraint: Member must satisfy \
             enum value set: [{}]",
            DEFAULTS.map(|(kind, _)| kind).join(", ")
        );
        Err(ServiceError::new(400, "ValidationException", message))
    }
}

/// Shows a type as it is: customised or AWS's own.
fn shown(api: &RestApi, kind: &str, status: Option<u16>) -> Value {
    match api.draft.gateway_responses.get(kind) {
        Some(response) => {
            let status_code = response.status_code.or(status);
            view::gateway_response(kind, &GatewayResponse { status_code, ..response.clone() }, false)
        }
        None => {
            let template = "{\"message\":$context.error.messageString}".to_owned();
            let templates = BTreeMap::from([("application/json".to_owned(), template)]);
            let response = GatewayResponse { status_code: status, parameters: BTreeMap::new(), templates };
            view::gateway_response(kind, &response, true)
        }
    }
}

pub(super) fn get_gateway_responses(cx: &Context, call: &Call) -> ServiceResult {
    let input: check::RestApiPageInput = call.input()?;
    cx.store.read(|document| {
        let api = find(document, &call.region, &input.rest_api_id)?;
        let mut sorted = DEFAULTS;
        sorted.sort_unstable();
        check::page(
            &sorted,
            |(kind, _)| kind,
            input.position.as_deref(),
            input.limit,
            |(kind, status)| shown(api, kind, *status),
        )
    })
}

pub(super) fn get_gateway_response(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, response_type] = call.texts(["restApiId", "responseType"])?;
    check_kind(response_type)?;
    cx.store.read(|document| {
        let api = find(document, &call.region, rest_api_id)?;
        let known = DEFAULTS.iter().find(|(kind, _)| *kind == response_type);
        let (kind, status) = known.ok_or_else(|| not_found("gateway response type"))?;
        Ok(shown(api, kind, *status))
    })
}

pub(super) fn put_gateway_response(cx: &Context, call: &Call) -> ServiceResult {
    let input: PutGatewayResponseInput = call.input()?;
    check_kind(&input.response_type)?;
    let status_code = match input.status_code.as_deref() {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| bad(format!("Invalid status code {text}")))?),
    };
    let response =
        GatewayResponse { status_code, parameters: input.response_parameters, templates: input.response_templates };
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, &input.rest_api_id)?;
        api.draft.gateway_responses.insert(input.response_type.clone(), response);
        let status = DEFAULTS.iter().find(|(kind, _)| *kind == input.response_type).and_then(|(_, status)| *status);
        Ok(shown(api, &input.response_type, status))
    })
}

pub(super) fn delete_gateway_response(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, response_type] = call.texts(["restApiId", "responseType"])?;
    check_kind(response_type)?;
    cx.store.write(|document| {
        let draft = &mut api_mut(document, &call.region, rest_api_id)?.draft;
        let removed = draft.gateway_responses.remove(response_type);
        let undefined = || ServiceError::new(404, "NotFoundException", "Gateway response type not defined on api");
        removed.map(|_| Value::Null).ok_or_else(undefined)
    })
}

//! The event of a Lambda proxy integration ("Input format of a Lambda function for proxy integration").

use super::incoming::{IncomingRequest, ValueLists, single};
use super::media;
use super::route::RouteMatch;
use super::target::StageTarget;
use crate::arn::ACCOUNT;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Headers that API Gateway does not pass on to a function, as it was recorded.
const KEPT_FROM_FUNCTIONS: [&str; 12] = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// Makes `requestContext`, which is also `$context` of the templates. Before a route is found the resource is missing.
pub fn request_context(target: &StageTarget<'_>, incoming: &IncomingRequest, found: Option<&RouteMatch<'_>>) -> Value {
    let mut context = json!({
        "accountId": ACCOUNT,
        "apiId": target.api.id,
        "deploymentId": target.stage.deployment_id,
        "domainName": incoming.domain_name(),
        "domainPrefix": target.api.id,
        "extendedRequestId": incoming.extended_request_id,
        "httpMethod": incoming.method,
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": incoming.source_ip,
            "user": null,
            "userAgent": incoming.header("user-agent"),
            "userArn": null,
        },
        // The path of the URL, as on AWS; there it begins with the stage, here with where the cloud serves the API, so that
        // links that a function makes of it lead back to it.
        "path": incoming.public_path,
        "protocol": incoming.protocol,
        "requestId": incoming.request_id,
        "requestTime": incoming.request_time(),
        "requestTimeEpoch": (incoming.time.unix_timestamp_nanos() / 1_000_000) as i64,
        "stage": target.stage.name,
    });
    if let Some(RouteMatch { route, .. }) = found {
        context["resourceId"] = json!(route.resource_id);
        context["resourcePath"] = json!(route.path);
        if let Some(name) = &route.operation_name {
            context["operationName"] = json!(name);
        }
    }
    context
}

/// Makes the whole event.
pub fn proxy_event(
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    found: &RouteMatch<'_>,
    context: &Value,
) -> Value {
    let (body, base64) = match incoming.body.is_empty() {
        true => (Value::Null, false),
        false if is_binary(target, incoming) => (json!(STANDARD.encode(&incoming.body)), true),
        // Without a matching media type the gateway takes everything for text.
        false => (json!(String::from_utf8_lossy(&incoming.body)), false),
    };
    let headers =
        incoming.headers.iter().filter(|(name, _)| !KEPT_FROM_FUNCTIONS.contains(&name.to_ascii_lowercase().as_str()));
    let headers: ValueLists = headers.map(|(name, values)| (name.clone(), values.clone())).collect();
    json!({
        "resource": found.route.path,
        "path": incoming.path,
        "httpMethod": incoming.method,
        "headers": or_null(single(&headers)),
        "multiValueHeaders": or_null(headers.iter().collect()),
        "queryStringParameters": or_null(single(&incoming.query)),
        "multiValueQueryStringParameters": or_null(incoming.query.iter().collect()),
        "pathParameters": or_null(found.parameters.iter().collect()),
        "stageVariables": or_null(target.stage.variables.iter().collect()),
        "requestContext": context,
        "body": body,
        "isBase64Encoded": base64,
    })
}

/// Tells whether a body is bytes to the gateway. A request without a media type counts as JSON, even without a body.
pub fn is_binary(target: &StageTarget<'_>, incoming: &IncomingRequest) -> bool {
    let content_type = incoming.header("content-type").unwrap_or("application/json");
    media::matches(&target.definition.binary_media_types, content_type)
}

/// Returns a map, or `null` when it is empty: an event has no empty objects.
fn or_null<K: serde::Serialize + Ord, V: serde::Serialize>(map: BTreeMap<K, V>) -> Value {
    if map.is_empty() { Value::Null } else { json!(map) }
}

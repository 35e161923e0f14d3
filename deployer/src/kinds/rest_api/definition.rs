//! The OpenAPI document that an `[api]` block stands for. Pure. One import replaces a dozen calls for resources, methods and integrations.
use super::block::{ApiBlock, Cors, Route};
use crate::{
    aws::arn::ArnScope,
    kinds::{FunctionBlock, rest_api},
    stack::Stack,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Target of a route that answers a browser's preflight request.
pub const PREFLIGHT: &str = "CORS preflight";

/// Routes of the block with the id of the function that each leads to.
pub fn routes(api: &ApiBlock) -> Vec<(Route, String)> {
    api.routes.iter().filter_map(|(route, function)| Some((Route::parse(route).ok()?, function.clone()))).collect()
}

/// A gateway response: what API Gateway itself answers when a request does not reach a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GatewayResponse {
    /// HTTP status; that of the error when absent.
    pub status: Option<String>,
    /// Headers by name, values in API Gateway's quotes.
    pub headers: BTreeMap<String, String>,
    /// Body templates by media type.
    pub templates: BTreeMap<String, String>,
}

/// Everything that a deployment freezes.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Function ARN, or [`PREFLIGHT`], by `METHOD /path`.
    pub targets: BTreeMap<String, String>,
    /// Gateway responses by type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// The document.
    pub document: Value,
    /// `sha256:…` of the document but for its name and description: says which definition a deployment froze.
    pub hash: String,
}

/// Status and title of every error of the gateway that has one of its own.
const ERRORS: &[(&str, Option<u16>, &str)] = &[
    ("ACCESS_DENIED", Some(403), "Forbidden"),
    ("API_CONFIGURATION_ERROR", Some(500), "Internal Server Error"),
    ("BAD_REQUEST_BODY", Some(400), "Bad Request"),
    ("BAD_REQUEST_PARAMETERS", Some(400), "Bad Request"),
    ("DEFAULT_4XX", None, "Client Error"),
    ("DEFAULT_5XX", None, "Server Error"),
    ("EXPIRED_TOKEN", Some(403), "Forbidden"),
    ("INTEGRATION_FAILURE", Some(504), "Gateway Timeout"),
    ("INTEGRATION_TIMEOUT", Some(504), "Gateway Timeout"),
    ("INVALID_API_KEY", Some(403), "Forbidden"),
    ("INVALID_SIGNATURE", Some(403), "Forbidden"),
    // AWS answers an unknown path or method with 403 "Missing Authentication Token": a client expects 404.
    ("MISSING_AUTHENTICATION_TOKEN", Some(404), "Not Found"),
    ("QUOTA_EXCEEDED", Some(429), "Too Many Requests"),
    ("REQUEST_TOO_LARGE", Some(413), "Content Too Large"),
    ("RESOURCE_NOT_FOUND", Some(404), "Not Found"),
    ("THROTTLED", Some(429), "Too Many Requests"),
    ("UNAUTHORIZED", Some(401), "Unauthorized"),
    ("UNSUPPORTED_MEDIA_TYPE", Some(415), "Unsupported Media Type"),
];

/// RFC 9457 problem details, with the plain `error` member.
pub fn gateway_responses(cors: Option<&Cors>) -> BTreeMap<String, GatewayResponse> {
    ERRORS
        .iter()
        .map(|(kind, status, title)| {
            let detail = match *kind {
                "MISSING_AUTHENTICATION_TOKEN" => "\"no such path or method\"".to_owned(),
                _ => "$context.error.messageString".to_owned(),
            };
            let number = status.map(|s| format!("\"status\":{s},")).unwrap_or_default();
            let body = format!("{{\"type\":\"about:blank\",\"title\":\"{title}\",{number}\"detail\":{detail},\"error\":{detail},\"request_id\":\"$context.requestId\"}}");
            let mut headers = BTreeMap::from([("Content-Type".to_owned(), "'application/problem+json'".to_owned())]);
            if let Some(cors) = cors {
                headers.insert("Access-Control-Allow-Origin".to_owned(), format!("'{}'", any_or_first(&cors.allow_origins)));
            }
            let response = GatewayResponse {
                status: status.map(|s| s.to_string()),
                headers,
                templates: BTreeMap::from([("application/json".to_owned(), body)]),
            };
            ((*kind).to_owned(), response)
        })
        .collect()
}

fn any_or_first(origins: &[String]) -> &str {
    origins.iter().find(|o| *o == "*").or(origins.first()).map_or("*", String::as_str)
}

/// The definition of the stack's API.
pub fn define(stack: &Stack, api: &ApiBlock, name: &str, arn: &ArnScope) -> Definition {
    let routes = routes(api);
    let gateway_responses = gateway_responses(api.cors.as_ref());
    let mut targets = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (route, id) in &routes {
        let function = stack
            .get::<FunctionBlock>(id)
            .map_or_else(|| id.clone(), |block| stack.physical_name(id, block.name.as_deref()));
        targets.insert(route.to_string(), arn.function(&function));
        let key = if route.method == "ANY" {
            "x-amazon-apigateway-any-method".to_owned()
        } else {
            route.method.to_ascii_lowercase()
        };
        paths
            .entry(route.path.clone())
            .or_default()
            .insert(key, operation(&route.path, &arn.invocation_uri(&function)));
    }
    if let Some(cors) = &api.cors {
        let taken: BTreeSet<_> =
            routes.iter().filter(|(r, _)| matches!(r.method, "OPTIONS" | "ANY")).map(|(r, _)| r.path.clone()).collect();
        let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (route, _) in &routes {
            methods.entry(&route.path).or_default().insert(route.method);
        }
        for (path, methods) in methods.into_iter().filter(|(path, _)| !taken.contains(*path)) {
            targets.insert(format!("OPTIONS {path}"), PREFLIGHT.to_owned());
            paths.entry(path.to_owned()).or_default().insert("options".to_owned(), preflight(path, cors, &methods));
        }
    }
    let mut document = json!({
        "openapi": "3.0.1",
        "paths": paths,
        "x-amazon-apigateway-gateway-responses": gateway_responses.iter().map(|(kind, response)| (kind.clone(), gateway_response(response))).collect::<Map<_, _>>(),
    });
    if !api.binary_media_types.is_empty() {
        document["x-amazon-apigateway-binary-media-types"] = json!(api.binary_media_types);
    }
    if let Some(size) = api.minimum_compression_size {
        document["x-amazon-apigateway-minimum-compression-size"] = json!(size);
    }
    // Name and description are the API's, not a deployment's: another one is no reason to deploy.
    let hash = hash(&document);
    // API Gateway names the API after the title. The emulator of a referee wants a description.
    document["info"] = json!({"title": name, "version": "1", "description": rest_api::description(stack, api)});
    Definition { targets, gateway_responses, document, hash }
}

fn hash(document: &Value) -> String {
    let mut out = "sha256:".to_owned();
    for byte in &Sha256::digest(document.to_string())[..16] {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name.trim_end_matches('+'), "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

fn operation(path: &str, uri: &str) -> Value {
    json!({
        "parameters": path_parameters(path),
        "responses": {"default": {"description": "the function's answer"}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy", "httpMethod": "POST", "uri": uri, "passthroughBehavior": "when_no_match", "timeoutInMillis": 29000,
        },
    })
}

/// A browser asks before it sends; API Gateway answers by itself. With several origins the template picks the caller's when it is listed.
fn preflight(path: &str, cors: &Cors, methods: &BTreeSet<&str>) -> Value {
    let allow_methods = if cors.allow_methods.is_empty() {
        methods.iter().copied().chain(["OPTIONS"]).collect::<Vec<_>>().join(",")
    } else {
        cors.allow_methods.join(",")
    };
    let mut headers = vec![
        ("Access-Control-Allow-Origin", any_or_first(&cors.allow_origins).to_owned()),
        ("Access-Control-Allow-Methods", allow_methods),
    ];
    let allow_headers = if cors.allow_headers.is_empty() {
        "Content-Type,Authorization,Idempotency-Key,If-Match".to_owned()
    } else {
        cors.allow_headers.join(",")
    };
    headers.push(("Access-Control-Allow-Headers", allow_headers));
    if let Some(age) = cors.max_age {
        headers.push(("Access-Control-Max-Age", age.to_string()));
    }
    let mut response = json!({
        "statusCode": "204",
        "responseParameters": headers.iter().map(|(name, value)| (format!("method.response.header.{name}"), json!(format!("'{value}'")))).collect::<Map<_, _>>(),
    });
    if cors.allow_origins.len() > 1 {
        let list = cors.allow_origins.iter().map(|o| format!("$origin == \"{o}\"")).collect::<Vec<_>>().join(" || ");
        let template = format!(
            "#set($origin = $input.params(\"Origin\"))#if({list})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#set($context.responseOverride.header.Vary = \"Origin\")#end"
        );
        response["responseTemplates"] = json!({"application/json": template});
    }
    json!({
        "parameters": path_parameters(path),
        "responses": {"204": {"description": "preflight", "headers": headers.iter().map(|(name, _)| ((*name).to_owned(), json!({"schema": {"type": "string"}}))).collect::<Map<_, _>>()}},
        "x-amazon-apigateway-integration": {
            "type": "mock", "passthroughBehavior": "when_no_match", "requestTemplates": {"application/json": "{\"statusCode\": 204}"}, "responses": {"default": response},
        },
    })
}

fn gateway_response(response: &GatewayResponse) -> Value {
    let mut out = json!({
        "responseParameters": response.headers.iter().map(|(name, value)| (format!("gatewayresponse.header.{name}"), json!(value))).collect::<Map<_, _>>(),
        "responseTemplates": response.templates,
    });
    if let Some(status) = &response.status {
        out["statusCode"] = json!(status);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gateway_body_is_json_once_its_variables_are_filled_in() {
        for (kind, response) in gateway_responses(None) {
            let body = response.templates["application/json"].replace("$context.error.messageString", "\"words\"");
            let body: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{kind}: {e}"));
            assert!(body["error"].is_string() && body["detail"].is_string() && body["title"].is_string(), "{kind}");
        }
        assert_eq!(gateway_responses(None)["MISSING_AUTHENTICATION_TOKEN"].status.as_deref(), Some("404"));
    }
}

//! The OpenAPI document that an `[api]` block stands for. Pure. One import replaces a dozen calls for resources, methods and integrations.

use super::block::{ApiAuth, ApiBlock, ApiRoute, CorsBlock, RouteTarget};
use super::openapi::OpenApiOperation;
use crate::aws::arn::ArnScope;
use crate::kinds::FunctionBlock;
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Target of a route that answers a browser's preflight request.
pub const PREFLIGHT: &str = "CORS preflight";

/// Returns the routes of the block with the id of the function that each leads to.
pub fn routes(api: &ApiBlock) -> Vec<(ApiRoute, String)> {
    let read =
        |(route, target): (&String, &RouteTarget)| Some((ApiRoute::parse(route).ok()?, target.function().to_owned()));
    api.routes.iter().filter_map(read).collect()
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
pub struct ApiDefinition {
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
const ERRORS: &[(&str, u16, &str)] = &[
    ("ACCESS_DENIED", 403, "Forbidden"),
    ("API_CONFIGURATION_ERROR", 500, "Internal Server Error"),
    ("BAD_REQUEST_BODY", 400, "Bad Request"),
    ("BAD_REQUEST_PARAMETERS", 400, "Bad Request"),
    // The two for whatever else there is have a status as well, so that the body can name it: API Gateway has no variable for it.
    ("DEFAULT_4XX", 400, "Bad Request"),
    ("DEFAULT_5XX", 502, "Bad Gateway"),
    ("EXPIRED_TOKEN", 403, "Forbidden"),
    ("INTEGRATION_FAILURE", 504, "Gateway Timeout"),
    ("INTEGRATION_TIMEOUT", 504, "Gateway Timeout"),
    ("INVALID_API_KEY", 403, "Forbidden"),
    ("INVALID_SIGNATURE", 403, "Forbidden"),
    // AWS answers an unknown path or method with 403 "Missing Authentication Token": a client expects 404.
    ("MISSING_AUTHENTICATION_TOKEN", 404, "Not Found"),
    ("QUOTA_EXCEEDED", 429, "Too Many Requests"),
    ("REQUEST_TOO_LARGE", 413, "Content Too Large"),
    ("RESOURCE_NOT_FOUND", 404, "Not Found"),
    ("THROTTLED", 429, "Too Many Requests"),
    ("UNAUTHORIZED", 401, "Unauthorized"),
    ("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type"),
    ("WAF_FILTERED", 403, "Forbidden"),
];

/// Returns the answers of the gateway itself: RFC 9457 problem details, with the plain `error` member.
pub fn gateway_responses(cors: Option<&CorsBlock>) -> BTreeMap<String, GatewayResponse> {
    ERRORS
        .iter()
        .map(|(kind, status, title)| {
            let detail = match *kind {
                "MISSING_AUTHENTICATION_TOKEN" => "\"no such path or method\"".to_owned(),
                _ => "$context.error.messageString".to_owned(),
            };
            let body = format!("{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{status},\"detail\":{detail},\"error\":{detail},\"request_id\":\"$context.requestId\"}}");
            let mut headers = BTreeMap::from([("Content-Type".to_owned(), "'application/problem+json'".to_owned())]);
            if let Some(cors) = cors {
                headers.insert("Access-Control-Allow-Origin".to_owned(), format!("'{}'", only_origin(cors).unwrap_or("*")));
            }
            if *kind == "THROTTLED" {
                // Its limits are those of a second.
                headers.insert("Retry-After".to_owned(), "'1'".to_owned());
            }
            let response = GatewayResponse {
                status: Some(status.to_string()),
                headers,
                templates: BTreeMap::from([("application/json".to_owned(), body)]),
            };
            ((*kind).to_owned(), response)
        })
        .collect()
}

/// Returns the origin, or `*`, that is in every answer. With several an answer depends on who asks, and API Gateway would need a template to
/// look: its own errors, which hold nothing of anybody, may then be read by every page; the rest is left to the function.
fn only_origin(cors: &CorsBlock) -> Option<&str> {
    match &cors.allow_origins[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// Returns how a target says what a caller has to bring; [`super::read`] says it the same way.
pub fn demand(auth: ApiAuth) -> &'static str {
    match auth {
        ApiAuth::None => "",
        ApiAuth::Iam => " (authorization AWS_IAM)",
        ApiAuth::ApiKey => " (API key)",
    }
}

/// Returns the security scheme: its name, and what it is.
fn scheme(auth: ApiAuth) -> Option<(&'static str, Value)> {
    match auth {
        ApiAuth::None => None,
        ApiAuth::Iam => Some((
            "sigv4",
            json!({"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}),
        )),
        ApiAuth::ApiKey => Some(("api_key", json!({"type": "apiKey", "name": "x-api-key", "in": "header"}))),
    }
}

/// Returns the document with the resource policy that the API has: an import that says none takes it away.
///
/// # Errors
/// When the policy cannot be read.
pub fn with_policy(mut document: Value, observed: &str) -> Result<Value, serde_json::Error> {
    // API Gateway tells it with its quotes escaped once more (GetRestApi).
    let policy = serde_json::from_str(observed).or_else(|_| serde_json::from_str(&observed.replace("\\\"", "\"")))?;
    document["x-amazon-apigateway-policy"] = policy;
    Ok(document)
}

/// Returns the definition of the stack's API.
pub fn define(stack: &Stack, api: &ApiBlock, name: &str, arn: &ArnScope) -> ApiDefinition {
    let routes = routes(api);
    let gateway_responses = gateway_responses(api.cors.as_ref());
    let described = api.document(stack);
    let mut schemes = Map::new();
    let mut targets = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for (route, id) in &routes {
        let function = stack.name_of::<FunctionBlock>(id);
        let auth = api.auth_of(&route.to_string());
        targets.insert(route.to_string(), arn.function(&function) + demand(auth));
        let key = if route.method == "ANY" {
            "x-amazon-apigateway-any-method".to_owned()
        } else {
            route.method.to_ascii_lowercase()
        };
        let described = described.as_ref().and_then(|document| document.operation(route));
        let mut operation = operation(&route.path, &arn.invocation_uri(&function), described);
        // API Gateway passes over security at the root of the document.
        if let Some((name, scheme)) = scheme(auth) {
            operation["security"] = json!([{name: []}]);
            schemes.insert(name.to_owned(), scheme);
        }
        paths.entry(route.path.clone()).or_default().insert(key, operation);
    }
    if let Some(cors) = &api.cors {
        let taken: BTreeSet<_> =
            routes.iter().filter(|(r, _)| matches!(r.method, "OPTIONS" | "ANY")).map(|(r, _)| r.path.clone()).collect();
        let mut served: BTreeMap<&str, (BTreeSet<&str>, &str)> = BTreeMap::new();
        for (route, id) in &routes {
            served.entry(&route.path).or_insert_with(|| (BTreeSet::new(), id)).0.insert(route.method);
        }
        for (path, (methods, id)) in served.into_iter().filter(|(path, _)| !taken.contains(*path)) {
            let (target, answer) = match only_origin(cors) {
                Some(origin) => (PREFLIGHT.to_owned(), preflight(path, origin, cors, &methods)),
                None => {
                    let function = stack.name_of::<FunctionBlock>(id);
                    (arn.function(&function), operation(path, &arn.invocation_uri(&function), None))
                }
            };
            targets.insert(format!("OPTIONS {path}"), target);
            paths.entry(path.to_owned()).or_default().insert("options".to_owned(), answer);
        }
    }
    let mut document = json!({
        "openapi": "3.0.1",
        "paths": paths,
        "x-amazon-apigateway-gateway-responses": gateway_responses.iter().map(|(kind, response)| (kind.clone(), gateway_response(response))).collect::<Map<_, _>>(),
    });
    if !schemes.is_empty() {
        document["components"] = json!({"securitySchemes": schemes});
    }
    if !api.binary_media_types.is_empty() {
        document["x-amazon-apigateway-binary-media-types"] = json!(api.binary_media_types);
    }
    if let Some(size) = api.minimum_compression_size {
        document["x-amazon-apigateway-minimum-compression-size"] = json!(size);
    }
    // Name and description are the API's, not a deployment's: another one is no reason to deploy.
    let hash = hash(&document);
    // API Gateway names the API after the title. The emulator of a referee wants a description.
    document["info"] = json!({"title": name, "version": "1", "description": api.description(stack)});
    ApiDefinition { targets, gateway_responses, document, hash }
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

fn operation(path: &str, uri: &str, described: Option<&OpenApiOperation>) -> Value {
    let mut parameters = path_parameters(path);
    parameters.extend(described.into_iter().flat_map(|described| described.parameters.iter().cloned()));
    let mut out = json!({
        "parameters": parameters,
        // The import warns of `default`, and fails on warnings. What a function answers is passed on whatever stands here.
        "responses": {"200": {"description": "the function's answer"}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy", "httpMethod": "POST", "uri": uri, "passthroughBehavior": "when_no_match", "timeoutInMillis": 29000,
        },
    });
    for (name, text) in described.into_iter().flat_map(|d| [("operationId", &d.id), ("summary", &d.summary)]) {
        if let Some(text) = text {
            out[name] = json!(text);
        }
    }
    out
}

/// Returns the operation that answers a browser, which asks before it sends: API Gateway does so by itself.
fn preflight(path: &str, origin: &str, cors: &CorsBlock, methods: &BTreeSet<&str>) -> Value {
    let allow_methods = if cors.allow_methods.is_empty() {
        methods.iter().copied().chain(["OPTIONS"]).collect::<Vec<_>>().join(",")
    } else {
        cors.allow_methods.join(",")
    };
    let mut headers =
        vec![("Access-Control-Allow-Origin", origin.to_owned()), ("Access-Control-Allow-Methods", allow_methods)];
    let allow_headers = if cors.allow_headers.is_empty() {
        "Content-Type,Authorization,X-Api-Key,X-Amz-Date,X-Amz-Security-Token,Idempotency-Key,If-Match".to_owned()
    } else {
        cors.allow_headers.join(",")
    };
    headers.push(("Access-Control-Allow-Headers", allow_headers));
    if let Some(age) = cors.max_age {
        headers.push(("Access-Control-Max-Age", age.to_string()));
    }
    let response = json!({
        "statusCode": "204",
        "responseParameters": headers.iter().map(|(name, value)| (format!("method.response.header.{name}"), json!(format!("'{value}'")))).collect::<Map<_, _>>(),
    });
    json!({
        "parameters": path_parameters(path),
        "responses": {"204": {"description": "preflight", "headers": headers.iter().map(|(name, _)| ((*name).to_owned(), json!({"schema": {"type": "string"}}))).collect::<Map<_, _>>()}},
        // Without it an API whose binary media types are `*/*` answers "Unable to transform request" with 500.
        "x-amazon-apigateway-integration": {
            "contentHandling": "CONVERT_TO_TEXT",
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

    /// What is defined for an `[api]` block whose function is `api`.
    fn defined(api: &str) -> ApiDefinition {
        let text = format!("name = \"shop\"\nfunction.api.artifact = \"a.zip\"\n[api]\n{api}");
        let sections = crate::kinds::sections();
        let document = r##"{"openapi": "3.0.3", "paths": {"/orders": {"get": {
            "operationId": "listOrders", "summary": "List orders", "description": "left out",
            "parameters": [{"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/Status"}}],
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/List"}}}}}
        }}}, "components": {"schemas": {"Status": {"type": "string"}, "List": {}}}}"##;
        let source = crate::stack::StackSource { path: "deployer.toml".into(), text };
        let stack = crate::stack::parse(source, None, &sections, crate::stack::DocumentDrift::Refused, &|_| {
            Ok(document.to_owned())
        })
        .expect("it is correct");
        let block = ApiBlock::of(&stack).expect("it is there");
        define(&stack, &block, "shop-dev-api", &ArnScope::new("123456789012", "ap-south-1"))
    }

    const LIST: &str = "routes.\"GET /orders\" = \"api\"\n";

    #[test]
    fn routes_have_the_guard_of_the_api_or_their_own() {
        let routes = "routes.\"GET /orders\" = \"api\"\n\
            routes.\"PUT /orders\" = { function = \"api\" }\n\
            routes.\"POST /orders\" = { function = \"api\", auth = \"iam\" }\n\
            routes.\"DELETE /orders\" = { function = \"api\", auth = \"none\" }\n";
        let mixed = defined(&format!("auth = \"api_key\"\n{routes}"));
        let arn = "arn:aws:lambda:ap-south-1:123456789012:function:shop-dev-api";
        let expected = [
            ("DELETE /orders", String::new(), json!(null)),
            ("GET /orders", " (API key)".to_owned(), json!([{"api_key": []}])),
            ("POST /orders", " (authorization AWS_IAM)".to_owned(), json!([{"sigv4": []}])),
            ("PUT /orders", " (API key)".to_owned(), json!([{"api_key": []}])),
        ];
        for (route, demand, security) in expected {
            assert_eq!(mixed.targets[route], format!("{arn}{demand}"));
            let method = route.split(' ').next().unwrap_or_default().to_ascii_lowercase();
            assert_eq!(mixed.document["paths"]["/orders"][&method]["security"], security, "{route}");
        }
        let schemes = mixed.document["components"]["securitySchemes"].as_object().expect("there are two");
        assert_eq!(schemes.keys().collect::<Vec<_>>(), ["api_key", "sigv4"]);
        assert_eq!(defined(LIST).document["components"], json!(null), "an open API names no scheme");
    }

    /// A guard that every route has is the same definition wherever it is written, so that no deployment follows from moving it.
    #[test]
    fn where_a_guard_is_written_makes_no_difference() {
        let own = defined("routes.\"GET /orders\" = { function = \"api\", auth = \"iam\" }\n");
        assert_eq!(own, defined(&format!("auth = \"iam\"\n{LIST}")));
        assert_ne!(own.hash, defined(LIST).hash);
    }

    #[test]
    fn the_document_gives_names_and_parameters_but_no_schemas() {
        let bare = defined(LIST);
        let described = defined(&format!("{LIST}openapi = \"openapi.json\""));
        assert_ne!(bare.hash, described.hash, "what the document says reaches API Gateway");
        assert_eq!(bare.targets, described.targets);
        let get = &described.document["paths"]["/orders"]["get"];
        assert_eq!((&get["operationId"], &get["summary"]), (&json!("listOrders"), &json!("List orders")));
        let status = json!({"name": "status", "in": "query", "required": false, "schema": {"type": "string"}});
        assert_eq!(get["parameters"], json!([status]));
        assert_eq!(get["responses"], bare.document["paths"]["/orders"]["get"]["responses"]);
        assert!(!described.document.to_string().contains("$ref"));
    }

    #[test]
    fn nothing_that_the_import_warns_of_is_said() {
        let definition = defined(&format!("{LIST}cors.allow_origins = [\"*\"]\nbinary_media_types = [\"*/*\"]"));
        let path = &definition.document["paths"]["/orders"];
        let responses = path["get"]["responses"].as_object().expect("they are an object");
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200"]);
        let preflight = &path["options"]["x-amazon-apigateway-integration"];
        assert_eq!(preflight["contentHandling"], "CONVERT_TO_TEXT");
    }

    #[test]
    fn a_policy_is_read_as_api_gateway_tells_it() {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]});
        for told in [policy.to_string(), policy.to_string().replace('"', "\\\"")] {
            let document = with_policy(json!({"openapi": "3.0.1"}), &told).expect("it is a policy");
            assert_eq!(document["x-amazon-apigateway-policy"], policy);
        }
        assert!(with_policy(json!({}), "no policy").is_err());
    }

    #[test]
    fn security_is_on_every_operation() {
        for (auth, security, target) in [
            ("none", Value::Null, ""),
            ("iam", json!([{"sigv4": []}]), " (authorization AWS_IAM)"),
            ("api_key", json!([{"api_key": []}]), " (API key)"),
        ] {
            let cors = "cors.allow_origins = [\"https://a.example\"]";
            let definition = defined(&format!("{LIST}{cors}\nauth = \"{auth}\""));
            let methods = &definition.document["paths"]["/orders"];
            assert_eq!(methods["get"]["security"], security, "{auth}");
            assert_eq!(methods["options"]["security"], Value::Null, "a browser asks without credentials");
            let arn = "arn:aws:lambda:ap-south-1:123456789012:function:shop-dev-api";
            assert_eq!(definition.targets["GET /orders"], format!("{arn}{target}"));
            assert_eq!(definition.targets["OPTIONS /orders"], PREFLIGHT);
            let name = security[0].as_object().and_then(|schemes| schemes.keys().next().cloned());
            let schemes = definition.document["components"]["securitySchemes"].as_object();
            assert_eq!(schemes.and_then(|s| s.keys().next().cloned()), name, "{auth}");
        }
    }

    #[test]
    fn several_origins_are_left_to_the_function() {
        let definition = defined(&format!("{LIST}cors.allow_origins = [\"https://a.example\", \"https://b.example\"]"));
        assert_eq!(definition.targets["OPTIONS /orders"], definition.targets["GET /orders"]);
        let options = &definition.document["paths"]["/orders"]["options"]["x-amazon-apigateway-integration"];
        assert_eq!(options["type"], "aws_proxy");
        assert!(!definition.document.to_string().contains("#set"), "no template language");
        for (origins, header) in [("[\"*\"]", "'*'"), ("[\"https://a.example\"]", "'https://a.example'")] {
            let definition = defined(&format!("{LIST}cors.allow_origins = {origins}"));
            let throttled = &definition.gateway_responses["THROTTLED"].headers["Access-Control-Allow-Origin"];
            assert_eq!(throttled, header);
        }
        let throttled = &definition.gateway_responses["THROTTLED"].headers["Access-Control-Allow-Origin"];
        assert_eq!(throttled, "'*'");
    }
}

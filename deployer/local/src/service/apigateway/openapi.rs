//! Reading OpenAPI 3 with the `x-amazon-apigateway-*` extensions.
//!
//! Schemas, examples and descriptions are documentation and are passed over. Extensions that change what the API does
//! and are not modelled are refused.

use super::check;
use super::integration::{IntegrationInput, status};
use super::lookup::bad;
use super::method::check_authorization;
use crate::store::rest_api::{ApiMethod, GatewayResponse, MethodResponse};
use crate::wire::{ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const PREFIX: &str = "x-amazon-apigateway-";

/// The extensions of HTTP APIs: REST APIs warn about them.
const HTTP_API_ONLY: &[&str] = &["cors", "integrations", "importexport-version", "tag-value"];

const VERBS: &[&str] = &["get", "put", "post", "delete", "patch", "head", "options"];

/// A definition, read.
#[derive(Debug, Default)]
pub(super) struct OpenApiDefinition {
    pub title: String,
    pub version: Option<String>,
    pub description: Option<String>,
    /// In the order of the paths.
    pub methods: Vec<(String, ApiMethod)>,
    /// Every path, those without methods as well.
    pub paths: Vec<String>,
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// By name: whether parameters are validated.
    pub validators: BTreeMap<String, bool>,
    pub binary_media_types: Option<Vec<String>>,
    pub minimum_compression_size: Option<u32>,
    pub api_key_source: Option<String>,
    pub policy: Option<String>,
    pub disable_execute_api_endpoint: Option<bool>,
    pub warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayResponseInput {
    status_code: Option<Value>,
    #[serde(default)]
    response_parameters: BTreeMap<String, String>,
    #[serde(default)]
    response_templates: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidatorInput {
    #[serde(default)]
    validate_request_body: bool,
    #[serde(default)]
    validate_request_parameters: bool,
}

/// Reads a value of an extension; members that are not modelled are refused.
fn extension<T: serde::de::DeserializeOwned>(name: &str, value: &Value) -> ServiceResult<T> {
    let mut unknown = None;
    let parsed = serde_ignored::deserialize(value, |path| unknown = Some(path.to_string()))
        .map_err(|error| bad(format!("Unable to parse {PREFIX}{name}: {error}")))?;
    match unknown {
        None => Ok(parsed),
        Some(member) => Err(ServiceError::not_modelled(format_args!("{member} of {PREFIX}{name}"))),
    }
}

fn object<'a>(value: &'a Value, what: &str) -> ServiceResult<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| bad(format!("Invalid OpenAPI input: {what} is not an object")))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Reads a document.
///
/// # Errors
/// `BadRequestException` with what is wrong, `NotImplementedException` for what is not modelled.
pub(super) fn read(body: &[u8]) -> ServiceResult<OpenApiDefinition> {
    let document: Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("Invalid OpenAPI input: {error}; the embedded cloud reads OpenAPI as JSON")))?;
    let members = object(&document, "the document")?;
    match document["openapi"].as_str() {
        Some(version) if version.starts_with("3.0") => {}
        Some(other) => {
            return Err(bad(format!("Invalid OpenAPI input: openapi is {other}, not 3.0.x")));
        }
        None if members.contains_key("swagger") => {
            return Err(ServiceError::not_implemented("the embedded cloud reads OpenAPI 3.0, not Swagger 2.0"));
        }
        None => return Err(bad("Invalid OpenAPI input: openapi is missing")),
    }
    let mut definition = OpenApiDefinition {
        title: text(&document["info"]["title"]).unwrap_or_default(),
        version: text(&document["info"]["version"]),
        description: text(&document["info"]["description"]),
        ..OpenApiDefinition::default()
    };
    if definition.title.trim().is_empty() {
        return Err(bad("Errors found during import:\n\tInvalid OpenAPI input: info.title is missing"));
    }
    if members.contains_key("security") {
        definition.warnings.push("Root-level security is ignored: put it on each operation".to_owned());
    }
    let mut default_validator = None;
    for (name, value) in members.iter().filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?, value))) {
        match name {
            "request-validator" => default_validator = text(value),
            _ => root_extension(&mut definition, name, value)?,
        }
    }
    let schemes = SecuritySchemes::read(&document["components"]["securitySchemes"])?;
    let paths = match document.get("paths") {
        Some(paths) => object(paths, "paths")?,
        None => return Err(bad("Invalid OpenAPI input: paths is missing")),
    };
    let reader = DocumentReader { document: &document, schemes, default_validator };
    for (path, item) in paths {
        if !path.starts_with('/') {
            return Err(bad(format!("Errors found during import:\n\tInvalid path {path}: it must begin with a slash")));
        }
        let path = if path == "/" { path.clone() } else { path.trim_end_matches('/').to_owned() };
        reader.item(&mut definition, &path, object(item, &path)?)?;
        definition.paths.push(path);
    }
    Ok(definition)
}

fn root_extension(definition: &mut OpenApiDefinition, name: &str, value: &Value) -> ServiceResult<()> {
    match name {
        "binary-media-types" => definition.binary_media_types = Some(extension(name, value)?),
        "minimum-compression-size" => {
            definition.minimum_compression_size = Some(check::compression(extension(name, value)?)?);
        }
        "api-key-source" => {
            let source: String = extension(name, value)?;
            let source = source.to_ascii_uppercase();
            check::api_key_source(&source)?;
            definition.api_key_source = Some(source);
        }
        "policy" => {
            let policy = value.to_string();
            check::policy(&policy)?;
            definition.policy = Some(policy);
        }
        "endpoint-configuration" => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Endpoint {
                disable_execute_api_endpoint: Option<bool>,
            }
            definition.disable_execute_api_endpoint = extension::<Endpoint>(name, value)?.disable_execute_api_endpoint;
        }
        "gateway-responses" => {
            for (kind, input) in extension::<BTreeMap<String, GatewayResponseInput>>(name, value)? {
                super::gateway_response::check_kind(&kind)?;
                let response = GatewayResponse {
                    status_code: input.status_code.as_ref().map(status).transpose()?,
                    parameters: input.response_parameters,
                    templates: input.response_templates,
                };
                definition.gateway_responses.insert(kind, response);
            }
        }
        "request-validators" => {
            for (validator, input) in extension::<BTreeMap<String, ValidatorInput>>(name, value)? {
                if input.validate_request_body {
                    return Err(ServiceError::not_modelled(format_args!(
                        "validateRequestBody of request validator {validator}"
                    )));
                }
                definition.validators.insert(validator, input.validate_request_parameters);
            }
        }
        other if HTTP_API_ONLY.contains(&other) => {
            definition.warnings.push(format!("{PREFIX}{other} is for HTTP APIs and is ignored"));
        }
        other => {
            return Err(ServiceError::not_modelled(format_args!("{PREFIX}{other}")));
        }
    }
    Ok(())
}

/// What the security schemes of the document mean for a method.
struct SecuritySchemes(BTreeMap<String, SecurityScheme>);

#[derive(Clone, Copy)]
enum SecurityScheme {
    ApiKey,
    Iam,
    /// Says nothing to API Gateway.
    Other,
}

impl SecuritySchemes {
    fn read(schemes: &Value) -> ServiceResult<Self> {
        let mut read = BTreeMap::new();
        for (name, scheme) in schemes.as_object().into_iter().flatten() {
            if !scheme[format!("{PREFIX}authorizer")].is_null() {
                return Err(ServiceError::not_modelled(format_args!("{PREFIX}authorizer (security scheme {name})")));
            }
            let api_key = scheme["type"] == "apiKey"
                && scheme["in"] == "header"
                && scheme["name"].as_str().is_some_and(|header| header.eq_ignore_ascii_case("x-api-key"));
            let kind = match scheme[format!("{PREFIX}authtype")].as_str() {
                Some("awsSigv4") => SecurityScheme::Iam,
                Some(other) => {
                    return Err(ServiceError::not_modelled(format_args!("{PREFIX}authtype {other}")));
                }
                None if api_key => SecurityScheme::ApiKey,
                None => SecurityScheme::Other,
            };
            read.insert(name.clone(), kind);
        }
        Ok(Self(read))
    }
}

struct DocumentReader<'a> {
    document: &'a Value,
    schemes: SecuritySchemes,
    default_validator: Option<String>,
}

impl DocumentReader<'_> {
    fn item(&self, definition: &mut OpenApiDefinition, path: &str, item: &Map<String, Value>) -> ServiceResult<()> {
        for (key, operation) in item {
            let verb = match key.as_str() {
                "x-amazon-apigateway-any-method" => "ANY".to_owned(),
                verb if VERBS.contains(&verb) => verb.to_ascii_uppercase(),
                other if other.starts_with(PREFIX) => {
                    return Err(ServiceError::not_modelled(format_args!("{other} of a path")));
                }
                _ => continue,
            };
            let method = self
                .method(definition, item, &verb, object(operation, &format!("{key} {path}"))?)
                .map_err(|error| located(error, &verb, path))?;
            definition.methods.push((path.to_owned(), method));
        }
        Ok(())
    }

    fn method(
        &self,
        definition: &mut OpenApiDefinition,
        item: &Map<String, Value>,
        verb: &str,
        operation: &Map<String, Value>,
    ) -> ServiceResult<ApiMethod> {
        let mut method = ApiMethod {
            http_method: verb.to_owned(),
            authorization_type: "NONE".to_owned(),
            api_key_required: false,
            operation_name: operation.get("operationId").and_then(text),
            request_parameters: BTreeMap::new(),
            // The name; the import replaces it by the id.
            request_validator_id: self.default_validator.clone(),
            responses: responses(operation.get("responses")),
            integration: None,
        };
        for parameters in [item.get("parameters"), operation.get("parameters")].into_iter().flatten() {
            self.parameters(&mut method.request_parameters, parameters)?;
        }
        if operation.get("responses").is_some_and(|responses| responses.get("default").is_some()) {
            definition.warnings.push("Default response not supported, skipping".to_owned());
        }
        self.security(&mut method, operation.get("security"));
        for (name, value) in operation.iter().filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?, value))) {
            match name {
                "integration" => {
                    let input: IntegrationInput = extension(name, value)?;
                    method.integration = Some(input.build("")?);
                }
                "request-validator" => method.request_validator_id = text(value),
                "auth" => {
                    method.authorization_type = check_authorization(value["type"].as_str().unwrap_or("NONE"))?;
                }
                other => {
                    return Err(ServiceError::not_modelled(format_args!("{PREFIX}{other} of an operation")));
                }
            }
        }
        if let Some(name) = &method.request_validator_id
            && !definition.validators.contains_key(name)
        {
            return Err(bad(format!("Validator {name} is not defined")));
        }
        Ok(method)
    }

    /// Follows `#/components/parameters/…`.
    fn parameters(&self, found: &mut BTreeMap<String, bool>, parameters: &Value) -> ServiceResult<()> {
        for parameter in parameters.as_array().into_iter().flatten() {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => reference
                    .strip_prefix('#')
                    .and_then(|pointer| self.document.pointer(pointer))
                    .ok_or_else(|| bad(format!("Unable to resolve reference {reference}")))?,
                None => parameter,
            };
            let place = match parameter["in"].as_str() {
                Some("query") => "querystring",
                Some("header") => "header",
                Some("path") => "path",
                _ => continue,
            };
            if let Some(name) = parameter["name"].as_str() {
                let required = parameter["required"].as_bool().unwrap_or(false);
                found.insert(format!("method.request.{place}.{name}"), required);
            }
        }
        Ok(())
    }

    fn security(&self, method: &mut ApiMethod, security: Option<&Value>) {
        let names = security.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).flatten();
        for (name, _) in names {
            match self.schemes.0.get(name).copied().unwrap_or(SecurityScheme::Other) {
                SecurityScheme::ApiKey => method.api_key_required = true,
                SecurityScheme::Iam => method.authorization_type = "AWS_IAM".to_owned(),
                SecurityScheme::Other => {}
            }
        }
    }
}

/// Adds to an error where in the document something is wrong.
fn located(error: ServiceError, verb: &str, path: &str) -> ServiceError {
    let message = match error.code.as_str() {
        "BadRequestException" => format!(
            "Errors found during import:\n\tUnable to put integration on '{verb}' for resource at path '{path}': {}",
            error.message
        ),
        _ => format!("{} ({verb} {path})", error.message),
    };
    ServiceError { message, ..error }
}

fn responses(responses: Option<&Value>) -> BTreeMap<String, MethodResponse> {
    let mut found = BTreeMap::new();
    for (status_code, response) in responses.and_then(Value::as_object).into_iter().flatten() {
        // `default` and patterns are documentation.
        if status_code.len() == 3 && status_code.bytes().all(|b| b.is_ascii_digit()) {
            let headers = response["headers"].as_object().into_iter().flatten();
            let parameters = headers.map(|(name, _)| (format!("method.response.header.{name}"), false)).collect();
            found.insert(status_code.clone(), MethodResponse { status_code: status_code.clone(), parameters });
        }
    }
    found
}

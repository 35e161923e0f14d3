//! restJson1: operations are methods and paths. Lambda and API Gateway speak it.

use super::aws_json;
use super::error::{ServiceError, ServiceResult};
use super::http::{HttpRequest, HttpResponse, respond};
use super::operation::{OperationSpec, QueryParameter, RestRoute};
use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// Finds the operation and collects its input from path, query and, unless it is a blob, the body.
pub(crate) fn decode<'a>(
    operations: impl Iterator<Item = &'a OperationSpec>,
    request: &HttpRequest,
) -> ServiceResult<(&'a OperationSpec, Value)> {
    let segments = segments(request.uri().path())?;
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let found = operations.into_iter().find_map(|operation| {
        let route = operation.route.as_ref()?;
        Some((operation, route, matches(route, request.method().as_str(), &segments, &query)?))
    });
    let Some((operation, route, labels)) = found else {
        return Err(ServiceError::not_modelled(format_args!("{} {}", request.method(), request.uri().path())));
    };
    let mut input = if operation.blob { Map::new() } else { aws_json::decode_members(request.body())? };
    for (name, value) in query {
        if route.when.is_none_or(|when| when != (name.as_str(), value.as_str())) {
            add_parameter(operation.name, route, &mut input, name, value)?;
        }
    }
    // Last, so that nothing in a body can take the place of what the path says.
    input.extend(labels);
    Ok((operation, Value::Object(input)))
}

fn segments(path: &str) -> ServiceResult<Vec<String>> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| ServiceError::new(400, "BadRequestException", "the path is not UTF-8"))
}

fn matches(
    route: &RestRoute,
    method: &str,
    segments: &[String],
    query: &[(String, String)],
) -> Option<Map<String, Value>> {
    let template: Vec<&str> = route.path.trim_matches('/').split('/').collect();
    let wanted = route.when.is_none_or(|(name, value)| query.iter().any(|(n, v)| n == name && v == value));
    if route.method != method || template.len() != segments.len() || !wanted {
        return None;
    }
    let mut labels = Map::new();
    for (part, segment) in template.iter().zip(segments) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(_) if segment.is_empty() => return None,
            Some(label) => {
                labels.insert(label.to_owned(), Value::String(segment.clone()));
            }
            None if part == segment => {}
            None => return None,
        }
    }
    Some(labels)
}

fn add_parameter(
    operation: &str,
    route: &RestRoute,
    input: &mut Map<String, Value>,
    name: String,
    value: String,
) -> ServiceResult<()> {
    let bad = |kind: &str| {
        ServiceError::new(400, "BadRequestException", format!("query parameter {name} is \"{value}\", not {kind}"))
    };
    for parameter in route.query {
        match *parameter {
            QueryParameter::Text(wire, member) if wire == name => {
                input.insert(member.to_owned(), Value::String(value));
            }
            QueryParameter::Number(wire, member) if wire == name => {
                let number: i64 = value.parse().map_err(|_| bad("a whole number"))?;
                input.insert(member.to_owned(), json!(number));
            }
            QueryParameter::Flag(wire, member) if wire == name => {
                let flag: bool = value.parse().map_err(|_| bad("true or false"))?;
                input.insert(member.to_owned(), json!(flag));
            }
            QueryParameter::List(wire, member) if wire == name => {
                if let Value::Array(list) = input.entry(member).or_insert_with(|| json!([])) {
                    list.push(Value::String(value));
                }
            }
            QueryParameter::Others(member) => {
                if let Value::Object(others) = input.entry(member).or_insert_with(|| json!({})) {
                    others.insert(name, Value::String(value));
                }
            }
            _ => continue,
        }
        return Ok(());
    }
    Err(ServiceError::not_modelled(format_args!("query parameter {name} of {operation}")))
}

/// Returns the member that holds the message of an error. Lambda writes it with a capital for some (its model of 2015-03-31).
fn message_member(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException" | "ServiceException" => "Message",
        _ => "message",
    }
}

/// Encodes an answer; `status` is that of success.
pub(crate) fn encode(status: u16, result: &ServiceResult) -> HttpResponse {
    match result {
        Ok(Value::Null) => {
            let mut response = HttpResponse::default();
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            response
        }
        Ok(output) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            respond(status, "application/json", output.to_string())
        }
        Err(error) => {
            let side = if error.status < 500 { "User" } else { "Service" };
            let mut body = error.members.clone();
            body.insert("Type".to_owned(), side.into());
            body.insert(message_member(&error.code).to_owned(), error.message.clone().into());
            let body = Value::Object(body).to_string();
            let mut response = respond(error.http_status(), "application/json", body);
            if let Ok(code) = HeaderValue::from_str(&error.code) {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            response
        }
    }
}

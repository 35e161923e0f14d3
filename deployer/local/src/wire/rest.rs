//! restJson1: operations are methods and paths. Lambda and API Gateway speak it.

use super::json::Fault;
use super::{Request, Response, respond};
use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// One operation of a service.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// HTTP method.
    pub method: &'static str,
    /// `/2015-03-31/functions/{FunctionName}`: labels are members of the input.
    pub path: &'static str,
    /// A pair that the query must hold (`mode=import`); it is not part of the input.
    pub when: Option<(&'static str, &'static str)>,
    /// `GetFunction`.
    pub name: &'static str,
    /// HTTP status of success.
    pub status: u16,
    /// Members of the input that come in the query.
    pub query: &'static [Parameter],
}

impl Operation {
    /// An operation without query parameters.
    pub const fn new(method: &'static str, path: &'static str, name: &'static str, status: u16) -> Self {
        Self { method, path, when: None, name, status, query: &[] }
    }

    /// The same operation with query parameters.
    pub const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    /// The same operation, only when the query holds this pair.
    pub const fn when(self, name: &'static str, value: &'static str) -> Self {
        Self { when: Some((name, value)), ..self }
    }
}

/// A query parameter: its name on the wire and the member it fills.
#[derive(Clone, Copy, Debug)]
pub enum Parameter {
    /// One value.
    Text(&'static str, &'static str),
    /// One whole number.
    Number(&'static str, &'static str),
    /// `true` or `false`.
    Flag(&'static str, &'static str),
    /// May be repeated.
    List(&'static str, &'static str),
    /// Every parameter that has no line of its own, as a map.
    Others(&'static str),
}

/// Finds the operation and collects its input from path, query and, unless it is a blob, the body.
pub(super) fn decode(
    operations: &'static [Operation],
    blobs: &[&str],
    request: &Request,
) -> Result<(&'static Operation, Value), Fault> {
    let segments = segments(request.uri().path())?;
    let query: Vec<(String, String)> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let found = operations.iter().find_map(|operation| {
        let labels = matches(operation, request.method().as_str(), &segments, &query)?;
        Some((operation, labels))
    });
    let Some((operation, labels)) = found else {
        return Err(Fault::not_implemented(format!(
            "the embedded cloud does not model {} {}",
            request.method(),
            request.uri().path()
        )));
    };
    let mut input = match blobs.contains(&operation.name) || request.body().is_empty() {
        true => Map::new(),
        false => match super::aws_json::decode_body(request.body())? {
            Value::Object(members) => members,
            _ => Map::new(),
        },
    };
    for (name, value) in query {
        if operation.when.is_none_or(|when| when != (name.as_str(), value.as_str())) {
            add_parameter(operation, &mut input, name, value)?;
        }
    }
    // Last, so that nothing in a body can take the place of what the path says.
    input.extend(labels);
    Ok((operation, Value::Object(input)))
}

fn segments(path: &str) -> Result<Vec<String>, Fault> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::new(400, "BadRequestException", "the path is not UTF-8"))
}

fn matches(
    operation: &Operation,
    method: &str,
    segments: &[String],
    query: &[(String, String)],
) -> Option<Map<String, Value>> {
    let template: Vec<&str> = operation.path.trim_matches('/').split('/').collect();
    let wanted = operation.when.is_none_or(|(name, value)| query.iter().any(|(n, v)| n == name && v == value));
    if operation.method != method || template.len() != segments.len() || !wanted {
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
    operation: &Operation,
    input: &mut Map<String, Value>,
    name: String,
    value: String,
) -> Result<(), Fault> {
    let bad = |kind: &str| {
        Fault::new(400, "BadRequestException", format!("query parameter {name} is \"{value}\", not {kind}"))
    };
    for parameter in operation.query {
        match *parameter {
            Parameter::Text(wire, member) if wire == name => {
                input.insert(member.to_owned(), Value::String(value));
            }
            Parameter::Number(wire, member) if wire == name => {
                let number: i64 = value.parse().map_err(|_| bad("a whole number"))?;
                input.insert(member.to_owned(), json!(number));
            }
            Parameter::Flag(wire, member) if wire == name => {
                let flag: bool = value.parse().map_err(|_| bad("true or false"))?;
                input.insert(member.to_owned(), json!(flag));
            }
            Parameter::List(wire, member) if wire == name => {
                if let Value::Array(list) = input.entry(member).or_insert_with(|| json!([])) {
                    list.push(Value::String(value));
                }
            }
            Parameter::Others(member) => {
                if let Value::Object(others) = input.entry(member).or_insert_with(|| json!({})) {
                    others.insert(name, Value::String(value));
                }
            }
            _ => continue,
        }
        return Ok(());
    }
    Err(Fault::not_implemented(format!(
        "the embedded cloud does not model query parameter {name} of {}",
        operation.name
    )))
}

/// Writes an answer.
pub(super) fn encode(status: u16, result: &Result<Value, Fault>) -> Response {
    match result {
        Ok(Value::Null) => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            response
        }
        Ok(output) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            respond(status, "application/json", output.to_string())
        }
        Err(fault) => {
            let side = if fault.status < 500 { "User" } else { "Service" };
            let body = json!({"Type": side, "message": fault.message});
            let mut response = respond(fault.http_status(), "application/json", body.to_string());
            if let Ok(code) = HeaderValue::from_str(&fault.code) {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            response
        }
    }
}

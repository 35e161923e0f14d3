//! What the answer of a Lambda proxy integration becomes ("Output format of a Lambda function for proxy integration").

use super::media;
use crate::wire::{HttpResponse, whole_body};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

/// Why an answer cannot be passed on, for the cloud's own log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// 502.
    #[error("malformed Lambda proxy response: {0}")]
    Malformed(String),
    /// 500: an API configuration error.
    #[error("isBase64Encoded is true but the body is no base64")]
    NotBase64,
}

fn malformed(what: impl Into<String>) -> BadAnswer {
    BadAnswer::Malformed(what.into())
}

/// Maps the payload of a function. `accept` is the caller's header, which decides about binary answers.
///
/// # Errors
/// See [`BadAnswer`].
pub fn map(payload: &[u8], binary_media_types: &[String], accept: &str) -> Result<HttpResponse, BadAnswer> {
    let answer: Value = serde_json::from_slice(payload).map_err(|error| malformed(format!("no JSON: {error}")))?;
    let Value::Object(answer) = answer else { return Err(malformed("not an object")) };
    const MEMBERS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];
    if let Some(other) = answer.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
        return Err(malformed(format!("member {other}; allowed are {}", MEMBERS.join(", "))));
    }
    let text = match answer.get("body") {
        None | Some(Value::Null) => "",
        Some(Value::String(body)) => body,
        Some(_) => return Err(malformed("body is not a string")),
    };
    let encoded = match answer.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(encoded)) => *encoded,
        Some(_) => return Err(malformed("isBase64Encoded is not a boolean")),
    };
    // Only a caller that accepts one of the binary media types gets the bytes.
    let body = if encoded && media::matches(binary_media_types, accept) {
        Bytes::from(STANDARD.decode(text).map_err(|_| BadAnswer::NotBase64)?)
    } else {
        Bytes::from(text.to_owned())
    };
    let mut response = http::Response::new(whole_body(body));
    *response.status_mut() = status(answer.get("statusCode"))?;
    let headers = response.headers_mut();
    merged_headers(headers, &answer)?;
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Reads the status: a number or a numeric string; 200 when there is none.
fn status(code: Option<&Value>) -> Result<http::StatusCode, BadAnswer> {
    let code = match code {
        None | Some(Value::Null) => 200,
        Some(Value::Number(code)) => code.as_u64().unwrap_or(0),
        Some(Value::String(code)) => code.parse().unwrap_or(0),
        Some(_) => 0,
    };
    u16::try_from(code)
        .ok()
        .filter(|code| (200..600).contains(code))
        .and_then(|code| http::StatusCode::from_u16(code).ok())
        .ok_or_else(|| malformed("statusCode is no status of 200 to 599"))
}

/// Adds the headers of both members: those of `multiValueHeaders` come first, and what `headers` has too counts once ("Output
/// format of a Lambda function for proxy integration").
fn merged_headers(headers: &mut HeaderMap, answer: &Map<String, Value>) -> Result<(), BadAnswer> {
    for (name, values) in members(answer.get("multiValueHeaders"), "multiValueHeaders")? {
        let Value::Array(values) = values else {
            return Err(malformed(format!("multiValueHeaders.{name} is no list")));
        };
        let Some(name) = header_name(name)? else { continue };
        for value in values {
            headers.append(name.clone(), header_value(value)?);
        }
    }
    for (name, value) in members(answer.get("headers"), "headers")? {
        let Some(name) = header_name(name)? else { continue };
        let value = header_value(value)?;
        if !headers.get_all(&name).iter().any(|known| *known == value) {
            headers.append(name, value);
        }
    }
    Ok(())
}

fn members<'a>(
    given: Option<&'a Value>,
    what: &str,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, BadAnswer> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    match given {
        None | Some(Value::Null) => Ok(NONE.iter()),
        Some(Value::Object(members)) => Ok(members.iter()),
        Some(_) => Err(malformed(format!("{what} is not an object"))),
    }
}

fn header_value(value: &Value) -> Result<HeaderValue, BadAnswer> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => return Err(malformed("a header value is not a string, a number or a boolean")),
    };
    HeaderValue::try_from(text).map_err(|_| malformed("a header value has a character that HTTP does not allow"))
}

/// Headers that the gateway sets itself are passed on under another name; those of the connection are dropped ("Important
/// notes", "REST APIs").
fn header_name(name: &str) -> Result<Option<HeaderName>, BadAnswer> {
    let lower = name.to_ascii_lowercase();
    let name = match lower.as_str() {
        "te" | "transfer-encoding" | "upgrade" | "keep-alive" => return Ok(None),
        "authorization" | "connection" | "content-length" | "content-md5" | "date" | "expect" | "host"
        | "max-forwards" | "proxy-authenticate" | "server" | "trailer" | "user-agent" | "via" | "warning"
        | "www-authenticate" | "x-amzn-requestid" => format!("x-amzn-remapped-{lower}"),
        _ => lower,
    };
    HeaderName::try_from(name.as_str()).map(Some).map_err(|_| malformed(format!("'{name}' is no header name")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    async fn show(payload: &Value, accept: &str) -> String {
        let types = ["image/*".to_owned()];
        let response = match map(payload.to_string().as_bytes(), &types, accept) {
            Ok(response) => response,
            Err(error) => return error.to_string(),
        };
        let (parts, body) = response.into_parts();
        let mut headers: Vec<String> =
            parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        // The values of one name keep their order.
        headers.sort_by(|a, b| a.split(':').next().cmp(&b.split(':').next()));
        let body = body.collect().await.unwrap().to_bytes();
        format!("{} [{}] {}", parts.status.as_u16(), headers.join(", "), body.escape_ascii())
    }

    #[tokio::test]
    async fn answers() {
        for (payload, accept, expected) in [
            (json!({}), "", "200 [content-type: application/json] "),
            (json!({"statusCode": 201, "body": "hi"}), "", "201 [content-type: application/json] hi"),
            (json!({"statusCode": "404", "body": null}), "", "404 [content-type: application/json] "),
            (
                json!({"statusCode": 200, "headers": {"Content-Type": "text/plain", "X-A": 1, "X-B": true}, "body": "ü"}),
                "",
                "200 [content-type: text/plain, x-a: 1, x-b: true] \\xc3\\xbc",
            ),
            (
                json!({"statusCode": 200, "headers": {"x-a": "1"}, "multiValueHeaders": {"X-A": ["2", "3"], "Set-Cookie": ["a", "b"]}}),
                "",
                "200 [content-type: application/json, set-cookie: a, set-cookie: b, x-a: 2, x-a: 3, x-a: 1] ",
            ),
            (
                json!({"headers": {"tEst": "solo", "x-a": "2"}, "multiValueHeaders": {"tesT": ["multi"], "X-A": ["2"]}}),
                "",
                "200 [content-type: application/json, test: multi, test: solo, x-a: 2] ",
            ),
            (
                json!({"headers": {"Server": "me", "Date": "now", "Transfer-Encoding": "chunked", "Content-Length": "99"}}),
                "",
                "200 [content-type: application/json, x-amzn-remapped-content-length: 99, x-amzn-remapped-date: now, x-amzn-remapped-server: me] ",
            ),
            (
                json!({"body": "AP8=", "isBase64Encoded": true}),
                "image/png",
                "200 [content-type: application/json] \\x00\\xff",
            ),
            (
                json!({"body": "AP8=", "isBase64Encoded": true}),
                "text/html",
                "200 [content-type: application/json] AP8=",
            ),
            (
                json!({"body": "AP8=", "isBase64Encoded": false}),
                "image/png",
                "200 [content-type: application/json] AP8=",
            ),
            (
                json!({"body": "?", "isBase64Encoded": true}),
                "image/png",
                "isBase64Encoded is true but the body is no base64",
            ),
            (json!("text"), "", "malformed Lambda proxy response: not an object"),
            (json!(null), "", "malformed Lambda proxy response: not an object"),
            (
                json!({"message": "hello"}),
                "",
                "malformed Lambda proxy response: member message; allowed are statusCode, headers, multiValueHeaders, body, isBase64Encoded",
            ),
            (json!({"statusCode": 1000}), "", "malformed Lambda proxy response: statusCode is no status of 200 to 599"),
            (json!({"statusCode": 101}), "", "malformed Lambda proxy response: statusCode is no status of 200 to 599"),
            (json!({"statusCode": -1}), "", "malformed Lambda proxy response: statusCode is no status of 200 to 599"),
            (json!({"statusCode": "ok"}), "", "malformed Lambda proxy response: statusCode is no status of 200 to 599"),
            (json!({"body": {"a": 1}}), "", "malformed Lambda proxy response: body is not a string"),
            (
                json!({"headers": {"x": [1]}}),
                "",
                "malformed Lambda proxy response: a header value is not a string, a number or a boolean",
            ),
            (
                json!({"headers": {"x": "a\r\nb: c"}}),
                "",
                "malformed Lambda proxy response: a header value has a character that HTTP does not allow",
            ),
            (json!({"headers": {"a b": "c"}}), "", "malformed Lambda proxy response: 'a b' is no header name"),
            (json!({"headers": ["a"]}), "", "malformed Lambda proxy response: headers is not an object"),
            (
                json!({"multiValueHeaders": {"a": "b"}}),
                "",
                "malformed Lambda proxy response: multiValueHeaders.a is no list",
            ),
        ] {
            assert_eq!(show(&payload, accept).await, expected, "{payload}");
        }
        assert!(map(b"{oops", &[], "").is_err());
    }
}

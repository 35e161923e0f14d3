//! What is wrong with a signature that names nobody, in DynamoDB's words: those that the tests of dynalite saw
//! (<https://github.com/architect/dynalite>, `test/connection.js`).

use super::error::ServiceError;
use super::http::HttpRequest;
use http::header::{AUTHORIZATION, DATE};
use std::borrow::Cow;

/// What a signature consists of in the header, in the order in which it is missed.
const IN_HEADER: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
/// What it consists of in the query.
const IN_QUERY: [&str; 5] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];

/// Returns the error for a request whose signature has no credential scope.
pub(crate) fn signature_fault(request: &HttpRequest) -> ServiceError {
    let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let query: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).collect();
    let in_query = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_ref());
    match (header, in_query(IN_QUERY[0])) {
        (Some(_), Some(_)) => {
            let message = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
            ServiceError::new(400, "InvalidSignatureException", message)
        }
        (Some(header), None) if header.starts_with("AWS4-") => incomplete_header(request, header),
        (None, Some(_)) => {
            let missing = IN_QUERY.iter().filter(|name| in_query(name).is_none_or(str::is_empty));
            let mut words: Vec<String> =
                missing.map(|name| format!("AWS query-string parameters must include '{name}'.")).collect();
            words.push("Re-examine the query-string parameters.".to_owned());
            incomplete(&words)
        }
        _ => ServiceError::new(400, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    }
}

fn incomplete_header(request: &HttpRequest, header: &str) -> ServiceError {
    let given = |name: &&str| header.split([' ', ',']).any(|part| part.split('=').next() == Some(*name));
    let mut words: Vec<String> = IN_HEADER
        .iter()
        .filter(|name| !given(name))
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !request.headers().contains_key("x-amz-date") && !request.headers().contains_key(DATE) {
        let both = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
        words.push(both.to_owned());
    }
    if words.is_empty() {
        words.push(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.".to_owned(),
        );
    }
    words.push(format!("Authorization={header}"));
    incomplete(&words)
}

fn incomplete(words: &[String]) -> ServiceError {
    ServiceError::new(400, "IncompleteSignatureException", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn what_is_missing_is_said() {
        let all = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
                   Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a \
                   'X-Amz-Date' or a 'Date' header. Authorization=AWS4-";
        let none_in_query = "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must \
                             include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS \
                             query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must \
                             include 'X-Amz-Date'. Re-examine the query-string parameters.";
        let one_in_query = "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string \
                            parameters.";
        let two = "AWS4- Signature=b, Credential=a";
        let (missing, incomplete) = ("MissingAuthenticationTokenException", "IncompleteSignatureException");
        let token = "Request is missing Authentication Token";
        for (path, header, date, code, message) in [
            ("/", None, None, missing, token.to_owned()),
            ("/", Some("AWS4"), None, missing, token.to_owned()),
            ("/?X-Amz-Algorith", Some("X"), None, missing, token.to_owned()),
            (
                "/?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d",
                None,
                None,
                missing,
                token.to_owned(),
            ),
            (
                "/?X-Amz-Algorithm",
                Some("X"),
                None,
                "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.".to_owned(),
            ),
            ("/", Some("AWS4-"), None, incomplete, all.to_owned()),
            (
                "/",
                Some(two),
                Some("a"),
                incomplete,
                format!("Authorization header requires 'SignedHeaders' parameter. Authorization={two}"),
            ),
            ("/?X-Amz-Algorithm", None, None, incomplete, none_in_query.to_owned()),
            (
                "/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d",
                None,
                None,
                incomplete,
                one_in_query.to_owned(),
            ),
        ] {
            let mut request = http::Request::builder().uri(path);
            for (name, value) in [(AUTHORIZATION, header), (DATE, date)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let fault = signature_fault(&request.body(Bytes::new()).expect("a request"));
            assert_eq!((fault.status, fault.code.as_str(), fault.message), (400, code, message), "{path} {header:?}");
        }
    }
}

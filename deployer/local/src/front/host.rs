//! Which names this cloud answers to. A page in a browser can make any name point to 127.0.0.1; it cannot make the
//! browser send another `Host` than that name.

use crate::dashboard;
use crate::wire::HttpRequest;
use http::header::{HOST, ORIGIN};

/// A name that was accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostName {
    /// The API of `{apiId}.execute-api.localhost`.
    pub execute_api: Option<String>,
    /// The dashboard's own, on which no API is served.
    pub is_dashboard: bool,
}

/// Reads the name that a request is for; `None` when it is not meant for this machine.
pub(super) fn check(request: &HttpRequest) -> Option<HostName> {
    let host = match request.uri().authority() {
        Some(authority) => authority.host(),
        None => without_port(request.headers().get(HOST)?.to_str().ok()?),
    };
    let host = host.to_ascii_lowercase();
    if matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") {
        return Some(HostName { execute_api: None, is_dashboard: false });
    }
    let subdomain = host.strip_suffix(".localhost")?;
    let execute_api = subdomain.strip_suffix(".execute-api").map(str::to_owned);
    Some(HostName { execute_api, is_dashboard: subdomain == dashboard::SUBDOMAIN })
}

/// Tells whether a page in a browser sends a request, which no page has to: what is served beside deployed APIs would be open to the pages
/// of their functions. Browsers say it of every request to this machine.
pub(super) fn is_of_a_page(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site");
    request.headers().contains_key(ORIGIN) || site.is_some_and(|site| site != "none")
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn accepted(host: &str) -> Option<Option<String>> {
        let request = http::Request::builder().header(HOST, host).body(Bytes::new()).unwrap();
        check(&request).map(|host| host.execute_api)
    }

    #[test]
    fn only_this_machine() {
        for host in ["localhost", "localhost:80", "127.0.0.1:4566", "[::1]", "[::1]:4566", "LOCALHOST"] {
            assert_eq!(accepted(host), Some(None), "{host}");
        }
        assert_eq!(accepted("dynamodb.localhost:1"), Some(None));
        assert_eq!(accepted("abc123.execute-api.localhost:1"), Some(Some("abc123".into())));
        for host in
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", ".localhost.x"]
        {
            assert_eq!(accepted(host), None, "{host}");
        }
    }
}

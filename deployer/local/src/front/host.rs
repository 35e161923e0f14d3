//! Which names this cloud answers to. A page in a browser can make any name point to 127.0.0.1; it cannot make the
//! browser send another `Host` than that name.

use crate::wire::HttpRequest;
use http::header::HOST;

/// A name that was accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostName {
    /// The API of `{apiId}.execute-api.localhost`.
    pub execute_api: Option<String>,
}

/// Reads the name that a request is for; `None` when it is not meant for this machine.
pub(super) fn check(request: &HttpRequest) -> Option<HostName> {
    let host = match request.uri().authority() {
        Some(authority) => authority.host(),
        None => without_port(request.headers().get(HOST)?.to_str().ok()?),
    };
    let host = host.to_ascii_lowercase();
    if matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") {
        return Some(HostName { execute_api: None });
    }
    let subdomain = host.strip_suffix(".localhost")?;
    Some(HostName { execute_api: subdomain.strip_suffix(".execute-api").map(str::to_owned) })
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

//! The credential scope of a signature: it names the region and the service. The signature itself is not verified,
//! because there is no secret to verify it with.

use super::http::HttpRequest;
use http::header::AUTHORIZATION;

/// Who signed, for where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialScope {
    /// The access key id.
    pub access_key: String,
    /// `eu-west-1`.
    pub region: String,
    /// The signing name: `lambda`, `apigateway`, `dynamodb` …
    pub service: String,
}

/// No region and no service has a longer name; regions become names of files.
const MAX_NAME: usize = 32;

impl CredentialScope {
    /// Reads `AWS4-HMAC-SHA256 Credential=<credential>, …`.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        Self::parse(header.split_once("Credential=")?.1.split([',', ' ']).next()?)
    }

    /// Reads `<key>/<date>/<region>/<service>/aws4_request`.
    pub fn parse(credential: &str) -> Option<Self> {
        // An access key may hold slashes of its own (tokens made by other tools), the rest may not.
        let mut parts = credential.rsplitn(5, '/');
        let ("aws4_request", service, region, _date, access_key) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?)
        else {
            return None;
        };
        let plain = |text: &str| {
            (1..=MAX_NAME).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        (plain(region) && plain(service)).then(|| Self {
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn scope(authorization: &str) -> Option<CredentialScope> {
        CredentialScope::of(&http::Request::builder().header(AUTHORIZATION, authorization).body(Bytes::new()).unwrap())
    }

    #[test]
    fn names_region_and_service() {
        let found = scope(
            "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
        );
        assert_eq!(
            found,
            Some(CredentialScope { access_key: "local".into(), region: "eu-west-1".into(), service: "lambda".into() })
        );
    }

    #[test]
    fn refuses_what_is_no_scope() {
        for broken in [
            "",
            "Bearer x",
            "AWS4-HMAC-SHA256 Credential=local",
            "AWS4-HMAC-SHA256 Credential=local/20260101/../lambda/aws4_request",
            "AWS4-HMAC-SHA256 Credential=local/20260101//lambda/aws4_request",
            "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/lambda/aws3_request",
        ] {
            assert_eq!(scope(broken), None, "{broken}");
        }
    }
}

//! Who signed a request to a route that wants a signature ("AWS_IAM").
//!
//! The signature itself is not verified: there is no secret to verify it with.

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use crate::arn::ACCOUNT;
use crate::state::{CallerIdentity, RestrictedCallers};
use crate::store::CloudDocument;
use crate::wire::CredentialScope;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody who signed.
#[derive(Clone, Debug)]
pub struct RequestSigner {
    /// Whose key it is.
    pub caller: CallerIdentity,
    access_key: String,
    region: String,
}

impl RequestSigner {
    /// Reads the signature, which stands in the header or in the query.
    ///
    /// # Errors
    /// `MISSING_AUTHENTICATION_TOKEN` without one, `INVALID_SIGNATURE` when it lacks a part or is for another region or service.
    pub fn of(
        incoming: &IncomingRequest,
        region: &str,
        callers: &RestrictedCallers,
        document: &CloudDocument,
    ) -> Result<Self, GatewayRefusal> {
        let query = |name: &str| incoming.query.get(name).and_then(|values| values.last()).map(String::as_str);
        let credential = match (incoming.header("authorization"), query("X-Amz-Credential"), query("X-Amz-Signature")) {
            (Some(header), ..) => {
                let dated = incoming.header("x-amz-date").or_else(|| incoming.header("date")).is_some();
                credential(header, dated).map_err(GatewayRefusal::incomplete_signature)?
            }
            (None, Some(credential), Some(_)) => credential,
            _ => return Err(GatewayRefusal::MISSING_TOKEN),
        };
        let scope = CredentialScope::parse(credential).ok_or_else(|| {
            GatewayRefusal::incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            ))
        })?;
        if scope.region != region {
            let message = format!("Credential should be scoped to a valid region, not '{}'. ", scope.region);
            return Err(GatewayRefusal::invalid_signature(message));
        }
        if scope.service != "execute-api" {
            let message = "Credential should be scoped to correct service: 'execute-api'. ".to_owned();
            return Err(GatewayRefusal::invalid_signature(message));
        }
        Ok(Self { caller: callers.of(&scope.access_key, document), access_key: scope.access_key, region: scope.region })
    }

    /// Completes `requestContext.identity` with who it is.
    pub fn identify(&self, identity: &mut Value) {
        let id = self.caller.user_id();
        for (member, value) in [
            ("accessKey", self.access_key.as_str()),
            ("accountId", ACCOUNT),
            ("caller", id.as_str()),
            ("user", id.as_str()),
            ("userArn", self.caller.arn(&self.region).as_str()),
        ] {
            identity[member] = json!(value);
        }
    }
}

/// Returns the credential of an `Authorization` header.
fn credential(header: &str, dated: bool) -> Result<&str, String> {
    let hash = || STANDARD.encode(Sha256::digest(header));
    let (scheme, pairs) = header.split_once(' ').unwrap_or((header, ""));
    let mut found: [Option<&str>; 3] = [None; 3];
    const NAMES: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
    for pair in pairs.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with \
                 Base64): '{}'.",
                hash()
            ));
        };
        if let Some(at) = NAMES.iter().position(|known| *known == name && scheme == "AWS4-HMAC-SHA256") {
            found[at] = Some(value);
        }
    }
    let missing: String = NAMES
        .iter()
        .zip(found)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
        .chain((!dated).then(|| {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ".to_owned()
        }))
        .collect();
    match found[0] {
        Some(credential) if missing.is_empty() => Ok(credential),
        _ => Err(format!("{missing}(Hashed with SHA-256 and encoded with Base64) Authorization={}", hash())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::fixture;

    fn signed(headers: &[(&str, &str)], query: &str) -> String {
        let (document, _) = fixture::api(Vec::new());
        let incoming = fixture::request("GET", &format!("/orders{query}"), headers, b"");
        match RequestSigner::of(&incoming, "ap-south-1", &RestrictedCallers::default(), &document) {
            Ok(signer) => {
                let mut identity = json!({});
                signer.identify(&mut identity);
                identity.to_string()
            }
            Err(refusal) => format!("{}: {}", refusal.error_type, refusal.message),
        }
    }

    #[test]
    fn what_is_a_signature() {
        let date = ("x-amz-date", "20260101T000000Z");
        let with = |scope: &str| format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let key = "AKIA1/20260101";
        let identity = r#"{"accessKey":"AKIA1","accountId":"000000000000","caller":"AIDALOCALUSER00000000","user":"AIDALOCALUSER00000000","userArn":"arn:aws:iam::000000000000:user/local"}"#;
        let right = format!("{key}/ap-south-1/execute-api/aws4_request");
        assert_eq!(signed(&[("authorization", &with(&right)), date], ""), identity);
        assert_eq!(signed(&[], &format!("?X-Amz-Credential={right}&X-Amz-Signature=0")), identity);
        let hash = |header: &str| STANDARD.encode(Sha256::digest(header));
        let all = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
                   parameter. Authorization header requires 'SignedHeaders' parameter. ";
        for (header, expected) in [
            (
                "foo".to_owned(),
                format!(
                    "IncompleteSignatureException: {all}(Hashed with SHA-256 and encoded with Base64) Authorization={}",
                    hash("foo")
                ),
            ),
            (
                "Bearer abc".to_owned(),
                format!(
                    "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in Authorization header \
                     (hashed with SHA-256 and encoded with Base64): '{}'.",
                    hash("Bearer abc")
                ),
            ),
            (
                with("AKIA1"),
                "IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got 'AKIA1'"
                    .to_owned(),
            ),
            (
                with(&format!("{key}/eu-west-1/execute-api/aws4_request")),
                "InvalidSignatureException: Credential should be scoped to a valid region, not 'eu-west-1'. "
                    .to_owned(),
            ),
            (
                with(&format!("{key}/ap-south-1/lambda/aws4_request")),
                "InvalidSignatureException: Credential should be scoped to correct service: 'execute-api'. ".to_owned(),
            ),
        ] {
            assert_eq!(signed(&[("authorization", &header), date], ""), expected, "{header}");
        }
        assert!(signed(&[("authorization", &with(&right))], "").contains("either a 'X-Amz-Date' or a 'Date' header"));
        assert!(signed(&[], "").starts_with("MissingAuthenticationTokenException"));
    }
}

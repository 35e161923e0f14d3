//! What is wrong with credentials, in words that say what to do.

/// What to do about credentials that have ended.
pub const RENEW: &str = "The credentials have expired: log in again (`aws sso login`, or a new session token) and repeat the command; it looks at what is there and goes on from that.";

/// Explains why there are no credentials, from what the SDK says about its chain of sources.
pub(super) fn explain(causes: &str, root: &str) -> String {
    // The metadata of an instance are asked for last: what they say is about no instance, most of the time.
    if !causes.contains("no credentials found in chain") && !causes.contains("IMDS") {
        return format!("the AWS credentials could not be loaded: {root}");
    }
    "no AWS credentials were found: not in the environment (AWS_ACCESS_KEY_ID), not in a profile (~/.aws/config, ~/.aws/credentials), \
         not by a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), nor from a container or the metadata of an instance"
        .to_owned()
}

/// Says what to do about credentials that are missing (no code) or that AWS did not accept. Codes are from "Common error types" and the
/// errors of STS.
pub(super) fn hint(code: &str, message: &str) -> String {
    let clock = ["Signature expired", "Signature not yet current", "too skewed", "is later than"];
    match code {
        _ if code == "RequestTimeTooSkewed" || clock.iter().any(|words| message.contains(words)) => {
            "This machine's clock differs from AWS's by more than AWS takes: set it (`timedatectl`, NTP) and repeat the command.".to_owned()
        }
        _ if code.starts_with("Expired") || code == "RequestExpired" || message.contains("has expired") => {
            RENEW.to_owned()
        }
        "" => "Set AWS_PROFILE or --profile (`aws configure sso`), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use `--local`, which needs none.".to_owned(),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
            "The secret does not belong to the access key: look for a letter or a line end that was lost or added in AWS_SECRET_ACCESS_KEY or in the profile. A proxy that rewrites requests does the same.".to_owned()
        }
        "MissingAuthenticationToken" | "MissingAuthenticationTokenException" => {
            "The request arrived without its signature: check --endpoint-url, AWS_ENDPOINT_URL and proxies on the way.".to_owned()
        }
        _ => "AWS does not know these credentials: the access key was deleted, belongs to a session whose AWS_SESSION_TOKEN is not set, or the account has not enabled this region. `aws sts get-caller-identity` tells which it is.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_credentials_says_what_to_do() {
        for (code, message, says) in [
            ("ExpiredToken", "The security token included in the request is expired", "aws sso login"),
            ("ExpiredTokenException", "", "aws sso login"),
            ("RequestExpired", "Request has expired.", "aws sso login"),
            ("", "the SSO token has expired and cannot be refreshed", "aws sso login"),
            ("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than …", "clock"),
            ("InvalidSignatureException", "Signature not yet current: 2026… is still later than …", "clock"),
            (
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                "clock",
            ),
            ("SignatureDoesNotMatch", "The request signature we calculated does not match", "AWS_SECRET_ACCESS_KEY"),
            ("InvalidClientTokenId", "The security token included in the request is invalid.", "AWS_SESSION_TOKEN"),
            ("UnrecognizedClientException", "", "enabled this region"),
            ("MissingAuthenticationToken", "", "--endpoint-url"),
            ("", "no AWS credentials were found", "--profile"),
        ] {
            let hint = hint(code, message);
            assert!(hint.contains(says), "{code} {message}: {hint}");
        }
    }

    #[test]
    fn no_source_at_all_is_told_from_one_that_failed() {
        assert!(
            explain("no credentials found in chain", "")
                .starts_with("no AWS credentials were found: not in the environment")
        );
        assert_eq!(
            explain("other: the SSO token has expired", "it has expired"),
            "the AWS credentials could not be loaded: it has expired"
        );
    }
}

//! What of a request's address is kept: secrets in it are not.

/// Words that make a parameter a secret, wherever they stand in its name.
const ANYWHERE: &[&str] = &["secret", "token", "passw", "passphrase", "credential", "private", "apikey", "accesskey"];
/// Words that do so when they are a whole part of the name, as in `api_key`, not in `monkey`.
const WHOLE: &[&str] = &["key", "pass", "pwd", "pin", "auth", "signature", "sig", "cookie", "code", "session"];

/// Returns a path with its query as it was sent, `…` in the place of values whose names look like a secret.
pub(crate) fn shown_target(path: &str, query: Option<&str>) -> String {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return path.to_owned() };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && looks_secret(name) => format!("{name}=…"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// Tells whether a value of this name, which may be percent-encoded, is better not shown.
pub(crate) fn looks_secret(name: &str) -> bool {
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    ANYWHERE.iter().any(|word| name.contains(word))
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| WHOLE.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::shown_target;

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        for (query, shown) in [
            ("status=PENDING&limit=5", "/o?status=PENDING&limit=5"),
            ("api_key=abc&x=1", "/o?api_key=…&x=1"),
            ("X-Amz-Signature=abc&accessToken=d&monkey=e", "/o?X-Amz-Signature=…&accessToken=…&monkey=e"),
            ("pass%77ord=abc", "/o?pass%77ord=…"),
            ("token&token=", "/o?token&token="),
            ("", "/o"),
        ] {
            assert_eq!(shown_target("/o", Some(query)), shown);
        }
        assert_eq!(shown_target("/o", None), "/o");
    }
}

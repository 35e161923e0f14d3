//! Binary media types.

/// Is a `Content-Type` or the first type of an `Accept` one of these? `*/*` and `image/*` are wildcards; parameters such as
/// `charset` do not count.
pub fn matches(types: &[String], header: &str) -> bool {
    let first = header.split([',', ';']).next().unwrap_or_default().trim();
    types.iter().any(|wanted| match wanted.strip_suffix("/*") {
        Some("*") => true,
        Some(family) => first.split_once('/').is_some_and(|(found, _)| found.eq_ignore_ascii_case(family)),
        // A wildcard stands for a whole type or for nothing: `*/test` matches not even itself.
        None => !wanted.starts_with("*/") && wanted.eq_ignore_ascii_case(first),
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn media_types() {
        for (wanted, header, expected) in [
            ("image/png", "image/png", true),
            ("image/png", "IMAGE/PNG; q=1", true),
            ("image/png", "image/png, text/html", true),
            ("image/png", "text/html, image/png", false),
            ("image/*", "image/gif", true),
            ("image/*", "imagery", false),
            ("*/*", "anything", true),
            ("*/*", "", true),
            ("*/test", "*/test", false),
            ("*/test", "image/test", false),
            ("image/png", "", false),
        ] {
            assert_eq!(matches(&[wanted.to_owned()], header), expected, "{wanted} {header}");
        }
        assert!(!matches(&[], "image/png"));
    }
}

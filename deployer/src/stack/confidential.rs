//! Values that are better not shown: environment variables whose names or values look like a secret.

use super::node::{TextSpan, TomlNode, TomlTable, TomlValue};

/// Table whose members are environment variables.
pub const ENVIRONMENT: &str = "environment";

/// Words that make a variable a secret, wherever they stand in its name.
const ANYWHERE: &[&str] = &["SECRET", "TOKEN", "PASSW", "PASSPHRASE", "CREDENTIAL", "PRIVATE", "APIKEY", "ACCESSKEY"];
/// Words that do so when they are a whole part of the name, as in `STRIPE_KEY`, not in `MONKEY`.
const WHOLE: &[&str] = &["KEY", "KEYS", "PASS", "PWD", "PIN", "AUTH", "DSN", "SALT", "COOKIE", "SIGNATURE"];

/// Tells whether the value of the variable `name` is better not shown.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ANYWHERE.iter().any(|word| name.contains(word))
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| WHOLE.contains(&part))
}

/// Tells whether a value is a secret whatever it is called: a key in PEM, or an address with a password in it.
pub fn carries_secret(text: &str) -> bool {
    let credentials = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    text.contains("-----BEGIN") || credentials.is_some_and(|authority| authority.contains('@'))
}

/// Returns the values of variables that look like a secret. A table says where one comes from: that may be seen.
pub(super) fn values(table: &TomlTable) -> Vec<TomlNode> {
    let mut found = Vec::new();
    for (key, entry) in table.iter() {
        let TomlValue::Table(members) = &entry.node.value else { continue };
        if key != ENVIRONMENT {
            found.extend(values(members));
            continue;
        }
        for (name, variable) in members.iter() {
            let is_secret = looks_secret(name) || variable.node.text().is_some_and(|(text, _)| carries_secret(text));
            match &variable.node.value {
                TomlValue::Table(_) => {}
                TomlValue::List(elements) if is_secret => {
                    found.extend(elements.iter().chain([&variable.node]).cloned())
                }
                _ if is_secret => found.push(variable.node.clone()),
                _ => {}
            }
        }
    }
    found
}

/// Returns the places of such values line by line, for a text that is no TOML.
pub(super) fn places(text: &str) -> Vec<TextSpan> {
    let (mut found, mut start, mut is_inside) = (Vec::new(), 0, false);
    for line in text.split_inclusive('\n') {
        let written = line.trim();
        if let Some(header) = written.strip_prefix('[') {
            is_inside = header.trim_end_matches(']').rsplit('.').next().map(bare) == Some(ENVIRONMENT);
        } else if let Some((key, value)) = line.split_once('=') {
            let mut path = key.rsplit('.').map(bare);
            let name = path.next().unwrap_or_default();
            let is_variable = is_inside || path.any(|part| part == ENVIRONMENT);
            let is_secret = is_variable && (looks_secret(name) || carries_secret(value));
            let many = name == ENVIRONMENT && value.trim_start().starts_with('{');
            if many || is_secret && !value.trim_start().starts_with('{') {
                let end = start + line.trim_end().len();
                found.push(TextSpan { start: start + key.len() + 1, end });
            }
        }
        start += line.len();
    }
    found
}

/// Returns a key without blanks and quotes.
fn bare(key: &str) -> &str {
    key.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_secret() {
        for name in [
            "API_KEY",
            "STRIPE_SECRET",
            "GITHUB_TOKEN",
            "DbPassword",
            "PGPASSWORD",
            "SENTRY_DSN",
            "key",
            "aws-access-key-id",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["TABLE_NAME", "LOG_LEVEL", "MONKEY", "KEYBOARD", "AUTHOR", "PINNED", "COMPASS"] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn values_that_are_secret_whatever_their_name() {
        for (value, is_secret) in [
            ("postgres://app:hunter2@db.internal/orders", true),
            ("https://token@example.com", true),
            ("-----BEGIN PRIVATE KEY-----\n…", true),
            ("https://example.com/@user", false),
            ("ana@example.com", false),
        ] {
            assert_eq!(carries_secret(value), is_secret, "{value}");
        }
    }

    #[test]
    fn places_of_values_in_a_text_that_is_no_toml() {
        for (text, found) in [
            ("[function.api.environment]\nAPI_TOKEN = \"x\" ; y\nLOG_LEVEL = \"y\n", vec![" \"x\" ; y"]),
            ("[function.api]\nenvironment.API_TOKEN = x\nenvironment . \"DB-PASSWORD\"= y", vec![" x", " y"]),
            ("[function.api]\nenvironment = { API_TOKEN = \"x\", \n", vec![" { API_TOKEN = \"x\","]),
            ("[function.api.environment]\nDB_URL = \"postgres://a:b@c/\n", vec![" \"postgres://a:b@c/"]),
            // Where it comes from may be seen, and what is no variable.
            ("[function.api.environment]\nAPI_TOKEN = { frm = \"ssm:/x\" }\n", vec![]),
            ("[table.orders]\npartition_key = \"id\n[api]\nauth = iam\n", vec![]),
        ] {
            let texts: Vec<_> = places(text).into_iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(texts, found, "{text}");
        }
    }
}

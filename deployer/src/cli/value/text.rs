//! Values that stay text or become a number: addresses, ids, assignments.

use crate::stack::region_form;

/// Reads `NAME=VALUE`.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("write NAME=VALUE, such as env=prod")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Checks the URL of an endpoint.
pub fn endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Ok(text.to_owned())
        }
        _ => Err("write a URL with http:// or https://, such as http://127.0.0.1:4566".to_owned()),
    }
}

/// Reads a port.
pub fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

/// Checks the name of a repository on GitHub: `owner/name`.
pub fn repository(text: &str) -> Result<String, String> {
    let good = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    match text.split_once('/') {
        Some((owner, name)) if good(owner) && good(name) => Ok(text.to_owned()),
        _ => Err("not a repository: write OWNER/REPO, such as acme/orders".to_owned()),
    }
}

/// Checks the name of a region; one that is not known passes.
pub fn region(text: &str) -> Result<String, String> {
    match region_form(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(why) => Err(format!("not a region such as ap-south-1: {why}")),
    }
}

/// Checks the name of a table ("Naming rules" in the guide of DynamoDB).
pub fn table_name(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match text {
        name if (3..=255).contains(&name.len()) && name.chars().all(good) => Ok(name.to_owned()),
        _ => Err("not a table's name: write 3 to 255 letters, digits, -, _ and .".to_owned()),
    }
}

/// Checks an AWS account id.
pub fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("not an account id: it has 12 digits".to_owned())
    }
}

/// Checks the name of a snapshot, which is that of a folder.
pub fn snapshot_name(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match text {
        name if (1..=64).contains(&name.len()) && name.chars().all(good) => Ok(name.to_owned()),
        _ => Err("write 1 to 64 letters, digits, - and _, such as before-migration".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_tables() {
        let told = |text: &str| region(text).unwrap_or_else(|why| why);
        assert_eq!(told("eu-west-1"), "eu-west-1");
        assert_eq!(told("Mumbai"), "not a region such as ap-south-1: did you mean ap-south-1 (Mumbai)?");
        for (text, fine) in [("Orders-before", true), ("a.b_c", true), ("x y", false), ("ab", false), ("", false)] {
            assert_eq!(table_name(text).is_ok(), fine, "{text:?}");
        }
    }

    #[test]
    fn endpoints_and_ports() {
        for (text, fine) in [
            ("http://127.0.0.1:4566", true),
            ("https://aws.example/path", true),
            ("127.0.0.1:4566", false),
            ("http://", false),
            ("http:///x", false),
            ("ftp://x", false),
            ("http://a b", false),
            ("", false),
        ] {
            assert_eq!(endpoint(text).is_ok(), fine, "{text:?}");
        }
        for (text, fine) in
            [("1", true), ("65535", true), ("0", false), ("65536", false), ("-1", false), ("http", false)]
        {
            assert_eq!(port(text).is_ok(), fine, "{text:?}");
        }
    }
}

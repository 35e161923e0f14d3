//! The condition operators of policy statements that are judged.

use super::pattern::{arn_like, like};
use serde_json::Value;
use std::net::IpAddr;

/// Does a condition hold for the value of its key? `None`: the operator is not known here.
pub(super) fn holds(operator: &str, found: Option<&str>, wanted: &[Value]) -> Option<bool> {
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    if operator == "Null" {
        return Some(wanted.iter().any(|wanted| text(wanted) == found.is_none().to_string()));
    }
    let (negated, is): (bool, fn(&str, &str) -> bool) = match operator {
        "StringEquals" => (false, |wanted, found| wanted == found),
        "StringNotEquals" => (true, |wanted, found| wanted == found),
        "StringEqualsIgnoreCase" => (false, str::eq_ignore_ascii_case),
        "StringNotEqualsIgnoreCase" => (true, str::eq_ignore_ascii_case),
        "StringLike" => (false, like),
        "StringNotLike" => (true, like),
        "ArnEquals" | "ArnLike" => (false, arn_like),
        "ArnNotEquals" | "ArnNotLike" => (true, arn_like),
        "Bool" => (false, str::eq_ignore_ascii_case),
        "IpAddress" => (false, in_network),
        "NotIpAddress" => (true, in_network),
        _ => return None,
    };
    Some(match found {
        Some(found) => wanted.iter().any(|wanted| is(&text(wanted), found)) != negated,
        None => if_exists || negated,
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Is an address in `10.0.0.0/8`, or is it the same?
fn in_network(network: &str, address: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, ""));
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else { return false };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => (u128::from(base.to_bits()), u128::from(address.to_bits()), 32),
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let bits = if bits.is_empty() { Ok(width) } else { bits.parse::<u32>() };
    // Shifting by all 128 bits leaves nothing to compare.
    bits.is_ok_and(|bits| bits <= width && ((base ^ address).checked_shr(width - bits).unwrap_or(0)) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operators() {
        for (operator, found, wanted, expected) in [
            ("StringEquals", Some("a"), json!("a"), Some(true)),
            ("StringEquals", Some("A"), json!("a"), Some(false)),
            ("StringEquals", None, json!("a"), Some(false)),
            ("StringEqualsIfExists", None, json!("a"), Some(true)),
            ("StringNotEquals", None, json!("a"), Some(true)),
            ("StringNotEquals", Some("a"), json!("a"), Some(false)),
            ("StringLike", Some("abc"), json!("a*"), Some(true)),
            ("Bool", Some("true"), json!(true), Some(true)),
            ("Null", None, json!("true"), Some(true)),
            ("Null", Some("x"), json!(true), Some(false)),
            ("IpAddress", Some("127.0.0.1"), json!("127.0.0.0/8"), Some(true)),
            ("IpAddress", Some("127.0.0.1"), json!("127.0.0.1"), Some(true)),
            ("IpAddress", Some("127.0.0.1"), json!("0.0.0.0/0"), Some(true)),
            ("IpAddress", Some("127.0.0.1"), json!("128.0.0.0/1"), Some(false)),
            ("IpAddress", Some("127.0.0.1"), json!("127.0.0.0/33"), Some(false)),
            ("IpAddress", Some("::1"), json!("::/0"), Some(true)),
            ("IpAddress", Some("::1"), json!("127.0.0.0/8"), Some(false)),
            ("NotIpAddress", Some("127.0.0.1"), json!("10.0.0.0/8"), Some(true)),
            ("NumericLessThan", Some("1"), json!(2), None),
        ] {
            assert_eq!(
                holds(operator, found, std::slice::from_ref(&wanted)),
                expected,
                "{operator} {found:?} {wanted}"
            );
        }
    }
}

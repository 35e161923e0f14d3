//! What a message says beside its text, and the MD5 by which SDKs see that it arrived whole.

use super::lookup::invalid;
use crate::wire::{ServiceError, ServiceResult};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// How many there may be.
const MOST: usize = 10;

/// Returns the MD5 of bytes as SQS writes it.
pub(crate) fn digest(bytes: impl AsRef<[u8]>) -> String {
    format!("{:x}", md5::compute(bytes))
}

/// Returns the MD5 of attributes: of lengths, names, types and values in the order of the names ("Calculating the MD5 message digest
/// for message attributes"). `None` when there are none.
pub(crate) fn digest_attributes(attributes: &Map<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut sorted: Vec<(&String, &Value)> = attributes.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut bytes = Vec::new();
    let add = |bytes: &mut Vec<u8>, part: &[u8]| {
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(part);
    };
    for (name, attribute) in sorted {
        let (kind, value) = value(attribute);
        add(&mut bytes, name.as_bytes());
        add(&mut bytes, attribute["DataType"].as_str().unwrap_or_default().as_bytes());
        bytes.push(kind);
        add(&mut bytes, &value);
    }
    Some(digest(bytes))
}

/// Returns whether an attribute is text (1) or bytes (2), and its bytes.
fn value(attribute: &Value) -> (u8, Vec<u8>) {
    match attribute["BinaryValue"].as_str() {
        Some(bytes) => (2, STANDARD.decode(bytes).unwrap_or_default()),
        None => (1, attribute["StringValue"].as_str().unwrap_or_default().as_bytes().to_vec()),
    }
}

/// Returns how many bytes attributes add to a message: names, types and values.
pub(super) fn size(attributes: &Map<String, Value>) -> usize {
    let one = |(name, attribute): (&String, &Value)| {
        name.len() + attribute["DataType"].as_str().map_or(0, str::len) + value(attribute).1.len()
    };
    attributes.iter().map(one).sum()
}

/// Checks attributes of a message.
pub(super) fn check(attributes: &Map<String, Value>) -> ServiceResult<()> {
    if attributes.len() > MOST {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST}].",
            attributes.len()
        )));
    }
    attributes.iter().try_for_each(|(name, attribute)| check_one(name, attribute))
}

fn check_one(name: &str, attribute: &Value) -> ServiceResult<()> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    let lower = name.to_ascii_lowercase();
    if name.is_empty()
        || name.len() > 256
        || !name.bytes().all(allowed)
        || name.starts_with('.')
        || name.ends_with('.')
        || name.contains("..")
        || lower.starts_with("aws.")
        || lower.starts_with("amazon.")
    {
        return Err(invalid(format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, it must not begin with AWS. or Amazon., nor begin or end with a period or have periods in succession."
        )));
    }
    for member in attribute.as_object().into_iter().flatten().map(|(member, _)| member) {
        if !["DataType", "StringValue", "BinaryValue", "StringListValues", "BinaryListValues"]
            .contains(&member.as_str())
        {
            return Err(ServiceError::not_modelled(format_args!("parameter {member} of a message attribute")));
        }
    }
    let Some(kind) = attribute["DataType"].as_str().filter(|kind| !kind.is_empty()) else {
        return Err(invalid(format!(
            "The message attribute '{name}' must contain a non-empty message attribute type."
        )));
    };
    let (text, bytes) = (attribute["StringValue"].as_str(), attribute["BinaryValue"].as_str());
    let fits = match kind.split('.').next().unwrap_or_default() {
        "String" => text.is_some_and(|text| !text.is_empty()) && bytes.is_none(),
        "Number" => text.is_some_and(|text| text.parse::<f64>().is_ok()) && bytes.is_none(),
        "Binary" => {
            text.is_none() && bytes.is_some_and(|bytes| STANDARD.decode(bytes).is_ok_and(|bytes| !bytes.is_empty()))
        }
        _ => {
            return Err(invalid(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    if fits {
        return Ok(());
    }
    Err(invalid(format!(
        "The message attribute '{name}' must contain a non-empty value of its type '{kind}' and no other."
    )))
}

/// Returns the attributes that are asked for, by name or by the beginning of names (`a.*`).
pub(super) fn selected(attributes: &Value, asked: &[String]) -> Map<String, Value> {
    let wanted = |name: &str| {
        asked.iter().any(|asked| match asked.as_str() {
            "All" | ".*" => true,
            other => other.strip_suffix(".*").map_or(other == name, |beginning| name.starts_with(beginning)),
        })
    };
    let all = attributes.as_object().into_iter().flatten();
    all.filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The digests are those that boto3's and the Java SDK's own tests have for the same attributes.
    #[test]
    fn digests() {
        assert_eq!(digest("hello"), "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(digest_attributes(&Map::new()), None);
        let one = json!({"timestamp": {"StringValue": "1493147359900", "DataType": "Number"}});
        let digest = digest_attributes(one.as_object().unwrap());
        assert_eq!(digest.as_deref(), Some("235c5c510d26fb653d073faed50ae77c"));
    }

    #[test]
    fn some_are_selected() {
        let all = json!({"a.b": {}, "a.c": {}, "d": {}});
        for (asked, expected) in [
            (vec![], vec![]),
            (vec!["All"], vec!["a.b", "a.c", "d"]),
            (vec!["a.*"], vec!["a.b", "a.c"]),
            (vec!["d"], vec!["d"]),
        ] {
            let asked: Vec<String> = asked.into_iter().map(str::to_owned).collect();
            assert_eq!(selected(&all, &asked).keys().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_refused() {
        for (name, attribute) in [
            ("", json!({"DataType": "String", "StringValue": "x"})),
            ("AWS.x", json!({"DataType": "String", "StringValue": "x"})),
            ("a..b", json!({"DataType": "String", "StringValue": "x"})),
            ("a", json!({"StringValue": "x"})),
            ("a", json!({"DataType": "String", "StringValue": ""})),
            ("a", json!({"DataType": "Number", "StringValue": "x"})),
            ("a", json!({"DataType": "Binary", "StringValue": "x"})),
            ("a", json!({"DataType": "Other", "StringValue": "x"})),
        ] {
            let refused = check(json!({name: attribute}).as_object().unwrap()).expect_err("it is refused");
            assert_eq!(refused.code, "InvalidParameterValueException", "{name} {attribute}");
        }
        let custom = json!({"a": {"DataType": "Number.int", "StringValue": "1"}});
        check(custom.as_object().unwrap()).expect("types may have a name behind a point");
    }
}

//! What `CreateTable`, `UpdateTable` and the operations on tags check before anything is made. The engine makes the table
//! first and looks at its tags afterwards, and it takes names that are too long.

use super::input::invalid;
use crate::wire::{ServiceResult, TagLimits, TagMap, TagMistake};
use serde_json::Value;

/// Bytes of the name of a key attribute.
const MAX_KEY_NAME: usize = 255;

/// Checks the tags in `Tags`.
pub(super) fn tags(input: &Value) -> ServiceResult<()> {
    let list = input["Tags"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let tags: TagMap = list.filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))).collect();
    let fault = match TagLimits::WORDS.check(&tags) {
        Ok(()) => return Ok(()),
        Err(TagMistake::TooMany) => format!("Too many tags: a table takes at most {}", TagLimits::COUNT),
        Err(TagMistake::Key(key)) => {
            format!("The tag key '{key}' is empty, longer than 128 characters, or has characters that are not allowed")
        }
        Err(TagMistake::Value(key, _)) => {
            format!("The value of the tag '{key}' is longer than 256 characters or has characters that are not allowed")
        }
        Err(TagMistake::Reserved(_)) => "Invalid tag name. The tag name cannot begin with 'aws:'".to_owned(),
    };
    Err(invalid(format!("One or more parameter values were invalid: {fault}")))
}

/// Checks that the ARN of a resource with tags is a table's.
pub(super) fn tagged_resource(arn: &str) -> ServiceResult<()> {
    match arn.split_once(":table/") {
        Some((_, name)) if name.contains('/') => {
            Err(invalid(format!("Invalid TableArn: Invalid ResourceArn provided as input {arn}")))
        }
        _ => Ok(()),
    }
}

/// Checks the names of attributes that are keys.
pub(super) fn key_names(input: &Value) -> ServiceResult<()> {
    let names = input["AttributeDefinitions"].as_array().into_iter().flatten().enumerate();
    for (at, definition) in names {
        let name = definition["AttributeName"].as_str().unwrap_or_default();
        if name.len() > MAX_KEY_NAME {
            return Err(invalid(format!(
                "1 validation error detected: Value '{name}' at 'attributeDefinitions.{}.member.attributeName' failed to satisfy constraint: Member must have length less than or equal to {MAX_KEY_NAME}",
                at + 1
            )));
        }
    }
    Ok(())
}

/// Checks what `UpdateTable` says of a table against what it is.
pub(super) fn update(table: &Value, input: &Value) -> ServiceResult<()> {
    let named = |list: &Value, member: &str, name: &Value| {
        list.as_array().into_iter().flatten().find(|entry| entry[member] == *name).cloned()
    };
    for definition in input["AttributeDefinitions"].as_array().into_iter().flatten() {
        let before = named(&table["AttributeDefinitions"], "AttributeName", &definition["AttributeName"]);
        if before.is_some_and(|before| before["AttributeType"] != definition["AttributeType"]) {
            return Err(invalid(format!(
                "One or more parameter values were invalid: Cannot change the type of the key attribute {}, which the table or another index uses",
                definition["AttributeName"]
            )));
        }
    }
    for update in input["GlobalSecondaryIndexUpdates"].as_array().into_iter().flatten() {
        let name = &update["Create"]["IndexName"];
        if name.is_string() && named(&table["LocalSecondaryIndexes"], "IndexName", name).is_some() {
            return Err(invalid(format!(
                "One or more parameter values were invalid: Duplicate index name: {}",
                name.as_str().unwrap_or_default()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_and_names_have_their_limits() {
        let tag = |key: &str, value: &str| json!({"Tags": [{"Key": key, "Value": value}]});
        for good in [tag("a b:c/d=+-@_.", "é"), tag("a", ""), tag("a", &"x".repeat(256)), json!({}), json!({"Tags": 5})]
        {
            tags(&good).unwrap();
        }
        let many: Vec<Value> = (0..51).map(|n| json!({"Key": n.to_string(), "Value": ""})).collect();
        for bad in [tag("aws:x", ""), tag("hi!", ""), tag("", ""), tag("a", &"x".repeat(257)), json!({"Tags": many})] {
            assert_eq!(tags(&bad).unwrap_err().code, "ValidationException", "{bad}");
        }
        let key = |length: usize| json!({"AttributeDefinitions": [{"AttributeName": "a".repeat(length)}]});
        key_names(&key(255)).unwrap();
        assert!(key_names(&key(256)).unwrap_err().message.contains("attributeDefinitions.1.member"));
    }

    #[test]
    fn an_update_fits_the_table() {
        let table = json!({
            "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
            "LocalSecondaryIndexes": [{"IndexName": "local"}],
        });
        let types = |kind: &str| json!({"AttributeDefinitions": [{"AttributeName": "p", "AttributeType": kind}]});
        let index = |name: &str| json!({"GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": name}}]});
        for good in [types("S"), index("other"), json!({})] {
            update(&table, &good).unwrap();
        }
        for bad in [types("N"), index("local")] {
            update(&table, &bad).unwrap_err();
        }
    }
}

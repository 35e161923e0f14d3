//! Patterns that choose records ("Lambda event filtering"): an object of the members that count, each with a list of what it may be.

use serde_json::{Map, Number, Value};

/// The members of rules that are objects.
const RULES: [&str; 6] = ["prefix", "suffix", "anything-but", "numeric", "exists", "equals-ignore-case"];

/// Checks a pattern.
pub(super) fn is_pattern(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|pattern| pattern.as_object().is_some_and(is_level))
}

fn is_level(members: &Map<String, Value>) -> bool {
    members.iter().all(|(name, value)| match value {
        Value::Array(levels) if name == "$or" => {
            !levels.is_empty() && levels.iter().all(|level| level.as_object().is_some_and(is_level))
        }
        Value::Array(rules) => !rules.is_empty() && rules.iter().all(is_rule),
        Value::Object(level) => !level.is_empty() && is_level(level),
        _ => false,
    })
}

fn is_rule(rule: &Value) -> bool {
    let Value::Object(members) = rule else { return !rule.is_array() };
    let mut members = members.iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else { return false };
    match name.as_str() {
        "exists" => value.is_boolean(),
        "numeric" => value.as_array().is_some_and(|parts| {
            !parts.is_empty()
                && parts.chunks(2).all(|part| {
                    matches!(part, [Value::String(sign), Value::Number(_)] if ["=", "<", "<=", ">", ">="].contains(&sign.as_str()))
                })
        }),
        "anything-but" => match value {
            Value::Array(list) => !list.is_empty() && list.iter().all(|one| one.is_string() || one.is_number()),
            Value::Object(_) => is_rule(value),
            other => other.is_string() || other.is_number(),
        },
        name => RULES.contains(&name) && value.is_string(),
    }
}

/// Tells whether a record fits one of the patterns; without any, everything does.
pub(super) fn passes(patterns: &[String], record: &Value) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|text| {
            let pattern: Value = serde_json::from_str(text).unwrap_or_default();
            pattern.as_object().is_some_and(|members| fits(members, record))
        })
}

fn fits(members: &Map<String, Value>, record: &Value) -> bool {
    members.iter().all(|(name, value)| match value {
        Value::Array(levels) if name == "$or" => {
            levels.iter().any(|level| level.as_object().is_some_and(|members| fits(members, record)))
        }
        Value::Array(rules) => rules.iter().any(|rule| obeys(rule, record.get(name))),
        Value::Object(level) => fits(level, record.get(name).unwrap_or(&Value::Null)),
        _ => false,
    })
}

/// Tells whether a value, or one of a list of values, obeys a rule.
fn obeys(rule: &Value, value: Option<&Value>) -> bool {
    match (rule.get("exists").and_then(Value::as_bool), value) {
        // What has members is no leaf, so that it does not exist as one.
        (Some(wanted), value) => wanted == value.is_some_and(|value| !value.is_object()),
        (None, None) => false,
        (None, Some(Value::Array(values))) => values.iter().any(|value| obeys_one(rule, value)),
        (None, Some(value)) => obeys_one(rule, value),
    }
}

fn obeys_one(rule: &Value, value: &Value) -> bool {
    let Value::Object(members) = rule else { return same(rule, value) };
    let Some((name, wanted)) = members.iter().next() else { return false };
    let text = value.as_str();
    let with = |test: fn(&str, &str) -> bool| {
        text.is_some_and(|text| wanted.as_str().is_some_and(|wanted| test(text, wanted)))
    };
    match name.as_str() {
        "prefix" => with(|text, wanted| text.starts_with(wanted)),
        "suffix" => with(|text, wanted| text.ends_with(wanted)),
        "equals-ignore-case" => with(|text, wanted| text.to_lowercase() == wanted.to_lowercase()),
        "numeric" => value.as_number().is_some_and(|number| in_ranges(wanted, number)),
        "anything-but" => match wanted {
            Value::Array(list) => !list.iter().any(|one| same(one, value)),
            Value::Object(_) => !obeys_one(wanted, value),
            one => !same(one, value),
        },
        _ => false,
    }
}

fn in_ranges(parts: &Value, number: &Number) -> bool {
    let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(number) = number.as_f64() else { return false };
    parts.chunks(2).all(|part| {
        let [sign, wanted] = part else { return false };
        let Some(wanted) = wanted.as_f64() else { return false };
        match sign.as_str() {
            Some("=") => number == wanted,
            Some("<") => number < wanted,
            Some("<=") => number <= wanted,
            Some(">") => number > wanted,
            Some(">=") => number >= wanted,
            _ => false,
        }
    })
}

fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(wanted), Value::Number(value)) => wanted.as_f64() == value.as_f64(),
        _ => wanted == value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_are_chosen() {
        let record = json!({
            "eventName": "MODIFY",
            "body": {"n": 5, "name": "Ana", "tags": ["a", "b"], "none": null, "deep": {"x": "y"}},
        });
        for (pattern, expected) in [
            (json!({}), true),
            (json!({"eventName": ["INSERT", "MODIFY"]}), true),
            (json!({"eventName": ["REMOVE"]}), false),
            (json!({"body": {"n": [5.0]}}), true),
            (json!({"body": {"n": ["5"]}}), false),
            (json!({"body": {"n": [{"numeric": [">", 4, "<=", 5]}]}}), true),
            (json!({"body": {"n": [{"numeric": [">", 5]}]}}), false),
            (json!({"body": {"name": [{"prefix": "A"}]}}), true),
            (json!({"body": {"name": [{"suffix": "x"}]}}), false),
            (json!({"body": {"name": [{"equals-ignore-case": "ANA"}]}}), true),
            (json!({"body": {"name": [{"anything-but": ["Bo"]}]}}), true),
            (json!({"body": {"name": [{"anything-but": {"prefix": "A"}}]}}), false),
            (json!({"body": {"tags": ["b"]}}), true),
            (json!({"body": {"tags": ["c"]}}), false),
            (json!({"body": {"none": [null]}}), true),
            (json!({"body": {"gone": [{"exists": false}]}}), true),
            (json!({"body": {"n": [{"exists": false}]}}), false),
            (json!({"body": {"deep": {"x": ["y"]}}}), true),
            (json!({"gone": {"x": [{"exists": false}]}}), true),
            (json!({"gone": {"x": ["y"]}}), false),
            (json!({"$or": [{"eventName": ["REMOVE"]}, {"body": {"n": [5]}}]}), true),
            (json!({"eventName": ["MODIFY"], "body": {"n": [6]}}), false),
        ] {
            assert!(is_pattern(&pattern.to_string()), "{pattern}");
            assert_eq!(passes(&[pattern.to_string()], &record), expected, "{pattern}");
        }
        assert!(passes(&[], &record), "without a pattern everything passes");
        let others = [json!({"eventName": ["REMOVE"]}).to_string(), json!({"body": {"n": [5]}}).to_string()];
        assert!(passes(&others, &record), "one of several is enough");
    }

    #[test]
    fn what_is_no_pattern() {
        for text in [
            "",
            "[]",
            "{",
            r#"{"a": "b"}"#,
            r#"{"a": []}"#,
            r#"{"a": {}}"#,
            r#"{"a": [["b"]]}"#,
            r#"{"a": [{"like": "b"}]}"#,
            r#"{"a": [{"numeric": [">"]}]}"#,
            r#"{"a": [{"numeric": ["~", 1]}]}"#,
            r#"{"a": [{"exists": "yes"}]}"#,
            r#"{"$or": []}"#,
        ] {
            assert!(!is_pattern(text), "{text}");
        }
    }
}

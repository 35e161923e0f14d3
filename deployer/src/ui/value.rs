//! Values of specs as people read them.

use super::secret::is_hidden;
use super::text;
use serde_json::Value;
use std::borrow::Cow;

/// Characters of a hash that are shown: enough to tell two apart.
const HASH_SHOWN: usize = 12;

/// Renders the whole value in one line: `"debug"`, `{name: "order_id", type: "S"}`, `(absent)`.
pub fn inline(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    text::clean(&out).into_owned()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("(absent)"),
        Value::String(text) if is_hidden(value) => out.push_str(text),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
        Value::Array(items) => {
            let items = items.iter().map(|item| (None, item));
            list(items, '[', ']', out);
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (Some(name), value));
            list(members, '{', '}', out);
        }
    }
}

fn list<'a>(items: impl Iterator<Item = (Option<&'a String>, &'a Value)>, open: char, close: char, out: &mut String) {
    out.push(open);
    for (index, (name, value)) in items.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(": ");
        }
        write(value, out);
    }
    out.push(close);
}

/// Renders the value in at most `columns`: a hash by its beginning, a long text cut, a large document by what it is.
pub fn brief(value: &Value, columns: usize) -> String {
    let value = document(value);
    let whole = inline(&value);
    match value.as_ref() {
        Value::String(text) if is_hash(text) => format!("\"{}…\"", &text[..HASH_SHOWN]),
        _ if text::width(&whole) <= columns => whole,
        Value::String(text) => {
            let size = format!("… ({} characters)", text.chars().count());
            let room = columns.saturating_sub(text::width(&size)).max(HASH_SHOWN);
            format!("{}{size}", console::truncate_str(&whole, room, ""))
        }
        Value::Object(members) => match (members.get("Statement"), members.get("paths")) {
            (Some(Value::Array(statements)), _) => {
                format!("policy with {}", super::measure::count(statements.len(), "statement"))
            }
            (_, Some(Value::Object(paths))) => {
                format!("OpenAPI document with {}", super::measure::count(paths.len(), "path"))
            }
            _ => format!("{{{}}}", super::measure::count(members.len(), "member")),
        },
        Value::Array(items) => format!("[{}]", super::measure::count(items.len(), "item")),
        Value::Null | Value::Bool(_) | Value::Number(_) => whole,
    }
}

/// Renders the lines of a value, without the commas that would make a line differ because of its neighbour.
pub fn lines(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // `{:#}` of a JSON value cannot fail.
        _ => format!("{value:#}")
            .lines()
            .map(|line| line.strip_suffix(',').unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Returns what a text says that is itself a JSON object or list, such as a policy.
pub fn document(value: &Value) -> Cow<'_, Value> {
    value
        .as_str()
        .filter(|text| text.trim_start().starts_with(['{', '[']))
        .and_then(|text| serde_json::from_str(text).ok())
        .map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Tells whether a text is hexadecimal or Base64 of at least 128 bits, and more than a long word.
pub fn is_hash(text: &str) -> bool {
    text.len() >= 32
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        && text.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_in_one_line() {
        for (value, shown) in [
            (json!(null), "(absent)"),
            (json!("debug"), "\"debug\""),
            (json!("(hidden)"), "(hidden)"),
            (json!("(secret)"), "(secret)"),
            (json!({"name": "order_id", "type": "S"}), "{name: \"order_id\", type: \"S\"}"),
            (json!([1, true, []]), "[1, true, []]"),
            (json!("a\u{1b}[1m\u{202e}"), "\"a\\u001b[1m\\u{202e}\""),
        ] {
            assert_eq!(inline(&value), shown);
        }
    }

    #[test]
    fn long_values_are_told_by_what_they_are() {
        let hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
        let statement = json!({"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": "*"});
        for (value, shown) in [
            (json!(hash), "\"n4bQgYhMfWWa…\""),
            (json!("word ".repeat(20)), "\"word word word word w… (100 characters)"),
            (json!({"Version": "2012-10-17", "Statement": [statement, statement]}), "policy with 2 statements"),
            (json!(json!({"Statement": [statement, statement]}).to_string()), "policy with 2 statements"),
            (
                json!({"openapi": "3.0.1", "paths": {"/orders": {}, "/orders/{order_id}": {}}}),
                "OpenAPI document with 2 paths",
            ),
            (json!({"a": "x".repeat(40)}), "{1 member}"),
            (json!((0..40).collect::<Vec<_>>()), "[40 items]"),
            (json!("{not json"), "\"{not json\""),
        ] {
            assert_eq!(brief(&value, 40), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_fits_nearly(text: String, columns in 0_usize..200) {
            let shown = brief(&json!(text), columns);
            // A number of characters is told even where there is no room for it.
            assert!(text::width(&shown) <= columns.max(45), "{shown}");
        }
    }

    #[test]
    fn lines_do_not_differ_because_of_their_neighbours() {
        assert_eq!(lines(&json!({"a": ["x", "y"]})), "{\n  \"a\": [\n    \"x\"\n    \"y\"\n  ]\n}");
        assert_eq!(lines(&json!("one\ntwo")), "one\ntwo");
        assert_eq!(lines(&json!(null)), "");
    }
}

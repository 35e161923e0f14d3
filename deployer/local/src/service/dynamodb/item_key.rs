//! Which items a call is about, in words: the keys, never the other attributes.

use super::engine;
use crate::context::Context;
use crate::wire::Call;
use serde_json::{Map, Value, json};

/// Returns which items an operation is about; `None` when its input does not say.
pub(super) fn about(cx: &Context, call: &Call) -> Option<String> {
    let input: Value = serde_json::from_slice(&call.payload).ok()?;
    let text = |member: &str| input[member].as_str().map(str::to_owned);
    match call.operation.as_str() {
        "GetItem" | "DeleteItem" | "UpdateItem" => key(input["Key"].as_object()?, None),
        "PutItem" => put_key(cx, call, &input),
        "Query" => {
            let condition = condition(&input)?;
            Some(match text("IndexName") {
                Some(index) => format!("index {index}: {condition}"),
                None => condition,
            })
        }
        "Scan" => text("IndexName").map(|index| format!("index {index}")),
        "TransactWriteItems" | "TransactGetItems" => {
            let steps = input["TransactItems"].as_array()?.iter().filter_map(Value::as_object).flatten();
            let words = steps.map(|(kind, step)| {
                let key = match kind.as_str() {
                    "Put" => put_key(cx, call, step),
                    _ => step["Key"].as_object().and_then(|members| key(members, None)),
                };
                let table = step["TableName"].as_str().unwrap_or_default();
                format!("{kind} {table} {}", key.unwrap_or_default()).trim_end().to_owned()
            });
            Some(words.collect::<Vec<_>>().join("; "))
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = input["RequestItems"].as_object()?.iter().map(|(table, items)| {
                let count = items.as_array().or_else(|| items["Keys"].as_array()).map_or(0, Vec::len);
                format!("{table}: {count} items")
            });
            Some(tables.collect::<Vec<_>>().join(", "))
        }
        "ExecuteStatement" => text("Statement"),
        _ => None,
    }
}

fn put_key(cx: &Context, call: &Call, input: &Value) -> Option<String> {
    let (table, item) = (input["TableName"].as_str()?, input["Item"].as_object()?);
    let names = cx.tables.key_names(&call.region, table, || {
        let description = engine::engine(cx, &call.region, "DescribeTable", &json!({ "TableName": table })).ok()?;
        let schema = description["Table"]["KeySchema"].as_array()?.iter();
        schema.map(|key| key["AttributeName"].as_str().map(str::to_owned)).collect()
    })?;
    key(item, Some(&names))
}

/// Writes attributes as `id=7, at=x`: those of some names, or all.
fn key(members: &Map<String, Value>, names: Option<&[String]>) -> Option<String> {
    let shown = |(name, value): (&String, &Value)| Some(format!("{name}={}", scalar(value)?));
    let words: Vec<String> = match names {
        Some(names) => names.iter().filter_map(|name| shown((name, members.get(name)?))).collect(),
        None => members.iter().filter_map(shown).collect(),
    };
    (!words.is_empty()).then(|| words.join(", "))
}

/// Returns a value of one of the types that a key has: text, number or bytes in base64.
fn scalar(value: &Value) -> Option<&str> {
    ["S", "N", "B"].iter().find_map(|kind| value[*kind].as_str())
}

/// Returns the condition of a query with names and values in the place of `#name` and `:value`.
fn condition(input: &Value) -> Option<String> {
    let text = input["KeyConditionExpression"].as_str()?;
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['#', ':']) {
        out.push_str(&rest[..at]);
        let length = rest[at + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let end = length.map_or(rest.len(), |length| at + 1 + length);
        let placeholder = &rest[at..end];
        let named = input["ExpressionAttributeNames"][placeholder].as_str();
        let value = || scalar(&input["ExpressionAttributeValues"][placeholder]).map(|value| format!("\"{value}\""));
        match (named, value()) {
            (Some(name), _) => out.push_str(name),
            (None, Some(value)) => out.push_str(&value),
            (None, None) => out.push_str(placeholder),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_conditions_in_words() {
        let members = json!({"id": {"S": "a"}, "n": {"N": "7"}, "secret": {"S": "x"}, "list": {"L": []}});
        let members = members.as_object().unwrap();
        let names = ["n", "id", "gone"].map(str::to_owned);
        assert_eq!(key(members, Some(&names)).as_deref(), Some("n=7, id=a"));
        assert_eq!(key(json!({"b": {"B": "AAE="}}).as_object().unwrap(), None).as_deref(), Some("b=AAE="));
        assert_eq!(key(&Map::new(), None), None);
        let query = json!({
            "KeyConditionExpression": "#s = :s AND #at BETWEEN :a AND :b AND x = :gone",
            "ExpressionAttributeNames": {"#s": "status", "#at": "at"},
            "ExpressionAttributeValues": {":s": {"S": "PENDING#0"}, ":a": {"N": "1"}, ":b": {"N": "2"}},
        });
        assert_eq!(
            condition(&query).as_deref(),
            Some(r#"status = "PENDING#0" AND at BETWEEN "1" AND "2" AND x = :gone"#)
        );
    }
}

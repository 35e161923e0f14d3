//! IAM policy documents: what a function may do, and comparing documents by meaning.
use super::{Access, AccessLevel, FunctionBlock, TableBlock};
use crate::{
    aws::arn::ArnScope,
    error::{Error, Result},
    stack::Stack,
};
use serde_json::{Value, json};

/// Trust policy of a function's role.
pub fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

/// Least privilege of a function: its own log streams, and of each table exactly the actions that the stack gives it.
/// It may not create log groups: the deployer does, so that none is left behind.
pub fn of_function(stack: &Stack, block: &FunctionBlock, function: &str, arn: &ArnScope) -> Result<Value> {
    let mut statements = vec![json!({
        "Sid": "WriteOwnLogs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [format!("{}:*", arn.log_group(&super::log_group::name_for(function)))],
    })];
    for (number, (id, access)) in block.tables.iter().enumerate() {
        let table =
            stack.get::<TableBlock>(id).ok_or_else(|| Error::new("internal", format!("table {id} is not declared")))?;
        let table_arn = arn.table(&stack.physical_name(id, table.name.as_deref()));
        let actions = actions(access);
        let on_index: Vec<_> =
            actions.iter().filter(|action| matches!(action.as_str(), "Query" | "Scan")).cloned().collect();
        let prefixed =
            |actions: &[String]| actions.iter().map(|action| format!("dynamodb:{action}")).collect::<Vec<_>>();
        statements.push(json!({"Sid": format!("Table{number}"), "Effect": "Allow", "Action": prefixed(&actions), "Resource": [table_arn]}));
        let mut names = table.index.keys().chain(table.local_index.keys()).peekable();
        if !on_index.is_empty() && names.peek().is_some() {
            let resources: Vec<_> = names.map(|name| format!("{table_arn}/index/{name}")).collect();
            statements.push(json!({"Sid": format!("Index{number}"), "Effect": "Allow", "Action": prefixed(&on_index), "Resource": resources}));
        }
    }
    if block.tracing {
        // X-Ray has no resources to restrict these to ("Actions, resources, and condition keys for AWS X-Ray").
        statements.push(json!({"Sid": "Trace", "Effect": "Allow", "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": ["*"]}));
    }
    Ok(json!({"Version": "2012-10-17", "Statement": statements}))
}

fn actions(access: &Access) -> Vec<String> {
    let list: &[&str] = match access {
        Access::Level(AccessLevel::Read) => &["BatchGetItem", "GetItem", "Query"],
        Access::Level(AccessLevel::Write) => &["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"],
        Access::Level(AccessLevel::ReadWrite) => &["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"],
        Access::Actions(actions) => {
            let mut actions = actions.clone();
            actions.sort();
            actions.dedup();
            return actions;
        }
    };
    list.iter().map(|action| (*action).to_owned()).collect()
}

/// Brings a document to one form: a single value and a list of one mean the same, and the order of lists means nothing.
pub fn normalise(document: &Value) -> Value {
    match document {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let value = normalise(value);
                let listed = matches!(key.as_str(), "Action" | "NotAction" | "Resource" | "NotResource" | "Statement")
                    && !value.is_array();
                (key.clone(), if listed { Value::Array(vec![value]) } else { value })
            })
            .collect(),
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(normalise).collect();
            items.sort_by_key(Value::to_string);
            items.dedup();
            // Principals and condition values of one element are equal to the element; actions and resources are wrapped again above.
            if items.len() == 1 && !items[0].is_object() { items.remove(0) } else { Value::Array(items) }
        }
        other => other.clone(),
    }
}

/// Reads a document as IAM returns it: URL-encoded (RFC 3986).
pub fn decode(text: &str) -> Value {
    let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&plain).map_or_else(|_| Value::String(plain.into_owned()), |document| normalise(&document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_equal_by_meaning() {
        let a = json!({"Statement": {"Action": "a", "Resource": ["y", "x"], "Principal": {"Service": ["s"]}}});
        let b = json!({"Statement": [{"Resource": ["x", "y"], "Action": ["a"], "Principal": {"Service": "s"}}]});
        assert_eq!(normalise(&a), normalise(&b));
        let c = json!({"Statement": [{"Resource": ["x", "y", "z"], "Action": ["a"], "Principal": {"Service": "s"}}]});
        assert_ne!(normalise(&a), normalise(&c));
        assert_eq!(normalise(&normalise(&a)), normalise(&a));
    }

    #[test]
    fn encoded_documents_are_read() {
        assert_eq!(decode("%7B%22Action%22%3A%22a%22%7D"), json!({"Action": ["a"]}));
        assert_eq!(decode("not json"), json!("not json"));
    }
}

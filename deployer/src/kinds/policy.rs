//! IAM policy documents: what a function may do, and comparing documents by meaning.

use super::{
    AllowStatement, ConditionValues, FunctionBlock, PreciseTableAccess, QueueBlock, TableAccess, TableAccessLevel,
    TableBlock, external, queue, source, table,
};
use crate::aws::arn::ArnScope;
use crate::error::{Error, Result};
use crate::stack::Stack;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Returns the trust policy of a function's role.
pub fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

/// Returns the least privilege of a function: its own log streams, and of each table exactly the actions that the stack gives it.
/// It may not create log groups: the deployer does, so that none is left behind.
pub fn of_function(stack: &Stack, block: &FunctionBlock, function: &str, arn: &ArnScope) -> Result<Value> {
    let mut statements = vec![json!({
        "Sid": "WriteOwnLogs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [format!("{}:*", arn.log_group(&super::log_group::name_for(function)))],
    })];
    for (number, (id, access)) in block.tables.iter().enumerate() {
        let (name, indexes) = match stack.get::<TableBlock>(id) {
            Some(table) => (
                stack.name_of::<TableBlock>(id),
                table.index.into_keys().chain(table.local_index.into_keys()).collect(),
            ),
            // Which indexes a table of others has, the description does not say.
            None => {
                let unknown = || Error::internal(format!("table {id} is not declared"));
                (external::name_of(stack, table::NAME, id).ok_or_else(unknown)?, vec!["*".to_owned()])
            }
        };
        let table_arn = arn.table(&name);
        let mut allow = |sid: String, actions: &AllowedActions, resources: Vec<String>| {
            if !actions.is_empty() && !resources.is_empty() {
                let actions: Vec<_> = actions.iter().map(|action| format!("dynamodb:{action}")).collect();
                statements.push(json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}));
            }
        };
        let (on_table, on_indexes) = rights(access, indexes.iter());
        allow(format!("Table{number}"), &on_table, vec![table_arn.clone()]);
        for (at, (actions, indexes)) in on_indexes.iter().enumerate() {
            let resources = indexes.iter().map(|name| format!("{table_arn}/index/{name}")).collect();
            allow(format!("Table{number}Index{at}"), actions, resources);
        }
    }
    statements.extend(on_queues(stack, block, arn)?);
    statements.extend(source::statements(stack, block, arn)?);
    for (number, allowed) in block.allow.iter().enumerate() {
        statements.push(described(number, allowed, stack, arn));
    }
    if block.tracing {
        // X-Ray has no resources to restrict these to ("Actions, resources, and condition keys for AWS X-Ray").
        statements.push(json!({"Sid": "Trace", "Effect": "Allow", "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": ["*"]}));
    }
    Ok(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// Returns what a function may do with queues, and with the keys that encrypt them.
fn on_queues(stack: &Stack, block: &FunctionBlock, arn: &ArnScope) -> Result<Vec<Value>> {
    let mut statements = Vec::new();
    let mut allow = |sid: String, actions: Vec<String>, resource: String| {
        statements.push(json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": [resource]}));
    };
    for (number, (id, access)) in block.queues.iter().enumerate() {
        let actions = access.actions();
        let prefixed = actions.iter().map(|action| format!("sqs:{action}")).collect();
        allow(format!("Queue{number}"), prefixed, arn.queue(&queue::name_of(stack, id)?));
        if let Some(queue::QueueEncryption::Kms(key)) = stack.get::<QueueBlock>(id).and_then(|queue| queue.encryption) {
            // "Configuring KMS permissions for Amazon SQS": who sends makes keys for messages, and reads them as who receives does.
            let with_key = [("SendMessage", "kms:GenerateDataKey"), ("ReceiveMessage", "kms:Decrypt")];
            let sends = actions.contains(&"SendMessage");
            let uses = |of: &str| actions.contains(&of) || of == "ReceiveMessage" && sends;
            let on_key: Vec<_> =
                with_key.iter().filter(|(of, _)| uses(of)).map(|(_, action)| (*action).to_owned()).collect();
            if !on_key.is_empty() {
                allow(format!("Queue{number}Key"), on_key, key);
            }
        }
    }
    Ok(statements)
}

/// Returns a statement of the description, with its references replaced.
fn described(number: usize, allowed: &AllowStatement, stack: &Stack, arn: &ArnScope) -> Value {
    let resolve = |text: &String| stack.resolve(text, Some(arn));
    let resources: Vec<_> = allowed.resources.iter().map(resolve).collect();
    let mut statement =
        json!({"Sid": format!("Allow{number}"), "Effect": "Allow", "Action": allowed.actions, "Resource": resources});
    if !allowed.conditions.is_empty() {
        let keys = |keys: &BTreeMap<String, ConditionValues>| {
            let values = |values: &ConditionValues| match values.values() {
                [value] => Value::from(resolve(value)),
                values => values.iter().map(resolve).collect(),
            };
            keys.iter().map(|(key, of)| (key.clone(), values(of))).collect::<serde_json::Map<_, _>>()
        };
        let operators = allowed.conditions.iter().map(|(operator, of)| (operator.clone(), keys(of).into()));
        statement["Condition"] = operators.collect::<serde_json::Map<_, _>>().into();
    }
    statement
}

type AllowedActions = BTreeSet<String>;

/// Returns what is allowed on a table, and what on which of its indexes. A usual set and a list say what may be done with the table
/// through whatever it is reached: what reads indexes is allowed on all of them.
fn rights<'a>(
    access: &'a TableAccess,
    indexes: impl Iterator<Item = &'a String>,
) -> (AllowedActions, BTreeMap<AllowedActions, Vec<&'a String>>) {
    let of = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect::<AllowedActions>();
    let on_table = match access {
        TableAccess::Level(TableAccessLevel::Read) => of(&["BatchGetItem", "GetItem", "Query"]),
        TableAccess::Level(TableAccessLevel::Write) => of(&["BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"]),
        TableAccess::Level(TableAccessLevel::ReadWrite) => {
            of(&["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"])
        }
        TableAccess::Actions(actions) => actions.iter().cloned().collect(),
        TableAccess::Precise(PreciseTableAccess { actions, index }) => {
            let mut on_indexes = BTreeMap::<AllowedActions, Vec<&String>>::new();
            for (name, actions) in index {
                on_indexes.entry(actions.iter().cloned().collect()).or_default().push(name);
            }
            return (actions.iter().cloned().collect(), on_indexes);
        }
    };
    let reading = on_table.iter().filter(|action| matches!(action.as_str(), "Query" | "Scan")).cloned().collect();
    (on_table, BTreeMap::from([(reading, indexes.collect())]))
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
    use crate::stack::StackSource;

    #[test]
    fn documents_are_equal_by_meaning() {
        let a = json!({"Statement": {"Action": "a", "Resource": ["y", "x"], "Principal": {"Service": ["s"]}}});
        let b = json!({"Statement": [{"Resource": ["x", "y"], "Action": ["a"], "Principal": {"Service": "s"}}]});
        assert_eq!(normalise(&a), normalise(&b));
        let c = json!({"Statement": [{"Resource": ["x", "y", "z"], "Action": ["a"], "Principal": {"Service": "s"}}]});
        assert_ne!(normalise(&a), normalise(&c));
        assert_eq!(normalise(&normalise(&a)), normalise(&a));
    }

    /// The table's and the indexes' statements as `actions on resources`.
    fn allowed(access: &str) -> Vec<String> {
        let text = format!(
            "name = \"shop\"\n[table.t]\npartition_key = \"id\"\nindex.by_day.partition_key = \"day\"\n\
             index.by_name.partition_key = \"name\"\n[function.f]\nartifact = \"x\"\ntables.t = {access}\n"
        );
        allowed_by(text)
    }

    /// The statements of the function `f` about tables.
    fn allowed_by(text: String) -> Vec<String> {
        let sections = crate::kinds::sections();
        let stack = crate::stack::parse(
            StackSource { path: "deployer.toml".into(), text },
            None,
            &sections,
            crate::stack::DocumentDrift::Refused,
            &|_| Ok(String::new()),
        )
        .unwrap();
        let block = stack.get::<FunctionBlock>("f").unwrap();
        let arn = ArnScope::new("123456789012".to_owned(), "eu-west-1");
        let document = of_function(&stack, &block, "f", &arn).unwrap();
        let list = |value: &Value| {
            let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            texts.map(|text| text.rsplit_once(':').map_or(text, |(_, name)| name)).collect::<Vec<_>>().join("+")
        };
        let statements = document["Statement"].as_array().unwrap().iter().skip(1);
        statements.map(|it| format!("{} on {}", list(&it["Action"]), list(&it["Resource"]))).collect()
    }

    #[test]
    fn no_more_is_allowed_than_the_stack_says() {
        let (table, by_day, by_name) =
            ("table/shop-dev-t", "table/shop-dev-t/index/by_day", "table/shop-dev-t/index/by_name");
        for (access, expected) in [
            (
                r#""read""#,
                vec![format!("BatchGetItem+GetItem+Query on {table}"), format!("Query on {by_day}+{by_name}")],
            ),
            (r#""write""#, vec![format!("BatchWriteItem+DeleteItem+PutItem+UpdateItem on {table}")]),
            (r#"["PutItem", "GetItem"]"#, vec![format!("GetItem+PutItem on {table}")]),
            (r#"["Scan"]"#, vec![format!("Scan on {table}"), format!("Scan on {by_day}+{by_name}")]),
            (
                r#"{ actions = ["UpdateItem"], index.by_day = ["Query"] }"#,
                vec![format!("UpdateItem on {table}"), format!("Query on {by_day}")],
            ),
            (r#"{ actions = ["Query"] }"#, vec![format!("Query on {table}")]),
            (
                r#"{ index.by_day = ["Query"], index.by_name = ["Query"] }"#,
                vec![format!("Query on {by_day}+{by_name}")],
            ),
            (
                r#"{ index.by_day = ["Query"], index.by_name = ["Scan", "Query"] }"#,
                vec![format!("Query on {by_day}"), format!("Query+Scan on {by_name}")],
            ),
        ] {
            assert_eq!(allowed(access), expected, "{access}");
        }
    }

    /// Which indexes a table of others has is not known: what reads indexes is allowed on all, or on those that are named.
    #[test]
    fn tables_of_others_are_used_like_ones_own() {
        let of = |access: &str| {
            let text = format!(
                "name = \"shop\"\n[external.table.t]\nname = \"Orders\"\n[function.f]\nartifact = \"x\"\ntables.t = {access}\n"
            );
            allowed_by(text)
        };
        assert_eq!(of("\"read\""), ["BatchGetItem+GetItem+Query on table/Orders", "Query on table/Orders/index/*"]);
        assert_eq!(of("{ index.by_day = [\"Query\"] }"), ["Query on table/Orders/index/by_day"]);
    }

    #[test]
    fn a_queue_brings_its_key() {
        let of = |queue: &str, access: &str| {
            allowed_by(format!(
                "name = \"shop\"\n[queue.q]\n{queue}\n[function.f]\nartifact = \"x\"\nqueues.q = {access}\n"
            ))
        };
        assert_eq!(of("", "\"send\""), ["GetQueueUrl+SendMessage on shop-dev-q"]);
        let receive =
            "ChangeMessageVisibility+DeleteMessage+GetQueueAttributes+GetQueueUrl+ReceiveMessage on shop-dev-q";
        assert_eq!(of("encryption = \"AWS_MANAGED\"", "\"receive\""), [receive]);
        let key = "encryption = \"arn:aws:kms:eu-west-1:123456789012:key/a\"";
        assert_eq!(of(key, "\"receive\""), [receive, "Decrypt on key/a"]);
        assert_eq!(of(key, "[\"SendMessage\"]"), ["SendMessage on shop-dev-q", "GenerateDataKey+Decrypt on key/a"]);
        assert_eq!(of(key, "[\"GetQueueUrl\"]"), ["GetQueueUrl on shop-dev-q"]);
    }

    #[test]
    fn encoded_documents_are_read() {
        assert_eq!(decode("%7B%22Action%22%3A%22a%22%7D"), json!({"Action": ["a"]}));
        assert_eq!(decode("not json"), json!("not json"));
    }
}

//! What DynamoDB's operations need ("Actions, resources, and condition keys for Amazon DynamoDB").

use super::stream::stream_of_iterator;
use crate::service::permission::{RequestView, RequiredPermission};
use serde_json::Value;

/// Returns the ARN of a table by its name or ARN.
fn table(view: &RequestView<'_>, name: &str) -> String {
    if name.starts_with("arn:") { name.to_owned() } else { view.arn(format_args!("table/{name}")) }
}

pub(super) fn create_table(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    view.creation(&view.action(), "dynamodb:TagResource", &table(view, view.text("TableName")), "Tags")
}

pub(super) fn on_table(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(table(view, view.text("TableName")))]
}

/// Needs the action on the table, or on the index alone through which it is read.
pub(super) fn on_index(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let table = table(view, view.text("TableName"));
    vec![view.own(match view.input["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    })]
}

pub(super) fn on_tables(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let tables = view.input["RequestItems"].as_object().into_iter().flat_map(|tables| tables.keys());
    tables.map(|name| view.own(table(view, name))).collect()
}

pub(super) fn tag_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.with_tags(&view.action(), view.text("ResourceArn"), "Tags")]
}

pub(super) fn on_resource(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("ResourceArn"))]
}

pub(super) fn on_stream(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("StreamArn"))]
}

/// Needs the action on the stream that an iterator reads. What is no iterator is refused by the operation itself.
pub(super) fn on_iterator(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(stream_of_iterator(view.text("ShardIterator")).unwrap_or_default())]
}

pub(super) fn on_backup(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(view.text("BackupArn"))]
}

pub(super) fn restore_table(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    const ITEMS: [&str; 7] = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];
    let table = table(view, view.text("TargetTableName"));
    let mut needs = vec![view.own(view.text("BackupArn")), view.own(table.clone())];
    needs.extend(ITEMS.map(|action| RequiredPermission::new(format!("dynamodb:{action}"), table.clone())));
    needs
}

/// Needs one action for each step of a transaction: `Put`, `Update`, `Delete`, `Get` or `ConditionCheck`.
pub(super) fn transaction(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let steps = view.input["TransactItems"].as_array().into_iter().flatten();
    let need = |(kind, step): (&String, &Value)| {
        let action = if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
        let table = table(view, step["TableName"].as_str().unwrap_or_default());
        RequiredPermission::new(format!("dynamodb:{action}"), table)
    };
    steps.filter_map(Value::as_object).flatten().map(need).collect()
}

pub(super) fn statement(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![one_statement(view, view.text("Statement"))]
}

pub(super) fn statement_batch(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    statements(view, "Statements")
}

pub(super) fn statement_transaction(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    statements(view, "TransactStatements")
}

fn statements(view: &RequestView<'_>, member: &str) -> Vec<RequiredPermission> {
    let list = view.input[member].as_array().into_iter().flatten();
    list.map(|one| one_statement(view, one["Statement"].as_str().unwrap_or_default())).collect()
}

/// Returns what a PartiQL statement needs. One that cannot be understood is about everything.
fn one_statement(view: &RequestView<'_>, text: &str) -> RequiredPermission {
    let word = |text: &str, n: usize| text.split_whitespace().nth(n).unwrap_or_default().to_ascii_uppercase();
    let (action, before) = match word(text, 0).as_str() {
        "INSERT" => ("PartiQLInsert", "INTO"),
        "UPDATE" => ("PartiQLUpdate", "UPDATE"),
        "DELETE" => ("PartiQLDelete", "FROM"),
        _ => ("PartiQLSelect", "FROM"),
    };
    let source =
        text.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case(before)).nth(1).unwrap_or_default();
    let mut parts = source.split('"').filter(|part| !matches!(*part, "" | "."));
    let resource = match (parts.next(), parts.next()) {
        (Some(name), Some(index)) => format!("{}/index/{index}", table(view, name)),
        (Some(name), None) => table(view, name),
        (None, _) => "*".to_owned(),
    };
    RequiredPermission::new(format!("dynamodb:{action}"), resource)
}

//! DynamoDB ("Actions, resources, and condition keys for Amazon DynamoDB").

use super::Demand;
use super::asked::Asked;
use serde_json::Value;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("dynamodb:{}", asked.operation);
    let on = |resource: String| vec![Demand::new(own.clone(), resource)];
    Some(match asked.operation {
        "CreateTable" => asked.creation(&own, "dynamodb:TagResource", &table(asked, asked.text("TableName")), "Tags"),
        "DescribeTable"
        | "UpdateTable"
        | "DeleteTable"
        | "DescribeTimeToLive"
        | "UpdateTimeToLive"
        | "DescribeContinuousBackups"
        | "UpdateContinuousBackups"
        | "CreateBackup"
        | "GetItem"
        | "PutItem"
        | "UpdateItem"
        | "DeleteItem" => on(table(asked, asked.text("TableName"))),
        // What is read through an index is about the index alone.
        "Query" | "Scan" => {
            let table = table(asked, asked.text("TableName"));
            match asked.input["IndexName"].as_str() {
                Some(index) => on(format!("{table}/index/{index}")),
                None => on(table),
            }
        }
        "TagResource" => vec![asked.with_tags(&own, asked.text("ResourceArn"), "Tags")],
        "UntagResource" | "ListTagsOfResource" => on(asked.text("ResourceArn").to_owned()),
        "DescribeBackup" | "DeleteBackup" => on(asked.text("BackupArn").to_owned()),
        "ListTables" | "ListBackups" => on("*".to_owned()),
        "RestoreTableFromBackup" => {
            let table = table(asked, asked.text("TargetTableName"));
            let mut demands = on(asked.text("BackupArn").to_owned());
            demands.extend(on(table.clone()));
            let items = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];
            demands.extend(items.iter().map(|action| Demand::new(format!("dynamodb:{action}"), table.clone())));
            demands
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = asked.input["RequestItems"].as_object().into_iter().flat_map(|tables| tables.keys());
            tables.map(|name| Demand::new(own.clone(), table(asked, name))).collect()
        }
        "TransactGetItems" | "TransactWriteItems" => {
            let steps = asked.input["TransactItems"].as_array().into_iter().flatten();
            steps.filter_map(Value::as_object).flatten().map(|(kind, step)| step_of(asked, kind, step)).collect()
        }
        "ExecuteStatement" => vec![statement(asked, asked.text("Statement"))],
        "BatchExecuteStatement" => statements(asked, "Statements"),
        "ExecuteTransaction" => statements(asked, "TransactStatements"),
        _ => return None,
    })
}

/// A table by its name or ARN.
fn table(asked: &Asked<'_>, name: &str) -> String {
    if name.starts_with("arn:") { name.to_owned() } else { asked.arn("dynamodb", format_args!("table/{name}")) }
}

/// One step of a transaction: `Put`, `Update`, `Delete`, `Get` or `ConditionCheck`.
fn step_of(asked: &Asked<'_>, kind: &str, step: &Value) -> Demand {
    let action = if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
    Demand::new(format!("dynamodb:{action}"), table(asked, step["TableName"].as_str().unwrap_or_default()))
}

fn statements(asked: &Asked<'_>, member: &str) -> Vec<Demand> {
    let list = asked.input[member].as_array().into_iter().flatten();
    list.map(|one| statement(asked, one["Statement"].as_str().unwrap_or_default())).collect()
}

/// A PartiQL statement. One that cannot be understood is about everything.
fn statement(asked: &Asked<'_>, text: &str) -> Demand {
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
        (Some(name), Some(index)) => format!("{}/index/{index}", table(asked, name)),
        (Some(name), None) => table(asked, name),
        (None, _) => "*".to_owned(),
    };
    Demand::new(format!("dynamodb:{action}"), resource)
}

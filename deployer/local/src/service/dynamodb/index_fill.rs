//! What a new index takes from a table that has items already. The engine takes every item that has the attributes;
//! DynamoDB leaves out those whose attributes have another type than the key, are empty or too long for one.

use crate::context::Context;
use crate::wire::{ServiceError, ServiceResult};
use rusqlite::Connection;
use serde_json::Value;
use std::time::Duration;

/// Bytes of a partition key and of a sort key.
const LIMITS: [(&str, usize); 2] = [("HASH", 2048), ("RANGE", 1024)];

/// Takes out of the indexes that an `UpdateTable` made what does not belong there; `table` is the description.
pub(super) fn leave_out(cx: &Context, region: &str, table: &Value, input: &Value) -> ServiceResult<()> {
    for update in input["GlobalSecondaryIndexUpdates"].as_array().into_iter().flatten() {
        let (Some(name), Some(index)) = (table["TableName"].as_str(), update["Create"]["IndexName"].as_str()) else {
            continue;
        };
        let mut connection = Connection::open(cx.tables.file(region)).map_err(ServiceError::internal)?;
        let keys = keys(table, &update["Create"]["KeySchema"]);
        clean(&mut connection, &format!("{name}::gsi::{index}"), &keys).map_err(ServiceError::internal)?;
    }
    Ok(())
}

/// Returns name, type and the most bytes of every key attribute.
fn keys(table: &Value, schema: &Value) -> Vec<(String, String, usize)> {
    let definitions = || table["AttributeDefinitions"].as_array().into_iter().flatten();
    let keys = schema.as_array().into_iter().flatten().filter_map(|key| {
        let definition = definitions().find(|definition| definition["AttributeName"] == key["AttributeName"])?;
        let (_, limit) = LIMITS.iter().find(|(kind, _)| key["KeyType"] == *kind)?;
        let text = |member: &str| definition[member].as_str().map(str::to_owned);
        Some((text("AttributeName")?, text("AttributeType")?, *limit))
    });
    keys.collect()
}

fn clean(connection: &mut Connection, index: &str, keys: &[(String, String, usize)]) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    let name = index.replace('"', "\"\"");
    let transaction = connection.transaction()?;
    let mut strangers = Vec::new();
    {
        let mut rows = transaction.prepare(&format!("SELECT rowid, item_json FROM \"{name}\""))?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let item: Value = serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or_default();
            if !keys.iter().all(|key| belongs(&item, key)) {
                strangers.push(row.get::<_, i64>(0)?);
            }
        }
    }
    for stranger in strangers {
        transaction.execute(&format!("DELETE FROM \"{name}\" WHERE rowid = ?1"), [stranger])?;
    }
    transaction.commit()
}

fn belongs(item: &Value, (name, kind, limit): &(String, String, usize)) -> bool {
    match (kind.as_str(), item[name][kind].as_str()) {
        (_, None) => false,
        ("N", Some(_)) => true,
        // Four characters of base64 are three bytes.
        ("B", Some(value)) => !value.is_empty() && value.trim_end_matches('=').len() * 3 / 4 <= *limit,
        (_, Some(value)) => !value.is_empty() && value.len() <= *limit,
    }
}

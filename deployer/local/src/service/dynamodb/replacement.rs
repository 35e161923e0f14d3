//! An item put in the place of another one, if that is still as somebody saw it: whole, however many attributes it has. A condition of
//! DynamoDB compares at most 150 ("Constraints in Amazon DynamoDB": 300 operators), and none that came since.

use super::engine::engine;
use super::{shape, table};
use crate::context::Context;
use crate::wire::ServiceResult;
use serde_json::{Value, json};

/// An item of a table, by its key.
pub(crate) struct ItemPlace<'a> {
    /// The table's region.
    pub region: &'a str,
    /// The table's name.
    pub table: &'a str,
    /// The item's key.
    pub key: &'a Value,
}

/// Puts an item in the place of the one that is expected, or deletes that; `None` stands for no item. Returns the item that is there
/// afterwards, or `None` when what was there was not what was expected: then nothing is changed. Nobody else writes meanwhile. Blocks.
///
/// # Errors
/// As `GetItem`, `PutItem` and `DeleteItem`.
pub(crate) fn replace_item(
    cx: &Context,
    place: &ItemPlace<'_>,
    expected: Option<&Value>,
    wanted: Option<&Value>,
) -> ServiceResult<Option<Option<Value>>> {
    let ItemPlace { region, table, key } = place;
    let of_key = json!({ "TableName": table, "Key": key });
    let (operation, mut input) = match wanted {
        Some(item) => ("PutItem", json!({ "TableName": table, "Item": item })),
        None => ("DeleteItem", of_key.clone()),
    };
    shape::check(operation, &input)?;
    table::check_usable(cx, region, &mut input)?;
    let mut get = of_key;
    get["ConsistentRead"] = json!(true);
    let read = || -> ServiceResult<Option<Value>> {
        let mut found = engine(cx, region, "GetItem", &get)?;
        Ok(Some(found["Item"].take()).filter(Value::is_object))
    };
    let _alone = cx.tables.writing_alone();
    if read()?.as_ref() != expected {
        return Ok(None);
    }
    engine(cx, region, operation, &input)?;
    // Numbers come back in DynamoDB's own form.
    read().map(Some)
}

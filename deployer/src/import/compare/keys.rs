//! Keys of tables and indexes, as a description and as Terraform have them.

use crate::import::mapping;
use crate::import::resource::TerraformResource;
use serde_json::{Value, json};

/// Returns what a judged key of the description has to be, when the file tells it.
pub fn told(table: &TerraformResource, key: &str) -> Option<Value> {
    let mut attributes = mapping::of(&table.kind)?.attributes.iter();
    attributes.find(|attribute| attribute.key == key)?.told(table).ok()?
}

/// Tells whether a block and a table of Terraform's have the same keys, as far as the file tells them.
pub fn same_keys(block: &Value, table: &TerraformResource) -> bool {
    let Some(partition) = told(table, "partition_key") else { return true };
    let keys = json!({"partition_key": partition, "sort_key": told(table, "sort_key")});
    shape(block) == shape(&keys)
}

/// Returns keys and projection in one form: an index of another shape is another index.
pub fn shape(of: &Value) -> (Vec<(&str, &str)>, Vec<&str>) {
    let keys = ["partition_key", "sort_key"].into_iter().filter_map(|key| key_parts(of.get(key)?)).collect();
    let mut projection: Vec<_> = match of.get("projection") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(word)) if word != "ALL" => vec![word.as_str()],
        _ => Vec::new(),
    };
    projection.sort_unstable();
    (keys, projection)
}

/// Returns the keys in words.
pub fn key_words(of: &Value) -> String {
    let words = shape(of).0.into_iter().map(|(name, kind)| format!("{name} ({kind})"));
    words.collect::<Vec<_>>().join(" and ")
}

/// Returns name and type of a key, which is a name alone when it is a string.
fn key_parts(key: &Value) -> Option<(&str, &str)> {
    match key {
        Value::String(name) => Some((name, "S")),
        key => Some((key.get("name")?.as_str()?, key.get("type").and_then(Value::as_str).unwrap_or("S"))),
    }
}

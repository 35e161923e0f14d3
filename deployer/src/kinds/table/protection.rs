//! Protections of a table, and what would lower them.

use super::NAME;
use crate::kinds::{ProposedChange, ProtectionVerdict};
use serde_json::Value;

/// Fields of the spec whose default is no protection, each with its key.
const PROTECTIONS: &[(&str, &str)] = &[
    ("deletion_protection", "protected"),
    ("point_in_time_recovery", "point_in_time_recovery"),
    ("encryption", "encryption"),
    ("ttl_attribute", "ttl_attribute"),
    ("stream", "stream"),
];

/// Says what becomes of a change that lowers a protection.
pub fn verdict(proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
    let change = proposed.change;
    if let Some((field, key)) = PROTECTIONS.iter().find(|(field, _)| *field == change.path) {
        let lowers = !is_off(&change.was) && is_off(&change.want);
        return (lowers && !proposed.is_described(NAME, &[key, field])).then(|| proposed.unmanaged(key));
    }
    let index = change.path.strip_prefix("index.").filter(|rest| !rest.contains('.'))?;
    (proposed.adopts() && change.want.is_null()).then(|| {
        let (id, name) = (&proposed.place.id.name, &proposed.place.name);
        let keep = format!(
            "Describe it in `[table.{id}.index.{index}]`; `aws dynamodb describe-table --table-name {name}` shows its keys."
        );
        proposed.refused(&format!("has the index {index}, which is not described: it would be deleted"), keep)
    })
}

/// Tells whether a value stands for no protection.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is_on) => !is_on,
        Value::String(word) => word == "AWS_OWNED",
        _ => false,
    }
}

//! What an adoption would take away without anybody having asked for it: neither Terraform's file nor the description tells of it.

use super::sections::is_written;
use crate::error::Error;
use crate::kinds::ResourceRef;
use crate::kinds::diff::FieldChange;
use crate::stack::Stack;
use serde_json::Value;

/// Protection of a table, and the key of the description that keeps it.
const PROTECTIONS: &[(&str, &str)] = &[
    ("deletion_protection", "protected"),
    ("point_in_time_recovery", "point_in_time_recovery"),
    ("encryption", "encryption"),
    ("ttl_attribute", "ttl_attribute"),
    ("stream", "stream"),
];

/// Returns why a change of an adoption is refused, with the line that keeps what is there.
pub fn loss(place: &ResourceRef, change: &FieldChange, stack: &Stack) -> Option<Error> {
    let (id, name, path) = (&place.id, &place.name, change.path.as_str());
    let days = |value: &Value| value.as_i64().unwrap_or(i64::MAX);
    match id.kind {
        "table" if path.starts_with("index.") && path.matches('.').count() == 1 && change.want.is_null() => Some(
            Error::refused(format!("{id} {name} has the {path}, which is not described: it would be deleted")).hint(format!(
                "Describe it in `[table.{}.{path}]`; the file does not tell its keys, `aws dynamodb describe-table --table-name {name}` does.",
                id.name
            )),
        ),
        "table" => {
            let (_, key) = PROTECTIONS.iter().find(|(field, _)| *field == path)?;
            // What is written as off is the owner's word.
            let is_asked = is_written(stack, &["table", &id.name, key]) || is_written(stack, &["table", &id.name, path]);
            if is_asked || is_off(&change.was) || !is_off(&change.want) {
                return None;
            }
            Some(
                Error::refused(format!("{id} {name} has {path} = {}, which is not described: it would be switched off", change.was))
                    .hint(format!("Set `{key} = {}` in `[table.{}]`, or write there what is to be instead.", change.was, id.name)),
            )
        }
        "log_group" if path == "retention_days" && days(&change.want) < days(&change.was) => Some(
            Error::refused(format!("{id} {name} keeps its events longer than described: older ones would be deleted")).hint(
                format!(
                    "Set `log_retention_days = {}` in `[function.{}]` now; shorten it with a later `deployer up`.",
                    change.was.as_i64().unwrap_or(0),
                    id.name
                ),
            ),
        ),
        // A route says after its target what a caller has to bring.
        "rest_api" if path.starts_with("routes.") => {
            let demand = |value: &Value| value.as_str()?.split_once(" (").map(|(_, demand)| demand.trim_end_matches(')').to_owned());
            let lost = demand(&change.was).filter(|_| change.want.is_string() && demand(&change.want).is_none())?;
            Some(
                Error::refused(format!("{id} {name} asks callers of {} for {lost}: it would let anybody in", &path["routes.".len()..]))
                    .hint("Say in `[api] auth` who may call, or guard all methods alike first.".to_owned()),
            )
        }
        _ => None,
    }
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

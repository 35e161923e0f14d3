//! Prints shapes as the rows of a Markdown table, so that the documentation cannot drift from the checks.

use super::{KeyDefinition, KeyPresence, ValueShape};

impl ValueShape {
    /// Rows `| key | value | default | meaning |` of a table's fields and of the tables in it, keys with their path
    /// below the shape. Empty for other shapes.
    pub fn reference(&self) -> String {
        let mut rows = String::new();
        collect(self, "", &mut rows);
        rows
    }
}

fn collect(shape: &ValueShape, path: &str, rows: &mut String) {
    match shape {
        ValueShape::Table(fields) => fields.iter().for_each(|field| row(field, path, rows)),
        ValueShape::Map { of, .. } => collect(of, &join(path, "*"), rows),
        ValueShape::Either(shapes) => shapes.iter().for_each(|shape| collect(shape, path, rows)),
        _ => {}
    }
}

fn row(field: &KeyDefinition, path: &str, rows: &mut String) {
    let path = join(path, field.name);
    let default = match field.presence {
        KeyPresence::Required => "required".to_owned(),
        KeyPresence::Optional => String::new(),
        KeyPresence::Default(value) => format!("`{value}`"),
    };
    let allowed = field.shape.allows().replace('|', "\\|");
    rows.push_str(&format!("| `{path}` | {allowed} | {default} | {} |\n", field.doc));
    collect(&field.shape, &path, rows);
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

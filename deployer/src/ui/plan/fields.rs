//! The fields of something that is created.

use super::line::PlanLine;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::{measure, text, value};
use serde_json::{Map, Value};

/// Fields shown of one resource.
const MOST: usize = 12;
/// Columns up to which a table is shown in one line.
const ONE_LINE: usize = 60;
/// Levels of tables that are opened.
const DEEPEST: usize = 3;
/// Tables in a table from which on they are not opened.
const CROWD: usize = 8;
/// Tables whose members are named by the user, and so always shown one by one.
const NAMED_BY_USER: [&str; 2] = ["environment", "tags"];

/// Renders the main fields, one a line: those that are set, without tags. With `verbose` all of them.
pub fn lines(spec: &Value, columns: usize, verbose: bool, look: &TerminalLook) -> Vec<PlanLine> {
    let mut fields = Vec::new();
    if let Value::Object(members) = spec {
        collect("", members, 1, verbose, &mut fields);
    }
    let hidden = if verbose { 0 } else { fields.len().saturating_sub(MOST) };
    fields.truncate(fields.len() - hidden);
    let mut lines: Vec<_> = fields
        .iter()
        .map(|(path, field)| {
            let path = text::clean(path);
            let room = columns.saturating_sub(text::width(&path) + 2);
            let shown = if verbose { value::inline(field) } else { value::brief(field, room) };
            PlanLine::plain(0, look.paint(TextTone::Dim, format!("{path}: {shown}")))
        })
        .collect();
    if hidden > 0 {
        let text = format!("… {} (-v shows all)", measure::count(hidden, "more field"));
        lines.push(PlanLine::plain(0, look.paint(TextTone::Dim, text)));
    }
    lines
}

fn collect<'a>(
    prefix: &str,
    members: &'a Map<String, Value>,
    depth: usize,
    verbose: bool,
    fields: &mut Vec<(String, &'a Value)>,
) {
    for (name, field) in members {
        if !verbose && (is_unset(field) || (depth == 1 && name == "tags")) {
            continue;
        }
        let path = format!("{prefix}{name}");
        match field {
            Value::Object(inner) if is_opened(name, field, depth) => {
                collect(&format!("{path}."), inner, depth + 1, verbose, fields)
            }
            _ => fields.push((path, field)),
        }
    }
}

/// Tells whether the members of a field are shown one by one.
fn is_opened(name: &str, field: &Value, depth: usize) -> bool {
    let is_document = field.get("Statement").is_some() || field.get("paths").is_some();
    let is_named = depth == 1 && NAMED_BY_USER.contains(&name);
    depth <= DEEPEST && !is_document && !is_crowd(field) && (is_named || text::width(&value::inline(field)) > ONE_LINE)
}

/// Tells whether a field is a table of many tables, such as what the gateway answers for each of its errors. It is shown as their
/// number.
fn is_crowd(field: &Value) -> bool {
    field.as_object().is_some_and(|members| members.len() > CROWD && members.values().all(Value::is_object))
}

/// Tells whether a field says nothing: it is absent, off or empty.
fn is_unset(field: &Value) -> bool {
    match field {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

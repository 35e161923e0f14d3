//! `docs/reference.md`: every key of the stack description.

use super::notice;
use crate::stack::{DefaultValue, KeyDefinition, KeyPresence, SectionDefinition, StackHeader, ValueShape};
use std::fmt::Write;

/// What stands above the tables.
const ABOUT: &str = "# The stack description: every key

One TOML file describes a stack. `deployer validate` checks all of it and contacts nothing; every mistake is shown at once, with its
line. [`deployer.schema.json`](deployer.schema.json) says the same to editors: with it they complete keys, explain them and underline
what is wrong. For taplo, and for the extension Even Better TOML that uses it, write the schema beside the file, with
`deployer schema > deployer.schema.json`, and name it in the first line:

```toml
#:schema ./deployer.schema.json
```

The schema does not see what relates values to each other, such as a route to a function that is not there: `deployer validate` does.

*Default* is what an absent key means; “–” that the feature is off or left to AWS. *At AWS* names the operation that carries the value,
and its member in AWS's API reference: limits and meaning are AWS's.
";

/// Returns the page.
pub fn page(sections: &[&SectionDefinition]) -> String {
    let mut page = format!("{}{ABOUT}\n## {}\n\n", notice(), StackHeader::ABOUT.trim_end_matches('.'));
    page.push_str(&table(StackHeader::KEYS));
    page.push_str(
        "\n`[stage.NAME]` says what differs in a stage: any key of the file but `name`, `default_stage` and `stage`. Tables are merged, \
         everything else is replaced. A file without stages has one, `dev`. `{stack}`, `{stage}` and `{id}` below are the stack's name, \
         the stage, and the block's id: `orders` in `[table.orders]`.\n",
    );
    for section in sections {
        let _ = write!(page, "\n## `{}`\n\n{}\n\n{}", section.header("ID"), section.about, table(section.keys));
        if !section.notes.is_empty() {
            let _ = write!(page, "\n{}\n", section.notes);
        }
    }
    page
}

/// Returns the keys of a table, and those of the tables in it, as a Markdown table.
fn table(keys: &[KeyDefinition]) -> String {
    let mut rows = "| Key | Value | Default | Meaning | At AWS |\n|---|---|---|---|---|\n".to_owned();
    keys.iter().for_each(|key| row(key, "", &mut rows));
    rows
}

/// Adds the row of a key, and those of the keys below it.
fn row(key: &KeyDefinition, parent: &str, rows: &mut String) {
    let path = format!("{parent}{}", key.name);
    let aws = if key.aws.is_empty() { String::new() } else { format!("`{}`", key.aws.replace(", ", "`, `")) };
    let cells = [format!("`{path}`"), value(&key.shape), default(key.presence), key.doc.to_owned(), aws];
    let _ = writeln!(rows, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    below(&key.shape, &path, rows);
    if let Some(alias) = key.alias {
        let _ = writeln!(rows, "| `{parent}{alias}` | | | Another name of `{path}`. | |");
    }
}

/// Adds the keys of the tables in a value.
fn below(shape: &ValueShape, path: &str, rows: &mut String) {
    match shape {
        ValueShape::Table(keys) => keys.iter().for_each(|key| row(key, &format!("{path}."), rows)),
        ValueShape::Map { placeholder, of, .. } => below(of, &format!("{path}.{placeholder}"), rows),
        ValueShape::List { of, .. } => below(of, path, rows),
        ValueShape::Either(shapes) => shapes.iter().for_each(|shape| below(shape, path, rows)),
        _ => {}
    }
}

/// Returns the type of a value and what is allowed.
fn value(shape: &ValueShape) -> String {
    match shape {
        ValueShape::Text(_) => format!("text: {}", plain(&shape.allows())),
        ValueShape::Integer(_) => format!("integer: {}", shape.allows()),
        ValueShape::IntegerOf { .. } => format!("integer: one of {}", shape.allows()),
        ValueShape::OneOf(words) => words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "),
        ValueShape::Number { .. } => shape.allows(),
        ValueShape::Boolean => "`true`, `false`".to_owned(),
        ValueShape::Off => "`false`: off".to_owned(),
        ValueShape::List { of, length } => format!("list{}, each: {}", count(*length, "elements"), value(of)),
        ValueShape::Map { placeholder, key, of, length } => {
            let entries = count(*length, "entries");
            format!("table{entries}; {placeholder} is {}: {}; values: {}", key.what, plain(&key.allows()), value(of))
        }
        ValueShape::Table(_) => "table".to_owned(),
        ValueShape::Either(shapes) => shapes.iter().map(value).collect::<Vec<_>>().join("; or "),
    }
}

/// Returns a text whose asterisks mean nothing to Markdown. One with code in it keeps them: there they mean nothing.
fn plain(text: &str) -> String {
    if text.contains('`') { text.to_owned() } else { text.replace('*', "\\*") }
}

/// Returns how many there may be, in words; nothing where any number may.
fn count((fewest, most): (usize, usize), what: &str) -> String {
    match (fewest, most) {
        (0, usize::MAX) => String::new(),
        (fewest, usize::MAX) => format!(", {fewest} or more {what}"),
        (0, most) => format!(", at most {most} {what}"),
        (fewest, most) => format!(", {fewest} to {most} {what}"),
    }
}

/// Returns what an absent key means.
fn default(presence: KeyPresence) -> String {
    match presence {
        KeyPresence::Required => "required".to_owned(),
        KeyPresence::Optional => "–".to_owned(),
        KeyPresence::Derived(words) => words.to_owned(),
        KeyPresence::Default(DefaultValue::EmptyList | DefaultValue::EmptyTable) => "none".to_owned(),
        KeyPresence::Default(value) => format!("`{}`", value.to_json()),
    }
}

//! Putting settings into a stack description: comments and order stay, and the file is whole at any time.

use super::setting::DescriptionSetting;
use crate::error::{Error, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Moves the settings of a stage to where they have to stand. What exists belongs to one stage: where the file has several, a name at
/// its top would be every stage's.
///
/// # Errors
/// When the text is no TOML.
pub fn locate(text: &str, stage: &str, settings: Vec<DescriptionSetting>) -> Result<Vec<DescriptionSetting>> {
    let document = parse(text)?;
    let stages = document.get("stage").and_then(Item::as_table_like);
    let overlay = stages.and_then(|stages| stages.get(stage));
    let several = stages.is_some_and(|stages| stages.len() > 1) && overlay.is_some();
    let in_stage = |setting: &DescriptionSetting| several || overlay.is_some_and(|overlay| has(overlay, &setting.path));
    let place = |setting: DescriptionSetting| {
        // A key goes where it is written.
        let written_above = setting.value.is_none() && !overlay.is_some_and(|overlay| has(overlay, &setting.path));
        if !in_stage(&setting) || written_above {
            return setting;
        }
        let path = ["stage", stage].into_iter().map(str::to_owned).chain(setting.path).collect();
        DescriptionSetting { path, value: setting.value }
    };
    Ok(settings.into_iter().map(place).collect())
}

/// Tells whether a key is written.
fn has(item: &Item, path: &[String]) -> bool {
    let mut item = Some(item);
    for key in path {
        item = item.and_then(Item::as_table_like).and_then(|table| table.get(key));
    }
    item.is_some()
}

/// Returns the text with the settings in it.
///
/// # Errors
/// When the text is no TOML, or a setting would stand below something that is no table.
pub fn edit(text: &str, settings: &[DescriptionSetting]) -> Result<String> {
    let mut document = parse(text)?;
    for setting in settings {
        let Some((last, parents)) = setting.path.split_last() else { continue };
        let table = descend(document.as_item_mut(), parents).and_then(Item::as_table_like_mut).ok_or_else(|| {
            Error::refused(format!("`{setting}` has no place in the description: something above it is no table"))
                .hint("Put the line there by hand.")
        })?;
        match &setting.value {
            None => drop(table.remove(last)),
            Some(value) => put(table, last, value),
        }
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Error::usage(format!("the stack description is no TOML: {}", error.message()))
    })
}

/// Returns the table at `path`. What is missing on the way becomes a dotted key of the last table that is there, so that no new section
/// appears between others.
fn descend<'a>(mut item: &'a mut Item, path: &[String]) -> Option<&'a mut Item> {
    for key in path {
        let missing = match item {
            Item::Table(_) => {
                let mut table = Table::new();
                table.set_dotted(true);
                Item::Table(table)
            }
            Item::Value(Value::InlineTable(_)) => Item::Value(Value::InlineTable(InlineTable::new())),
            _ => return None,
        };
        let table = item.as_table_like_mut()?;
        if !table.contains_key(key) {
            table.insert(key, missing);
        }
        item = table.get_mut(key)?;
    }
    Some(item)
}

/// Replaces a value and keeps what stands around it, or adds the key.
fn put(table: &mut dyn TableLike, key: &str, value: &Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = value.clone();
            *old.decor_mut() = decor;
        }
        Some(item) => *item = Item::Value(value.clone()),
        None => drop(table.insert(key, Item::Value(value.clone()))),
    }
}

/// Writes a file as a whole: beside it first, then in its place, so that it is never half there. What is a link stays one.
///
/// # Errors
/// When it cannot be written; the file is as it was then.
pub fn save(path: &Path, text: &str) -> Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let refused =
        |error: std::io::Error| Error::io(format!("cannot write {}: {error}; it is as it was", path.display()));
    let beside = beside(&target);
    let written = fs::File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Ok(meta) = fs::metadata(&target) {
            file.set_permissions(meta.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &target)
    });
    written.map_err(|error| {
        // Nothing of it may stay behind; when it does, the error that matters is the first.
        let _ = fs::remove_file(&beside);
        refused(error)
    })
}

/// Returns a name for the unfinished file in the directory of the finished one.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

//! What the sections of a stack description say of their keys.

use crate::kinds::sections;
use crate::stack::{KeyDefinition, KeyPresence, SectionDefinition, ValueShape};
use serde_json::Value;

/// Returns the definition of a section.
pub fn section(name: &str) -> Option<&'static SectionDefinition> {
    sections().into_iter().find(|section| section.name == name)
}

/// Returns the definition of a key of a section: `memory`, or `throttle.rate` inside a table.
pub fn key(name: &str, path: &str) -> Option<&'static KeyDefinition> {
    let mut keys = section(name)?.keys;
    let mut found = None;
    for segment in path.split('.') {
        let key = KeyDefinition::find(keys, segment)?;
        keys = if let ValueShape::Table(keys) = key.shape { keys } else { &[] };
        found = Some(key);
    }
    found
}

/// Returns the value that a key has when it is absent.
pub fn default(name: &str, path: &str) -> Option<Value> {
    match key(name, path)?.presence {
        KeyPresence::Default(value) => Some(value.to_json()),
        KeyPresence::Required | KeyPresence::Optional | KeyPresence::Derived(_) => None,
    }
}

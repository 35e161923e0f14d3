//! Puts the defaults of absent keys into a value, so that whoever reads it has no defaults of its own.

use super::definition::{KeyDefinition, KeyPresence, ValueShape};
use serde_json::{Map, Value};

impl ValueShape {
    /// Puts the defaults of absent keys into a value that passed the checks, at every depth, and gives the value of an
    /// alias to its key.
    pub fn complete(&self, value: &mut Value) {
        match (self, value) {
            (Self::Table(keys), Value::Object(members)) => complete_keys(keys, members),
            (Self::Map { of, .. }, Value::Object(members)) => members.values_mut().for_each(|value| of.complete(value)),
            (Self::List { of, .. }, Value::Array(elements)) => elements.iter_mut().for_each(|value| of.complete(value)),
            // No two of them are tables, so at most one changes anything.
            (Self::Either(shapes), value) => shapes.iter().for_each(|shape| shape.complete(value)),
            _ => {}
        }
    }
}

fn complete_keys(keys: &[KeyDefinition], members: &mut Map<String, Value>) {
    for key in keys {
        if let Some(value) = key.alias.and_then(|alias| members.remove(alias)) {
            members.insert(key.name.to_owned(), value);
        }
        if let KeyPresence::Default(value) = key.presence {
            members.entry(key.name).or_insert_with(|| value.to_json());
        }
        if let Some(value) = members.get_mut(key.name) {
            key.shape.complete(value);
        }
    }
}

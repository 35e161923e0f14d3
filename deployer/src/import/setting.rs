//! One line of a stack description.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::fmt;
use toml_edit::{Array, InlineTable, Key, Value};

/// A key of the description and the value that makes it agree with what exists.
#[derive(Debug, Clone)]
pub struct DescriptionSetting {
    /// Keys from the top of the file: `table`, `orders`, `name`; in a stage `stage`, `prod`, `table`, `orders`, `name`.
    pub path: Vec<String>,
    /// The value; nothing when the key has to go.
    pub value: Option<Value>,
}

impl DescriptionSetting {
    /// Returns the line `path = value`.
    pub fn new(path: &[&str], value: impl Into<Value>) -> Self {
        Self { path: path.iter().map(|key| (*key).to_owned()).collect(), value: Some(value.into()) }
    }

    /// Returns what takes the key at `path` away.
    pub fn remove(path: &[&str]) -> Self {
        Self { value: None, ..Self::new(path, false) }
    }

    /// Returns the name by which a user does without it, where it is a right: `function.api.allow`.
    pub fn right(&self) -> Option<String> {
        match &self.path[..] {
            [.., section, id, key]
                if section == "function" && ["allow", "managed_policies"].contains(&key.as_str()) =>
            {
                Some(format!("{section}.{id}.{key}"))
            }
            _ => None,
        }
    }

    /// Returns how many keys the header of its section has: `[table.orders]`, `[api]`, `[stage.prod]`.
    fn header(&self) -> usize {
        let own = if self.path.first().is_some_and(|first| first == "api") { 1 } else { 2 };
        own.min(self.path.len().saturating_sub(1))
    }

    /// Returns the header below which it stands: `[table.orders]`.
    pub fn section(&self) -> String {
        match self.header() {
            0 => "# at the top of the file".to_owned(),
            keys => format!("[{}]", dotted(&self.path[..keys])),
        }
    }

    /// Returns the line itself.
    pub fn line(&self) -> String {
        let key = dotted(&self.path[self.header()..]);
        match &self.value {
            Some(value) => format!("{key} = {value}"),
            None => format!("# without {key}"),
        }
    }
}

/// Returns a path as TOML writes it, with quotes where they must be.
fn dotted(path: &[String]) -> String {
    path.iter().map(|key| Key::new(key).to_string()).collect::<Vec<_>>().join(".")
}

impl fmt::Display for DescriptionSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}", dotted(&self.path)),
            None => write!(f, "without {}", dotted(&self.path)),
        }
    }
}

/// Writes `{"path":"table.orders.name","toml":"\"Orders\""}`; `toml` is null when the key has to go.
impl Serialize for DescriptionSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("DescriptionSetting", 2)?;
        out.serialize_field("path", &dotted(&self.path))?;
        out.serialize_field("toml", &self.value.as_ref().map(ToString::to_string))?;
        out.end()
    }
}

/// Returns a JSON value as TOML writes it. TOML has no null: its members and elements are left out.
pub fn toml_value(json: &serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match json {
        Json::Null => return None,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => number.as_i64().map_or_else(|| number.as_f64().unwrap_or_default().into(), Value::from),
        Json::String(text) => text.into(),
        Json::Array(list) => list.iter().filter_map(toml_value).collect::<Array>().into(),
        Json::Object(members) => {
            let mut members: Vec<_> =
                members.iter().filter_map(|(key, value)| Some((key.as_str(), toml_value(value)?))).collect();
            // Keys of an index stand before what is copied into it.
            members.sort_by_key(|(key, _)| !key.ends_with("_key"));
            members.into_iter().collect::<InlineTable>().into()
        }
    })
}

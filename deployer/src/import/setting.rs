//! One line that the stack description needs.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::fmt;
use toml_edit::{Key, Value};

/// One key of the description and the value that makes it agree with what exists.
#[derive(Debug, Clone)]
pub struct DescriptionSetting {
    /// Keys from the top of the file: `table`, `orders`, `name`; in a stage `stage`, `prod`, `table`, `orders`, `name`.
    pub path: Vec<String>,
    /// The value; nothing when the key has to go.
    pub value: Option<Value>,
}

impl DescriptionSetting {
    /// `path = value`.
    pub fn new<const N: usize>(path: [&str; N], value: impl Into<Value>) -> Self {
        DescriptionSetting { path: path.map(str::to_owned).into(), value: Some(value.into()) }
    }

    /// The key at `path` has to go.
    pub fn remove<const N: usize>(path: [&str; N]) -> Self {
        DescriptionSetting { path: path.map(str::to_owned).into(), value: None }
    }

    /// How many keys the header of its section has: `[table.orders]`, `[api]`, `[stage.prod]`.
    fn header(&self) -> usize {
        let own = if self.path.first().is_some_and(|first| first == "api") { 1 } else { 2 };
        own.min(self.path.len().saturating_sub(1))
    }

    /// The header below which it stands: `[table.orders]`.
    pub fn section(&self) -> String {
        format!("[{}]", dotted(&self.path[..self.header()]))
    }

    /// The line itself.
    pub fn line(&self) -> String {
        let key = dotted(&self.path[self.header()..]);
        match &self.value {
            Some(value) => format!("{key} = {value}"),
            None => format!("# without {key}"),
        }
    }
}

/// Keys as TOML writes them, quoted where they must be.
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

/// `{"path":"table.orders.name","toml":"\"Orders\""}`; `toml` is null when the key has to go.
impl Serialize for DescriptionSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Setting", 2)?;
        out.serialize_field("path", &dotted(&self.path))?;
        out.serialize_field("toml", &self.value.as_ref().map(ToString::to_string))?;
        out.end()
    }
}

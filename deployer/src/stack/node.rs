//! The description as a tree of values that know where they are written.

use std::collections::BTreeMap;

/// Bytes `start..end` of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextSpan {
    /// First byte.
    pub start: usize,
    /// One past the last byte; equal to `start` for a place between two characters.
    pub end: usize,
}

impl From<std::ops::Range<usize>> for TextSpan {
    fn from(range: std::ops::Range<usize>) -> Self {
        TextSpan { start: range.start, end: range.end }
    }
}

/// A value and the place where it is written. For a table with a header that is the header.
#[derive(Debug, Clone, PartialEq)]
pub struct TomlNode {
    /// Where the value is written.
    pub span: TextSpan,
    /// The value.
    pub value: TomlValue,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum TomlValue {
    /// String.
    Text(String),
    /// Integer; what is beyond 128 bits is the largest (or smallest) one, which no rule allows.
    Integer(i128),
    /// Float; may be `nan` or infinite.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// Date, time or both, as written.
    Date(String),
    /// Array, or array of tables.
    List(Vec<TomlNode>),
    /// Table, inline or with a header.
    Table(TomlTable),
}

impl TomlValue {
    /// Returns the value in words for a message: `the string "256"`. Long texts are cut.
    pub fn describe(&self) -> String {
        match self {
            TomlValue::Text(text) => format!("the string {}", quoted(text)),
            TomlValue::Integer(number) => format!("the integer {number}"),
            TomlValue::Float(number) => format!("the number {number:?}"),
            TomlValue::Boolean(value) => format!("the boolean {value}"),
            TomlValue::Date(text) => format!("the date or time {text}"),
            TomlValue::List(_) => "a list".to_owned(),
            TomlValue::Table(_) => "a table".to_owned(),
        }
    }

    /// Returns the value as JSON. Dates become strings; numbers that JSON does not have become null.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            TomlValue::Text(text) | TomlValue::Date(text) => text.clone().into(),
            TomlValue::Integer(number) => match i64::try_from(*number) {
                Ok(number) => number.into(),
                // Only a number may be that large, and it is a float in the end.
                Err(_) => (*number as f64).into(),
            },
            TomlValue::Float(number) => (*number).into(),
            TomlValue::Boolean(value) => (*value).into(),
            TomlValue::List(nodes) => nodes.iter().map(|node| node.value.to_json()).collect(),
            TomlValue::Table(entries) => entries.to_json(),
        }
    }
}

/// Returns `text` in double quotes, escaped and cut after 60 characters, so that no input can garble a message.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
    }
}

/// A value of a table, with the place of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct TomlEntry {
    /// Where the key is written.
    pub key: TextSpan,
    /// The value.
    pub node: TomlNode,
}

/// The entries of a table by key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TomlTable(BTreeMap<String, TomlEntry>);

impl TomlTable {
    /// Returns the entry of this key.
    pub fn get(&self, key: &str) -> Option<&TomlEntry> {
        self.0.get(key)
    }

    /// Returns the entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TomlEntry)> {
        self.0.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the string at `key`; nothing as well when something else is there, which its shape reports.
    pub fn text(&self, key: &str) -> Option<(&str, TextSpan)> {
        self.get(key)?.node.text()
    }

    /// Returns the integer at `key`.
    pub fn integer(&self, key: &str) -> Option<(i128, TextSpan)> {
        match self.get(key)?.node {
            TomlNode { value: TomlValue::Integer(number), span } => Some((number, span)),
            _ => None,
        }
    }

    /// Returns the boolean at `key`.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        match self.get(key)?.node.value {
            TomlValue::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the elements of the list at `key`.
    pub fn list(&self, key: &str) -> Option<&[TomlNode]> {
        match &self.get(key)?.node.value {
            TomlValue::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Returns the table at `key`.
    pub fn table(&self, key: &str) -> Option<&TomlTable> {
        self.get(key)?.node.table()
    }

    /// Returns the entry at a path of keys.
    pub(super) fn entry(&self, path: &[&str]) -> Option<&TomlEntry> {
        let (last, parents) = path.split_last()?;
        parents.iter().try_fold(self, |entries, key| entries.table(key))?.get(last)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut TomlEntry> {
        self.0.get_mut(key)
    }

    pub(super) fn insert(&mut self, key: String, entry: TomlEntry) {
        self.0.insert(key, entry);
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<TomlEntry> {
        self.0.remove(key)
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        self.iter().map(|(key, entry)| (key.to_owned(), entry.node.value.to_json())).collect()
    }
}

impl FromIterator<(String, TomlEntry)> for TomlTable {
    fn from_iter<I: IntoIterator<Item = (String, TomlEntry)>>(entries: I) -> Self {
        TomlTable(entries.into_iter().collect())
    }
}

impl IntoIterator for TomlTable {
    type Item = (String, TomlEntry);
    type IntoIter = std::collections::btree_map::IntoIter<String, TomlEntry>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl TomlNode {
    /// Returns the string, when it is one.
    pub fn text(&self) -> Option<(&str, TextSpan)> {
        match &self.value {
            TomlValue::Text(text) => Some((text, self.span)),
            _ => None,
        }
    }

    /// Returns the table, when it is one.
    pub fn table(&self) -> Option<&TomlTable> {
        match &self.value {
            TomlValue::Table(entries) => Some(entries),
            _ => None,
        }
    }
}

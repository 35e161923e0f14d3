//! The description as a tree of values that know where they are written.

use std::collections::BTreeMap;

/// Bytes `start..end` of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte; equal to `start` for a place between two characters.
    pub end: usize,
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Span { start: range.start, end: range.end }
    }
}

/// A value and the place where it is written. For a table with a header that is the header.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where the value is written.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
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
    List(Vec<Node>),
    /// Table, inline or with a header.
    Table(Entries),
}

impl Value {
    /// The value in words for a message: `the string "256"`. Long texts are cut.
    pub fn describe(&self) -> String {
        match self {
            Value::Text(text) => format!("the string {}", quoted(text)),
            Value::Integer(number) => format!("the integer {number}"),
            Value::Float(number) => format!("the number {number:?}"),
            Value::Boolean(value) => format!("the boolean {value}"),
            Value::Date(text) => format!("the date or time {text}"),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    /// The value as JSON. Dates become strings; numbers that JSON does not have become null.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Text(text) | Value::Date(text) => text.clone().into(),
            Value::Integer(number) => match i64::try_from(*number) {
                Ok(number) => number.into(),
                // Only a number may be that large, and it is a float in the end.
                Err(_) => (*number as f64).into(),
            },
            Value::Float(number) => (*number).into(),
            Value::Boolean(value) => (*value).into(),
            Value::List(nodes) => nodes.iter().map(|node| node.value.to_json()).collect(),
            Value::Table(entries) => entries.to_json(),
        }
    }
}

/// `text` in double quotes, escaped and cut after 60 characters, so that no input can garble a message.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
    }
}

/// A value of a table, with the place of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key is written.
    pub key: Span,
    /// The value.
    pub node: Node,
}

/// The entries of a table by key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entries(BTreeMap<String, Entry>);

impl Entries {
    /// Entry of this key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }

    /// Entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The string at `key`; `None` as well when something else is there (its shape reports that).
    pub fn text(&self, key: &str) -> Option<(&str, Span)> {
        self.get(key)?.node.text()
    }

    /// The integer at `key`.
    pub fn integer(&self, key: &str) -> Option<(i128, Span)> {
        match self.get(key)?.node {
            Node { value: Value::Integer(number), span } => Some((number, span)),
            _ => None,
        }
    }

    /// The boolean at `key`.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        match self.get(key)?.node.value {
            Value::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of the list at `key`.
    pub fn list(&self, key: &str) -> Option<&[Node]> {
        match &self.get(key)?.node.value {
            Value::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The table at `key`.
    pub fn table(&self, key: &str) -> Option<&Entries> {
        self.get(key)?.node.table()
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.0.get_mut(key)
    }

    pub(super) fn insert(&mut self, key: String, entry: Entry) {
        self.0.insert(key, entry);
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Entry> {
        self.0.remove(key)
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        self.iter().map(|(key, entry)| (key.to_owned(), entry.node.value.to_json())).collect()
    }
}

impl FromIterator<(String, Entry)> for Entries {
    fn from_iter<I: IntoIterator<Item = (String, Entry)>>(entries: I) -> Self {
        Entries(entries.into_iter().collect())
    }
}

impl IntoIterator for Entries {
    type Item = (String, Entry);
    type IntoIter = std::collections::btree_map::IntoIter<String, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Node {
    /// The string, when it is one.
    pub fn text(&self) -> Option<(&str, Span)> {
        match &self.value {
            Value::Text(text) => Some((text, self.span)),
            _ => None,
        }
    }

    /// The table, when it is one.
    pub fn table(&self) -> Option<&Entries> {
        match &self.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }
}

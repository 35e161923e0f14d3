//! Shapes of values and the keys of tables. Shape and key contain each other, so they stand together.

use super::text::TextRule;
use crate::stack::nearest::enumerate;
use serde_json::Value;

/// Describes what a value may be.
#[derive(Debug, Clone, Copy)]
pub enum ValueShape {
    /// A string.
    Text(TextRule),
    /// An integer from a range.
    Integer(IntegerRange),
    /// One of a few integers, in ascending order, counted in `unit`.
    IntegerOf {
        /// The allowed ones.
        allowed: &'static [i128],
        /// Unit, such as `days`.
        unit: &'static str,
    },
    /// A number, with or without a fraction, not below `min`; never `nan` or infinite.
    Number {
        /// Smallest value.
        min: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// `false`, beside other shapes: it switches off what they would set.
    Off,
    /// One of a few words, in this letter case.
    OneOf(&'static [&'static str]),
    /// A list whose elements all have one shape and of which no two are the same text.
    List {
        /// Shape of an element.
        of: &'static ValueShape,
        /// Fewest and most elements.
        length: (usize, usize),
    },
    /// A table with keys that the user chooses.
    Map {
        /// What the keys are called in paths of the reference: `NAME` in `index.NAME.sort_key`.
        placeholder: &'static str,
        /// Rule of the keys.
        key: TextRule,
        /// Shape of every value.
        of: &'static ValueShape,
        /// Fewest and most entries.
        length: (usize, usize),
    },
    /// A table with keys that we choose.
    Table(&'static [KeyDefinition]),
    /// One of several shapes, told apart by their TOML type.
    Either(&'static [ValueShape]),
}

/// Range of an integer.
#[derive(Debug, Clone, Copy)]
pub struct IntegerRange {
    /// Smallest value.
    pub min: i128,
    /// Largest value.
    pub max: i128,
    /// Unit, such as `MB`; empty for a plain count.
    pub unit: &'static str,
}

/// Describes a key of a table whose keys we choose: the one place where its name, range, default and meaning stand.
/// [`toml_block!`](crate::stack::toml_block) makes one of every field of a block.
#[derive(Debug, Clone, Copy)]
pub struct KeyDefinition {
    /// Key.
    pub name: &'static str,
    /// What it means, in Markdown.
    pub doc: &'static str,
    /// What its value may be.
    pub shape: ValueShape,
    /// Whether it has to be there.
    pub presence: KeyPresence,
    /// Another name of the key that is read too.
    pub alias: Option<&'static str>,
    /// What it is in AWS's API: operation and member. Empty for what AWS does not know.
    pub aws: &'static str,
    /// What names that are made here end with where the key is `true`.
    pub name_end: &'static str,
}

/// Holds what is said about a key beside its name and its meaning. Made from a shape, by [`ValueShape::required`] and
/// its siblings.
#[derive(Debug, Clone, Copy)]
pub struct KeyRule {
    shape: ValueShape,
    presence: KeyPresence,
    alias: Option<&'static str>,
    aws: &'static str,
    name_end: &'static str,
}

/// Tells whether a key has to be there, and what its absence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPresence {
    /// It has to.
    Required,
    /// Absent means that the feature is off or left to AWS.
    Optional,
    /// Absent means a value that depends on others, in words and Markdown.
    Derived(&'static str),
    /// Absent means this value, which is put in before the block is read.
    Default(DefaultValue),
}

/// The value of a key that is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A string.
    Text(&'static str),
    /// A list without elements.
    EmptyList,
    /// A table whose keys are all absent.
    EmptyTable,
}

impl DefaultValue {
    /// Returns the value as JSON.
    pub fn to_json(self) -> Value {
        match self {
            Self::Boolean(value) => value.into(),
            Self::Integer(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::EmptyList => Value::Array(Vec::new()),
            Self::EmptyTable => Value::Object(serde_json::Map::new()),
        }
    }
}

impl KeyDefinition {
    /// Returns the definition of a key.
    pub const fn new(name: &'static str, doc: &'static str, rule: KeyRule) -> Self {
        let KeyRule { shape, presence, alias, aws, name_end } = rule;
        Self { name, doc: doc.trim_ascii(), shape, presence, alias, aws, name_end }
    }

    /// Returns the key with this name or alias among `keys`.
    pub fn find<'k>(keys: &'k [Self], name: &str) -> Option<&'k Self> {
        keys.iter().find(|key| key.name == name || key.alias == Some(name))
    }

    /// Returns the names and aliases of `keys`, in their order.
    pub fn names(keys: &[Self]) -> impl Iterator<Item = &'static str> + Clone {
        keys.iter().flat_map(|key| std::iter::once(key.name).chain(key.alias))
    }
}

impl KeyRule {
    /// Adds what the key is in AWS's API: `CreateFunction: MemorySize`.
    #[must_use]
    pub const fn aws(self, aws: &'static str) -> Self {
        Self { aws, ..self }
    }

    /// Adds another name that is read too.
    #[must_use]
    pub const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// Adds what names that are made here end with where the key is `true`.
    #[must_use]
    pub const fn name_end(self, name_end: &'static str) -> Self {
        Self { name_end, ..self }
    }
}

impl ValueShape {
    /// Returns the shape of an integer from `min` to `max`, counted in `unit`.
    pub const fn integer(min: i128, max: i128, unit: &'static str) -> Self {
        Self::Integer(IntegerRange { min, max, unit })
    }

    /// Returns the rule of a key that has to be there.
    pub const fn required(self) -> KeyRule {
        self.with(KeyPresence::Required)
    }

    /// Returns the rule of a key whose absence means that the feature is off or left to AWS.
    pub const fn optional(self) -> KeyRule {
        self.with(KeyPresence::Optional)
    }

    /// Returns the rule of a key whose absence means what `words` say.
    pub const fn derived(self, words: &'static str) -> KeyRule {
        self.with(KeyPresence::Derived(words))
    }

    /// Returns the rule of a key whose absence means `value`.
    pub const fn or(self, value: DefaultValue) -> KeyRule {
        self.with(KeyPresence::Default(value))
    }

    const fn with(self, presence: KeyPresence) -> KeyRule {
        KeyRule { shape: self, presence, alias: None, aws: "", name_end: "" }
    }

    /// Returns the shape in a few words with its article: `an integer`.
    pub(super) fn expects(&self) -> String {
        match self {
            Self::Text(_) | Self::OneOf(_) => "a string".to_owned(),
            Self::Integer(_) | Self::IntegerOf { .. } => "an integer".to_owned(),
            Self::Number { .. } => "a number".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Off => "false".to_owned(),
            Self::List { .. } => "a list".to_owned(),
            Self::Map { .. } | Self::Table(_) => "a table".to_owned(),
            Self::Either(shapes) => shapes.iter().map(Self::expects).collect::<Vec<_>>().join(" or "),
        }
    }

    /// Returns what is allowed, for help texts.
    pub fn allows(&self) -> String {
        match self {
            Self::Text(text) => text.allows(),
            Self::Integer(IntegerRange { min, max, unit }) => with_unit(format!("{min} to {max}"), unit),
            Self::IntegerOf { allowed, unit } => {
                with_unit(allowed.iter().map(i128::to_string).collect::<Vec<_>>().join(", "), unit)
            }
            Self::Number { min } => format!("a number from {min} up"),
            Self::Boolean => "true or false".to_owned(),
            Self::Off => "false to switch it off".to_owned(),
            Self::OneOf(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
            Self::List { of, .. } => format!("a list; each element: {}", of.allows()),
            Self::Map { key, of, .. } => format!("a table; keys: {}; values: {}", key.allows(), of.allows()),
            Self::Table(keys) => format!("a table with {}", enumerate(KeyDefinition::names(keys))),
            Self::Either(shapes) => shapes.iter().map(Self::allows).collect::<Vec<_>>().join("; or "),
        }
    }
}

fn with_unit(text: String, unit: &str) -> String {
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

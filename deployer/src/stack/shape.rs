//! What a value may be, as data: the one source of the checks, their messages and the printed reference.

mod check;
mod reference;

pub(super) use check::{Completeness, Template, Walk};

/// What a value may be.
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

/// Rule of a string.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// What it is, with its article: `a table name`.
    pub what: &'static str,
    /// What is allowed, in words.
    pub words: &'static str,
    /// Fewest and most characters.
    pub length: (usize, usize),
    /// Refuses a text, and says why: `' ' is not allowed`.
    pub test: fn(&str) -> Result<(), String>,
    /// Whether `${table.orders.name}` and the like are replaced in it.
    pub references: bool,
}

impl TextRule {
    /// A text of any characters but control characters.
    pub const fn any(what: &'static str, min: usize, max: usize) -> TextRule {
        TextRule {
            what,
            words: "any characters but control characters",
            length: (min, max),
            test: printable,
            references: false,
        }
    }

    /// A text that follows a rule.
    pub const fn rule(
        what: &'static str,
        (min, max): (usize, usize),
        words: &'static str,
        test: fn(&str) -> Result<(), String>,
    ) -> TextRule {
        TextRule { what, words, length: (min, max), test, references: false }
    }

    /// Why `text` is refused, or nothing.
    pub fn refuses(&self, text: &str) -> Option<String> {
        let (min, max) = self.length;
        let length = text.chars().count();
        match length {
            0 if min > 0 => Some("it is empty".to_owned()),
            1 if min > 1 => Some("it has 1 character".to_owned()),
            _ if length < min || length > max => Some(format!("it has {length} characters")),
            _ => (self.test)(text).err(),
        }
    }

    /// What is allowed: words and length.
    pub fn allows(&self) -> String {
        match self.length {
            (0, usize::MAX) => self.words.to_owned(),
            (min, usize::MAX) => format!("{}; at least {min} characters", self.words),
            (0, max) => format!("{}; at most {max} characters", self.words),
            (min, max) if min == max => format!("{}; exactly {max} characters", self.words),
            (min, max) => format!("{}; {min} to {max} characters", self.words),
        }
    }
}

/// Accepts texts of allowed characters; names the first other one.
pub fn characters(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(format!("{character:?} is not allowed")),
        None => Ok(()),
    }
}

/// Accepts texts without control characters.
pub fn printable(text: &str) -> Result<(), String> {
    characters(text, |character| !character.is_control())
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

/// A key of a table that we define.
#[derive(Debug, Clone, Copy)]
pub struct KeyDefinition {
    /// Key.
    pub name: &'static str,
    /// What its value may be.
    pub shape: ValueShape,
    /// Whether it has to be there.
    pub presence: KeyPresence,
    /// What it means, as one sentence for the reference.
    pub doc: &'static str,
}

/// Whether a key has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPresence {
    /// It has to.
    Required,
    /// Absent means that the feature is off or left to AWS.
    Optional,
    /// Absent means this value, as it would be written or in words.
    Default(&'static str),
}

impl KeyDefinition {
    /// A key that has to be there.
    pub const fn required(name: &'static str, shape: ValueShape, doc: &'static str) -> KeyDefinition {
        KeyDefinition { name, shape, presence: KeyPresence::Required, doc }
    }

    /// A key that may be absent.
    pub const fn optional(name: &'static str, shape: ValueShape, doc: &'static str) -> KeyDefinition {
        KeyDefinition { name, shape, presence: KeyPresence::Optional, doc }
    }

    /// A key that may be absent and then has this value.
    pub const fn default(
        name: &'static str,
        default: &'static str,
        shape: ValueShape,
        doc: &'static str,
    ) -> KeyDefinition {
        KeyDefinition { name, shape, presence: KeyPresence::Default(default), doc }
    }
}

impl ValueShape {
    /// The shape in a few words with its article: `an integer`.
    fn expects(&self) -> String {
        match self {
            ValueShape::Text(_) | ValueShape::OneOf(_) => "a string".to_owned(),
            ValueShape::Integer(_) | ValueShape::IntegerOf { .. } => "an integer".to_owned(),
            ValueShape::Number { .. } => "a number".to_owned(),
            ValueShape::Boolean => "true or false".to_owned(),
            ValueShape::List { .. } => "a list".to_owned(),
            ValueShape::Map { .. } | ValueShape::Table(_) => "a table".to_owned(),
            ValueShape::Either(shapes) => shapes.iter().map(ValueShape::expects).collect::<Vec<_>>().join(" or "),
        }
    }

    /// What is allowed, for help texts.
    fn allows(&self) -> String {
        match self {
            ValueShape::Text(text) => text.allows(),
            ValueShape::Integer(IntegerRange { min, max, unit }) => with_unit(format!("{min} to {max}"), unit),
            ValueShape::IntegerOf { allowed, unit } => {
                with_unit(allowed.iter().map(i128::to_string).collect::<Vec<_>>().join(", "), unit)
            }
            ValueShape::Number { min } => format!("a number from {min} up"),
            ValueShape::Boolean => "true or false".to_owned(),
            ValueShape::OneOf(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
            ValueShape::List { of, .. } => format!("a list; each element: {}", of.allows()),
            ValueShape::Map { key, of, .. } => {
                format!("a table; keys: {}; values: {}", key.allows(), of.allows())
            }
            ValueShape::Table(fields) => {
                format!("a table with {}", super::nearest::enumerate(fields.iter().map(|field| field.name)))
            }
            ValueShape::Either(shapes) => shapes.iter().map(ValueShape::allows).collect::<Vec<_>>().join("; or "),
        }
    }
}

fn with_unit(text: String, unit: &str) -> String {
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

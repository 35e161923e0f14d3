//! What a value may be, as data: the one source of the checks, their messages and the printed reference.

mod check;
mod reference;

pub(super) use check::{Completeness, Template, Walk};

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text(Text),
    /// An integer from a range.
    Integer(Integer),
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
        of: &'static Shape,
        /// Fewest and most elements.
        length: (usize, usize),
    },
    /// A table with keys that the user chooses.
    Map {
        /// Rule of the keys.
        key: Text,
        /// Shape of every value.
        of: &'static Shape,
        /// Fewest and most entries.
        length: (usize, usize),
    },
    /// A table with keys that we choose.
    Table(&'static [Field]),
    /// One of several shapes, told apart by their TOML type.
    Either(&'static [Shape]),
}

/// Rule of a string.
#[derive(Debug, Clone, Copy)]
pub struct Text {
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

impl Text {
    /// A text of any characters but control characters.
    pub const fn any(what: &'static str, min: usize, max: usize) -> Text {
        Text {
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
    ) -> Text {
        Text { what, words, length: (min, max), test, references: false }
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
pub struct Integer {
    /// Smallest value.
    pub min: i128,
    /// Largest value.
    pub max: i128,
    /// Unit, such as `MB`; empty for a plain count.
    pub unit: &'static str,
}

/// A key of a table that we define.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Key.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// Whether it has to be there.
    pub presence: Presence,
    /// What it means, as one sentence for the reference.
    pub doc: &'static str,
}

/// Whether a key has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has to.
    Required,
    /// Absent means that the feature is off or left to AWS.
    Optional,
    /// Absent means this value, as it would be written or in words.
    Default(&'static str),
}

impl Field {
    /// A key that has to be there.
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Field {
        Field { name, shape, presence: Presence::Required, doc }
    }

    /// A key that may be absent.
    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Field {
        Field { name, shape, presence: Presence::Optional, doc }
    }

    /// A key that may be absent and then has this value.
    pub const fn default(name: &'static str, default: &'static str, shape: Shape, doc: &'static str) -> Field {
        Field { name, shape, presence: Presence::Default(default), doc }
    }
}

impl Shape {
    /// The shape in a few words with its article: `an integer`.
    fn expects(&self) -> String {
        match self {
            Shape::Text(_) | Shape::OneOf(_) => "a string".to_owned(),
            Shape::Integer(_) | Shape::IntegerOf { .. } => "an integer".to_owned(),
            Shape::Number { .. } => "a number".to_owned(),
            Shape::Boolean => "true or false".to_owned(),
            Shape::List { .. } => "a list".to_owned(),
            Shape::Map { .. } | Shape::Table(_) => "a table".to_owned(),
            Shape::Either(shapes) => shapes.iter().map(Shape::expects).collect::<Vec<_>>().join(" or "),
        }
    }

    /// What is allowed, for help texts.
    fn allows(&self) -> String {
        match self {
            Shape::Text(text) => text.allows(),
            Shape::Integer(Integer { min, max, unit }) => with_unit(format!("{min} to {max}"), unit),
            Shape::IntegerOf { allowed, unit } => {
                with_unit(allowed.iter().map(i128::to_string).collect::<Vec<_>>().join(", "), unit)
            }
            Shape::Number { min } => format!("a number from {min} up"),
            Shape::Boolean => "true or false".to_owned(),
            Shape::OneOf(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
            Shape::List { of, .. } => format!("a list; each element: {}", of.allows()),
            Shape::Map { key, of, .. } => {
                format!("a table; keys: {}; values: {}", key.allows(), of.allows())
            }
            Shape::Table(fields) => {
                format!("a table with {}", super::nearest::enumerate(fields.iter().map(|field| field.name)))
            }
            Shape::Either(shapes) => shapes.iter().map(Shape::allows).collect::<Vec<_>>().join("; or "),
        }
    }
}

fn with_unit(text: String, unit: &str) -> String {
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}

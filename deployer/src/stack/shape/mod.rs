//! What a value of the description may be, as data. The checks and their messages, the defaults, the printed reference
//! and the JSON Schema are all read from it.

mod check;
mod complete;
mod definition;
mod text;

pub(super) use check::{Completeness, Template, Walk};
pub use definition::{DefaultValue, IntegerRange, KeyDefinition, KeyPresence, KeyRule, ValueShape};
pub use text::{CharacterGroup, CharacterSet, TextRule, TextStep, characters};

//! The stack description: one TOML file, checked as a whole before anything is contacted.
//!
//! The steps, one module each: [`find()`] the file → read it (`source`) → parse it into values that know their places
//! (`syntax`, `node`) → lay each stage over it (`overlay`) → read the files that it names (`files`) → check every value
//! against its [`ValueShape`] (`shape`) → check references, names and relations (`reference`, `names`, the sections' own
//! checks) → put the defaults in and return a [`Stack`], or all mistakes at once ([`InvalidStack`]).
//!
//! Which sections there are is passed in ([`SectionDefinition`]): nothing here knows a kind of resource. A block's keys
//! are declared by [`toml_block!`](block::toml_block); [`json_schema()`] says the same to editors.

mod block;
pub mod confidential;
mod description;
mod diagnostic;
mod files;
mod find;
mod foreign_words;
mod header;
mod invalid;
mod json_schema;
mod load;
mod look_up;
mod names;
mod nearest;
mod node;
mod overlay;
mod paths;
mod reference;
mod regions;
mod report;
mod section;
mod shape;
mod source;
mod syntax;
mod tags;
#[cfg(test)]
mod tests;
mod written;

pub use crate::aws::tags::matches as tag_matches;
pub(crate) use block::{toml_block, toml_words};
pub use description::Stack;
pub use diagnostic::Diagnostic;
pub use files::{ReferencedFiles, project_dir};
pub use find::{NotFound, find};
pub use header::{ID as BLOCK_ID, MANAGED_POLICY, StackHeader};
pub use invalid::InvalidStack;
pub use json_schema::json_schema;
pub use load::{check, load, parse, read};
pub use look_up::NamedBlock;
pub use nearest::{enumerate, nearest, suggest};
pub use node::{TextSpan, TomlEntry, TomlNode, TomlTable, TomlValue, quoted};
pub use reference::BlockAttribute;
pub use regions::form as region_form;
pub use report::{DocumentDrift, MistakeReport, StackMistake};
pub use section::{CheckContext, SectionDefinition, TypedBlock, WrittenBlock, fits};
pub use shape::{
    CharacterGroup, CharacterSet, DefaultValue, IntegerRange, KeyDefinition, KeyPresence, KeyRule, TextRule, TextStep,
    ValueShape, characters,
};
pub use source::StackSource;
pub use tags::{API_TAGS, TAGS};

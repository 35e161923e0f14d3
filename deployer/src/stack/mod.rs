//! The stack description: one TOML file, checked as a whole before anything is contacted.
//!
//! The way of a description, one module for each step: [`find()`] the file → read it (`source`) → TOML with places
//! (`syntax`, `node`) → lay each stage over it (`overlay`) → read the files that it names (`files`) → check every value against its [`ValueShape`] (`shape`) → check
//! references, names and relations (`reference`, `names`, the sections' own checks) → a [`Stack`], or all mistakes at
//! once ([`InvalidStack`]).
//!
//! Which sections there are is passed in ([`SectionDefinition`]): nothing here knows a kind of resource.

mod diagnostic;
mod files;
mod find;
mod header;
mod invalid;
mod load;
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
pub use diagnostic::Diagnostic;
pub use files::{ReferencedFiles, project_dir};
pub use find::{NotFound, find};
pub use header::HEADER;
pub use invalid::InvalidStack;
pub use load::{check, load, parse, read};
pub use names::physical_name;
pub use nearest::{enumerate, nearest, suggest};
pub use node::{TextSpan, TomlEntry, TomlNode, TomlTable, TomlValue, quoted};
pub use reference::BlockReference;
pub use report::{DocumentDrift, MistakeReport, StackMistake};
pub use section::{CheckContext, SectionDefinition, WrittenBlock, fits};
pub use shape::{IntegerRange, KeyDefinition, KeyPresence, TextRule, ValueShape, characters, printable};
pub use source::StackSource;
pub use tags::{API_TAGS, TAGS};

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::PathBuf;
use written::DescriptionText;

/// A checked stack description with one stage's overlay applied.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Path of the description; relative paths in it start at its directory.
    pub path: PathBuf,
    /// Name of the stack; prefix of physical names and value of the tag `deployer:stack`.
    pub name: String,
    /// Deployment stage; value of the tag `deployer:stage`.
    pub stage: String,
    /// AWS region, when the file names one.
    pub region: Option<String>,
    /// The only account the stack may be deployed to, when the file names one.
    pub account: Option<String>,
    /// Whether nothing may be taken away in the cloud before somebody names the stage.
    pub production: bool,
    /// Tags of every resource.
    pub tags: BTreeMap<String, String>,
    /// Patterns of tag keys that others manage: neither compared nor removed. See [`tag_matches`].
    pub ignore_tags: Vec<String>,
    /// Remarks about the file that do not refuse it.
    pub warnings: Vec<Diagnostic>,
    /// Files that it names.
    files: ReferencedFiles,
    /// Where everything is written.
    written: DescriptionText,
    /// Blocks by section and id, as JSON that fits the block's type.
    blocks: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// The typed form of one section of the file.
pub trait TypedBlock: DeserializeOwned {
    /// First key of the section: `table` in `[table.orders]`.
    const SECTION: &'static str;
}

impl Stack {
    /// All blocks of a section with their ids, in the order of the ids. The id of a section that has one block, such as
    /// `[api]`, is the section's name.
    pub fn all<B: TypedBlock>(&self) -> Vec<(String, B)> {
        let blocks = self.blocks.get(B::SECTION).into_iter().flatten();
        // None is left out: loading made sure that every block fits its type.
        blocks.filter_map(|(id, block)| Some((id.clone(), B::deserialize(block).ok()?))).collect()
    }

    /// The block with this id.
    pub fn get<B: TypedBlock>(&self, id: &str) -> Option<B> {
        B::deserialize(self.blocks.get(B::SECTION)?.get(id)?).ok()
    }

    /// The line of the key at a path such as `["function", "api", "memory"]`, from 1.
    pub fn line(&self, path: &[&str]) -> Option<usize> {
        self.written.line(path)
    }

    /// The text of a file that a block names. Loading made sure that it could be read.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.ok()
    }

    /// The name that AWS knows a block by: the given one, else `{stack}-{stage}-{id}`.
    pub fn physical_name(&self, id: &str, given: Option<&str>) -> String {
        physical_name(&self.name, &self.stage, id, given.map(str::to_owned))
    }

    /// Replaces the references of a text: `${stack.name}` and `${stack.stage}` from the stack, others by `lookup`;
    /// `${stack.region}` and `${stack.account}` from the file when `lookup` does not know them. `$${` becomes `${`.
    ///
    /// Loading made sure that every reference has a target, so `lookup` knows it; what it does not know stays as written.
    pub fn resolve(&self, text: &str, lookup: &dyn Fn(&BlockReference) -> Option<String>) -> String {
        reference::resolve(text, &|reference| match (reference.section.as_str(), reference.attribute.as_str()) {
            ("stack", "name") => Some(self.name.clone()),
            ("stack", "stage") => Some(self.stage.clone()),
            ("stack", "region") => lookup(reference).or_else(|| self.region.clone()),
            ("stack", "account") => lookup(reference).or_else(|| self.account.clone()),
            _ => lookup(reference),
        })
    }
}

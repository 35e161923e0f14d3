//! A section of the description, `[table.X]` or `[api]`, as its kind defines it.

use super::files::ReferencedFiles;
use super::node::{TextSpan, TomlEntry, TomlNode, TomlTable};
use super::physical_name;
use super::report::MistakeReport;
use super::shape::{TextRule, ValueShape};
use serde::de::DeserializeOwned;

/// What a kind of resource contributes to the description: passed in, so that the description knows no kind.
#[derive(Debug, Clone, Copy)]
pub struct SectionDefinition {
    /// First key: `table` in `[table.orders]`.
    pub name: &'static str,
    /// Whether there may be several blocks, `[table.orders]`, or one, `[api]`.
    pub many: bool,
    /// What a block may hold.
    pub shape: ValueShape,
    /// Rule of the physical name, which is the key `name` of a block or made from the stack, the stage and the block's id.
    /// No two blocks of a section may share one.
    pub physical_name: TextRule,
    /// Keys whose values are paths of files that are part of the description; only of a section with one block.
    pub files: &'static [&'static str],
    /// What `${table.orders.ATTRIBUTE}` may be; empty when nothing can refer to a block.
    pub attributes: &'static [&'static str],
    /// Rules that one value alone cannot break: limits that depend on another key, references to other blocks.
    pub check: fn(&CheckContext<'_>, &mut MistakeReport),
    /// Whether a block that passed all checks fits the typed form, which is `fits::<TableBlock>`.
    pub fits: fn(&serde_json::Value) -> Result<(), serde_json::Error>,
}

/// Whether the JSON of a block fits its typed form; see [`SectionDefinition::fits`].
///
/// # Errors
/// What does not fit. It means that shape and type disagree.
pub fn fits<B: DeserializeOwned>(value: &serde_json::Value) -> Result<(), serde_json::Error> {
    B::deserialize(value).map(drop)
}

/// A whole description with one stage's overlay applied, for the checks of the sections. Values may still have the
/// wrong type or be absent: that is reported elsewhere, and a check passes over it.
#[derive(Debug, Clone, Copy)]
pub struct CheckContext<'a> {
    /// Name of the stack.
    pub name: &'a str,
    /// Stage that this is.
    pub stage: &'a str,
    pub(super) root: &'a TomlTable,
    pub(super) files: &'a ReferencedFiles,
    pub(super) sections: &'a [&'a SectionDefinition],
}

/// One block as written.
#[derive(Debug, Clone, Copy)]
pub struct WrittenBlock<'a> {
    /// Id, `orders` in `[table.orders]`; the section's name when there is only one block.
    pub id: &'a str,
    /// Where the id is written.
    pub key: TextSpan,
    /// Its values.
    pub entries: &'a TomlTable,
}

impl<'a> CheckContext<'a> {
    /// Blocks of a section. What is no table is left out.
    pub fn blocks(&self, section: &str) -> Vec<WrittenBlock<'a>> {
        let Some((section, entry)) = self.section(section).zip(self.root.get(section)) else {
            return Vec::new();
        };
        let written = |id: &'a str, entry: &'a TomlEntry| {
            entry.node.table().map(|entries| WrittenBlock { id, key: entry.key, entries })
        };
        if section.many {
            entry
                .node
                .table()
                .into_iter()
                .flat_map(TomlTable::iter)
                .filter_map(|(id, entry)| written(id, entry))
                .collect()
        } else {
            written(section.name, entry).into_iter().collect()
        }
    }

    /// Ids of a section's blocks.
    pub fn ids(&self, section: &str) -> Vec<&'a str> {
        self.blocks(section).iter().map(|block| block.id).collect()
    }

    /// The name that AWS knows the block by: its `name`, else `{stack}-{stage}-{id}`.
    pub fn physical_name(&self, block: &WrittenBlock<'_>) -> String {
        let given = block.entries.text("name").map(|(name, _)| name.to_owned());
        physical_name(self.name, self.stage, block.id, given)
    }

    /// A file that the description names; see [`ReferencedFiles::get`].
    pub fn file(&self, path: &str) -> Option<Result<&'a str, &'a str>> {
        self.files.get(path)
    }

    /// Place of the key at a path such as `["function", "api", "tables", "orders"]`.
    pub fn key(&self, path: &[&str]) -> Option<TextSpan> {
        self.entry(path).map(|entry| entry.key)
    }

    /// Place of the value at a path.
    pub fn value(&self, path: &[&str]) -> Option<TextSpan> {
        self.entry(path).map(|entry| entry.node.span)
    }

    fn entry(&self, path: &[&str]) -> Option<&'a TomlEntry> {
        let (last, parents) = path.split_last()?;
        parents.iter().try_fold(self.root, |entries, key| entries.table(key))?.get(last)
    }

    pub(super) fn section(&self, name: &str) -> Option<&'a SectionDefinition> {
        self.sections.iter().copied().find(|section| section.name == name)
    }
}

impl WrittenBlock<'_> {
    /// Place of the value at `key`, else of the block's id: for mistakes about something that may be absent.
    pub fn place(&self, key: &str) -> TextSpan {
        self.entries.get(key).map_or(self.key, |TomlEntry { node: TomlNode { span, .. }, .. }| *span)
    }
}

//! A section of the description, `[table.X]` or `[api]`, as its kind defines it.

use super::files::ReferencedFiles;
use super::node::{TextSpan, TomlEntry, TomlTable, TomlValue};
use super::reference::BlockAttribute;
use super::report::MistakeReport;
use super::shape::{DefaultValue, KeyDefinition, KeyPresence, TextRule, ValueShape};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Describes what a kind of resource contributes to the description. Passed in, so that `stack` knows no kind.
#[derive(Debug, Clone, Copy)]
pub struct SectionDefinition {
    /// First key: `table` in `[table.orders]`.
    pub name: &'static str,
    /// Whether there may be several blocks, `[table.orders]`, or one, `[api]`.
    pub many: bool,
    /// What a block describes, for the reference.
    pub about: &'static str,
    /// What the reference says below the keys, in Markdown; empty for nothing.
    pub notes: &'static str,
    /// What a block may hold.
    pub keys: &'static [KeyDefinition],
    /// Rule of the physical name, which is the key `name` of a block or made from the stack, the stage and the block's id.
    /// No two blocks of a section may share one.
    pub physical_name: TextRule,
    /// Keys whose values are paths of files that are part of the description; only of a section with one block.
    pub files: &'static [&'static str],
    /// What `${table.orders.ATTRIBUTE}` may be; empty when nothing can refer to a block.
    pub attributes: &'static [BlockAttribute],
    /// Rules that one value alone cannot break: limits that depend on another key, references to other blocks.
    pub check: fn(&CheckContext<'_>, &mut MistakeReport),
    /// Tells whether a complete block fits the typed form; this is `fits::<TableBlock>`.
    pub fits: fn(&Value) -> Result<(), serde_json::Error>,
}

/// A section's block as a Rust type.
pub trait TypedBlock: DeserializeOwned {
    /// First key of the section: `table` in `[table.orders]`.
    const SECTION: &'static str;

    /// Returns the key `name`, which every block has.
    fn name(&self) -> Option<&str>;
}

/// Tells whether the JSON of a block fits its typed form; see [`SectionDefinition::fits`].
///
/// # Errors
/// What does not fit. It means that keys and type disagree.
pub fn fits<B: TypedBlock>(value: &Value) -> Result<(), serde_json::Error> {
    B::deserialize(value).map(drop)
}

impl SectionDefinition {
    /// Returns the header of a block as it is written: `[table.orders]`, `[api]`.
    pub fn header(&self, id: &str) -> String {
        if self.many { format!("[{}.{}]", self.name, id.escape_debug()) } else { format!("[{}]", self.name) }
    }

    /// Returns a block as JSON, with the defaults of the keys that it leaves out, and with the name that is made for it where
    /// the block's keys have a say in that.
    pub(super) fn complete(&self, context: &CheckContext<'_>, block: &WrittenBlock<'_>) -> Value {
        let mut value = block.entries.to_json();
        ValueShape::Table(self.keys).complete(&mut value);
        if !block.name_end().is_empty() {
            value["name"] = context.physical_name(block).into();
        }
        value
    }
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
    /// What it may hold.
    keys: &'static [KeyDefinition],
}

impl<'a> CheckContext<'a> {
    /// Returns the blocks of a section. What is no table is left out.
    pub fn blocks(&self, section: &str) -> Vec<WrittenBlock<'a>> {
        let Some((section, entry)) = self.section(section).zip(self.root.get(section)) else {
            return Vec::new();
        };
        let written = |id: &'a str, entry: &'a TomlEntry| {
            entry.node.table().map(|entries| WrittenBlock { id, key: entry.key, entries, keys: section.keys })
        };
        if section.many {
            let blocks = entry.node.table().into_iter().flat_map(TomlTable::iter);
            blocks.filter_map(|(id, entry)| written(id, entry)).collect()
        } else {
            written(section.name, entry).into_iter().collect()
        }
    }

    /// Returns the ids of a section's blocks.
    pub fn ids(&self, section: &str) -> Vec<&'a str> {
        self.blocks(section).iter().map(|block| block.id).collect()
    }

    /// Returns the name that AWS knows the block by: its `name`, else `{stack}-{stage}-{id}` with the end that its keys ask for.
    pub fn physical_name(&self, block: &WrittenBlock<'_>) -> String {
        match block.entries.text("name") {
            Some((name, _)) => name.to_owned(),
            None => physical_name(self.name, self.stage, block.id, None) + block.name_end(),
        }
    }

    /// Returns a file that the description names; see [`ReferencedFiles::get`].
    pub fn file(&self, path: &str) -> Option<Result<&'a str, &'a str>> {
        self.files.get(path)
    }

    /// Returns the place of the key at a path such as `["function", "api", "tables", "orders"]`.
    pub fn key(&self, path: &[&str]) -> Option<TextSpan> {
        self.root.entry(path).map(|entry| entry.key)
    }

    fn section(&self, name: &str) -> Option<&'a SectionDefinition> {
        self.sections.iter().copied().find(|section| section.name == name)
    }
}

impl<'a> WrittenBlock<'a> {
    /// Returns the place of the value at `key`, else of the block's id: for mistakes about something that may be absent.
    pub fn place(&self, key: &str) -> TextSpan {
        self.entries.get(key).map_or(self.key, |entry| entry.node.span)
    }

    /// Returns what a name that is made for the block ends with; see [`KeyDefinition::name_end`].
    fn name_end(&self) -> &'static str {
        let is_on = |key: &&KeyDefinition| {
            self.entries.get(key.name).is_some_and(|entry| entry.node.value == TomlValue::Boolean(true))
        };
        self.keys.iter().filter(is_on).map(|key| key.name_end).find(|end| !end.is_empty()).unwrap_or_default()
    }

    /// Returns the string at `key`, or the key's default where it is absent; nothing where something else is written.
    pub fn text_or_default(&self, key: &str) -> Option<&'a str> {
        if let Some(entry) = self.entries.get(key) {
            return entry.node.text().map(|(text, _)| text);
        }
        match KeyDefinition::find(self.keys, key)?.presence {
            KeyPresence::Default(DefaultValue::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Returns the name that AWS knows a block by: the given one, else `{stack}-{stage}-{id}`.
pub(super) fn physical_name(stack: &str, stage: &str, id: &str, given: Option<&str>) -> String {
    given.map_or_else(|| format!("{stack}-{stage}-{id}"), str::to_owned)
}

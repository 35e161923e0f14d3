//! Where the values of a checked description are written, for what is found wrong with them later.

use super::node::TomlTable;
use super::source::StackSource;

/// A description and its text.
#[derive(Debug, Clone)]
pub(super) struct DescriptionText {
    root: TomlTable,
    source: StackSource,
}

impl DescriptionText {
    pub(super) fn new(root: TomlTable, source: StackSource) -> Self {
        DescriptionText { root, source }
    }

    /// The line of the key at a path, from 1.
    pub(super) fn line(&self, path: &[&str]) -> Option<usize> {
        let (last, parents) = path.split_last()?;
        let entry = parents.iter().try_fold(&self.root, |entries, key| entries.table(key))?.get(last)?;
        Some(self.source.place(entry.key.start).line)
    }
}

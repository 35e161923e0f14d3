//! Where the values of a checked description are written, for what is found wrong with them later.

use super::node::TomlTable;
use super::source::StackSource;

/// Holds a description and its text.
#[derive(Debug, Clone)]
pub(super) struct DescriptionText {
    root: TomlTable,
    source: StackSource,
}

impl DescriptionText {
    pub(super) fn new(root: TomlTable, source: StackSource) -> Self {
        DescriptionText { root, source }
    }

    /// Returns the line, from 1, of the key at a path.
    pub(super) fn line(&self, path: &[&str]) -> Option<usize> {
        Some(self.source.place(self.root.entry(path)?.key.start).line)
    }
}

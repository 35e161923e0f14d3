//! Finding the blocks of a checked description, with the names that AWS knows them by.

use super::description::Stack;
use super::nearest;
use super::section::TypedBlock;
use crate::error::{Error, Result};

/// Holds a block with what it is called.
#[derive(Debug, Clone)]
pub struct NamedBlock<B> {
    /// Id: `orders` in `[table.orders]`; the section's name where a section has one block.
    pub id: String,
    /// The name that AWS knows it by.
    pub name: String,
    /// What is written.
    pub block: B,
}

impl Stack {
    /// Returns the blocks of a section with their names, in the order of the ids.
    pub fn named<B: TypedBlock>(&self) -> Vec<NamedBlock<B>> {
        let named = |(id, block): (String, B)| NamedBlock { name: self.physical_name(&id, block.name()), id, block };
        self.all::<B>().into_iter().map(named).collect()
    }

    /// Returns the name that AWS knows the block with this id by.
    pub fn name_of<B: TypedBlock>(&self, id: &str) -> String {
        self.physical_name(id, self.get::<B>(id).as_ref().and_then(B::name))
    }

    /// Returns the block with this id, which whoever asks knows to be there.
    ///
    /// # Errors
    /// `internal` when it is not.
    pub fn declared<B: TypedBlock>(&self, id: &str) -> Result<B> {
        self.get(id).ok_or_else(|| Error::internal(format!("{} {id} is not declared", B::SECTION)))
    }

    /// Returns the block that a user names: by its id, with its section or without, or else by the name that AWS knows it by.
    ///
    /// # Errors
    /// `usage`, with those that there are.
    pub fn pick<B: TypedBlock>(&self, text: &str) -> Result<NamedBlock<B>> {
        let mut blocks = self.named::<B>();
        let id = text.strip_prefix(B::SECTION).and_then(|rest| rest.strip_prefix('.')).unwrap_or(text);
        let by_id = blocks.iter().position(|block| block.id == id);
        match by_id.or_else(|| blocks.iter().position(|block| block.name == text)) {
            Some(found) => Ok(blocks.swap_remove(found)),
            None => Err(missing(&blocks, text)),
        }
    }
}

fn missing<B: TypedBlock>(blocks: &[NamedBlock<B>], text: &str) -> Error {
    let section = B::SECTION;
    let error = Error::usage(format!("the stack has no {section} `{text}`"));
    if blocks.is_empty() {
        return error.hint(format!("It has none at all; describe one: `[{section}.ID]`."));
    }
    let names = blocks.iter().flat_map(|block| [block.id.as_str(), block.name.as_str()]);
    let meant = nearest::nearest(text, names).map(|name| format!("Did you mean `{name}`? ")).unwrap_or_default();
    let known: Vec<_> = blocks.iter().map(|block| format!("{} ({})", block.id, block.name)).collect();
    error.hint(format!("{meant}It has: {}.", known.join(", ")))
}

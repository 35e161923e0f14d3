//! Names of resources inside a stack.

use crate::stack::{Stack, TypedBlock};
use serde::{Serialize, Serializer};
use std::fmt;

/// A resource of the stack: `table.orders`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    /// Name of the kind.
    pub kind: &'static str,
    /// Id in the stack description.
    pub name: String,
}

impl ResourceId {
    /// Returns the id `kind.name`.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        ResourceId { kind, name: name.into() }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a resource lives: its id in the stack and its physical name in AWS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ResourceRef {
    /// Id in the stack.
    pub id: ResourceId,
    /// Physical name, such as the table's name.
    pub name: String,
}

impl ResourceRef {
    /// Returns a resource of this kind for every block of a section, with the block's id and name.
    pub fn of_blocks<B: TypedBlock>(kind: &'static str, stack: &Stack) -> impl Iterator<Item = Self> {
        stack.named::<B>().into_iter().map(move |block| Self { id: ResourceId::new(kind, block.id), name: block.name })
    }
}

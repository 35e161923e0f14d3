//! Names of resources inside a stack.

use serde::{Serialize, Serializer};
use std::fmt;

/// A resource of the stack: `table.orders`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// Name of the kind.
    pub kind: &'static str,
    /// Id in the stack description.
    pub name: String,
}

impl Id {
    /// The resource `kind.name`.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Id { kind, name: name.into() }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a resource lives: its id in the stack and its physical name in AWS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Id in the stack.
    pub id: Id,
    /// Physical name, such as the table's name.
    pub name: String,
}

//! One line of the comparison.

use crate::kinds::ResourceId;
use serde::Serialize;

/// Tells what becomes of one resource of Terraform's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportRow {
    /// Terraform's name for it.
    pub address: String,
    /// Terraform's type.
    pub kind: String,
    /// Its name in AWS, where it is known.
    pub name: Option<String>,
    /// What becomes of it.
    #[serde(flatten)]
    pub outcome: TakeoverOutcome,
    /// What should be known about it.
    pub remarks: Vec<String>,
}

/// Names what becomes of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "becomes", rename_all = "snake_case")]
pub enum TakeoverOutcome {
    /// The resource of the stack that has its name.
    Adopted {
        /// Id in the stack.
        id: ResourceId,
    },
    /// A resource of the stack, once the description has its name.
    Renamed {
        /// Id in the stack.
        id: ResourceId,
    },
    /// A part of a resource of the stack.
    Part {
        /// Id in the stack.
        id: ResourceId,
    },
    /// It goes with the adoption of a resource of the stack: a description cannot say it.
    Ends {
        /// Id in the stack.
        id: ResourceId,
    },
    /// Something new takes its place, and it is left over.
    Replaced {
        /// Id in the stack.
        id: ResourceId,
    },
    /// Nothing in the description is like it: it stays as it is.
    Unmatched,
    /// Not of a kind that the deployer makes: it stays with Terraform.
    Kept,
    /// Its name is not known from the file.
    Unknown {
        /// Why.
        why: String,
    },
}

impl TakeoverOutcome {
    /// Returns the id in the stack of what it becomes, or is replaced by.
    pub fn id(&self) -> Option<&ResourceId> {
        match self {
            Self::Adopted { id }
            | Self::Renamed { id }
            | Self::Part { id }
            | Self::Ends { id }
            | Self::Replaced { id } => Some(id),
            Self::Unmatched | Self::Kept | Self::Unknown { .. } => None,
        }
    }
}

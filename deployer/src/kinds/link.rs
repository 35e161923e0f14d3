//! Who calls or uses whom once the stack is up.

use super::id::ResourceId;
use serde::Serialize;

/// A resource that calls or uses another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackLink {
    /// Who calls.
    pub from: ResourceId,
    /// Who is called.
    pub to: ResourceId,
    /// How, in words: routes, a schedule, rights.
    pub label: String,
}

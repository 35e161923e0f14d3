//! What is fixed about a kind, as one value.

use crate::stack::SectionDefinition;
use std::time::Duration;

/// What is fixed about a kind. A kind writes what differs from [`KindDefinition::new`].
#[derive(Debug)]
pub struct KindDefinition {
    /// First half of an id: `table`.
    pub name: &'static str,
    /// The section of the stack description that the kind defines.
    pub section: Option<&'static SectionDefinition>,
    /// Fields that AWS cannot change in place, with what to do instead.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Fields whose values are told to nobody.
    pub confidential: &'static [&'static str],
    /// Kinds whose resources are deleted before those of this kind.
    pub deleted_after: &'static [&'static str],
    /// Kinds of which the resource with the same second half of the id is deleted before the one of this kind.
    pub deleted_after_namesake: &'static [&'static str],
    /// Whether a resource goes away with the one that contains it, so that `down` need not delete it.
    pub contained: bool,
    /// Longest time that a resource may take to come to rest.
    pub patience: Duration,
    /// Outputs that are shown to the user, as `kind.id.output`.
    pub outputs: &'static [&'static str],
    /// What a resource holds that a deletion would lose.
    pub data: Option<HeldData>,
}

/// What messages call a resource with data, and its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldData {
    /// The resource: `table`.
    pub holder: &'static str,
    /// Its data: `items`.
    pub content: &'static str,
    /// What becomes of the data when it is deleted: `after a backup`.
    pub fate: &'static str,
}

impl KindDefinition {
    /// Describes a kind of this name of which nothing is special.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            section: None,
            fixed: &[],
            confidential: &[],
            deleted_after: &[],
            deleted_after_namesake: &[],
            contained: false,
            patience: Duration::from_secs(300),
            outputs: &[],
            data: None,
        }
    }
}

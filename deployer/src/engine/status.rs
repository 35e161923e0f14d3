//! How what is there compares with what is described, resource by resource. A pure value.

use super::diff::SpecDiff;
use super::health::StackHealth;
use crate::kinds::{ResourceRef, UnmanagedSetting};
use serde::Serialize;

/// The comparison as a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StatusReport {
    /// In the order of the registry, then by id.
    pub resources: Vec<ResourceStatus>,
    /// Protections that the description does not mention: no difference.
    pub unmanaged: Vec<UnmanagedSetting>,
    /// How it does; `None` where nothing is there that takes requests.
    pub health: Option<StackHealth>,
}

/// One resource and how it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResourceStatus {
    /// The resource.
    #[serde(flatten)]
    pub place: ResourceRef,
    /// How it is.
    #[serde(flatten)]
    pub condition: ResourceCondition,
}

/// How one resource is, compared with its description.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum ResourceCondition {
    /// As described.
    InSync,
    /// It is there and differs.
    Drifted {
        /// The fields that differ: `was` is live, `want` is described.
        changes: SpecDiff,
    },
    /// It is described and not there.
    Missing,
    /// It is there under our name and not ours.
    Foreign {
        /// Whose it is, in words: `stack billing, stage prod` or `no deployer tags`.
        owner: String,
    },
    /// It is ours and not described any more.
    Orphaned,
    /// AWS is still working on it.
    Settling {
        /// In words: `the table is UPDATING`.
        reason: String,
    },
    /// It could not be read.
    Unknown {
        /// Why, in words.
        reason: String,
    },
}

impl ResourceCondition {
    /// Tells whether it is anything but known to be as described.
    pub fn differs(&self) -> bool {
        !matches!(self, ResourceCondition::InSync)
    }
}

impl StatusReport {
    /// Tells whether any resource is not known to be as described.
    pub fn differs(&self) -> bool {
        self.resources.iter().any(|resource| resource.condition.differs())
    }
}

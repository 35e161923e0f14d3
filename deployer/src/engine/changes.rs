//! The differences of one resource, sorted by what may be done about them. Pure.

use super::diff::{SpecDiff, diff};
use crate::error::Error;
use crate::kinds::{ErasedKind, ErasedResource, ProposedChange, ProtectionVerdict, ResourceRef, UnmanagedSetting};
use crate::stack::Stack;
use serde_json::Value;

/// What differs between a resource that is there and its description.
#[derive(Debug, Default)]
pub struct ResourceChanges {
    /// What is to be changed, ordered by path.
    pub managed: SpecDiff,
    /// Protections that the description does not mention: they stay.
    pub unmanaged: Vec<UnmanagedSetting>,
    /// Why some of `managed` may not be done without being accepted by name; by path.
    pub refused: Vec<(String, Error)>,
}

impl ResourceChanges {
    /// Compares a resource with what is desired of it.
    pub fn of(
        kind: &dyn ErasedKind,
        stack: &Stack,
        place: &ResourceRef,
        desired: &Value,
        observed: &ErasedResource,
    ) -> ResourceChanges {
        let mut changes = ResourceChanges::default();
        for change in diff(desired, &observed.spec) {
            let proposed = ProposedChange { place, owner: &observed.owner, change: &change, stack };
            match kind.protects(&proposed) {
                Some(ProtectionVerdict::Unmanaged(setting)) => {
                    changes.unmanaged.push(setting);
                    continue;
                }
                Some(ProtectionVerdict::Refused(error)) => changes.refused.push((change.path.clone(), *error)),
                None => {}
            }
            changes.managed.push(change);
        }
        changes
    }
}

/// Returns the name by which a user accepts a change: `table.orders.index.by-day`.
pub fn accepted_name(place: &ResourceRef, path: &str) -> String {
    format!("{}.{path}", place.id)
}

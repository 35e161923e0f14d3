//! Faults as people write them, and the calls that can be named for them.

mod call;
mod help;
mod knobs;
mod spec;

pub use crate::injection::{CallPattern, FaultEffect, Faults, PlannedFault};
pub use help::help;

use crate::service::SERVICES;
use crate::wire::CallPlane;

/// Returns the operations that applications call all the time: chances leave them alone unless they are named.
pub fn data_plane() -> impl Iterator<Item = &'static str> {
    let operations = SERVICES.iter().flat_map(|service| service.operations);
    operations.filter(|operation| operation.spec.plane == CallPlane::Data).map(|operation| operation.spec.name)
}

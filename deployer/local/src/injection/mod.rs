//! Fault injection: AWS's bad days, on demand, seeded, and off by default.

mod injector;
mod rates;
mod settings;
#[cfg(test)]
mod tests;

pub use injector::{FaultInjector, InjectedFault};
pub(crate) use settings::LONGEST_MS;
pub use settings::{CallPattern, FaultEffect, Faults, PlannedFault};

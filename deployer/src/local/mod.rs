//! The embedded cloud: [`process`] finds, starts and stops it as a background process; what runs in that process is the crate
//! `deployer-local`, which is here with the feature `local`.

#[cfg(not(feature = "local"))]
mod absent;
#[cfg(feature = "local")]
mod embedded;
mod process;

#[cfg(not(feature = "local"))]
pub use absent::{IS_BUILT_IN, data_plane, fault_help, fault_operations, fault_settings, fault_specs, serve};
#[cfg(feature = "local")]
pub use embedded::{IS_BUILT_IN, data_plane, fault_help, fault_operations, fault_settings, fault_specs, serve};
pub use process::{RunningCloud, ask, data_dir, has_data, leave_inherited, running, start, stop};

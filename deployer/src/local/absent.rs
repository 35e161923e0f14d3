//! Stands for the embedded cloud in a program that was built without it.

use crate::error::{Error, Result};
use serde_json::Value;
use std::path::Path;

/// Tells whether this program has the embedded cloud in it.
pub const IS_BUILT_IN: bool = false;
/// Why nothing can be done with an embedded cloud.
const ABSENT: &str = "this deployer was built without the embedded cloud (its feature `local`)";

/// Refuses to run a cloud.
///
/// # Errors
/// `usage`, always.
pub async fn serve(_dir: &Path, _port: u16, _stopped: impl Future<Output = ()>) -> Result<()> {
    Err(Error::usage(ABSENT))
}

/// Returns nothing: there are no faults.
pub fn fault_help() -> String {
    String::new()
}

/// Returns nothing: there is no data plane.
pub fn data_plane() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}

/// Refuses a fault.
///
/// # Errors
/// Always.
pub fn fault_operations(_fault: &str) -> Result<Vec<String>, String> {
    Err(ABSENT.to_owned())
}

/// Refuses faults.
///
/// # Errors
/// `usage`, always.
pub fn fault_settings(_faults: &[String]) -> Result<Value> {
    Err(Error::usage(ABSENT))
}

/// Refuses to read faults.
///
/// # Errors
/// `usage`, always.
pub fn fault_specs(_settings: Value) -> Result<Vec<String>> {
    Err(Error::usage(ABSENT))
}

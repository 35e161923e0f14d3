//! Which faults are injected.
//!
//! Two kinds: what happens *around* a call (throttles, server errors, cut connections) is decided in
//! [`FaultInjector::check`](super::FaultInjector::check) before its handler runs; what a resource *is* for a while (a role
//! that is not assumable yet, a table that is being created) is a duration in [`Faults`] that the handlers read, on the
//! cloud's clock. No duration is longer than a year.

use serde::{Deserialize, Serialize};

/// Which faults to inject. The default is none. It is also the body of `PUT /_deployer/faults`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Seed of everything random: the same calls meet the same faults, however they interleave.
    pub seed: u64,
    /// Throttles calls at AWS's published rates times this: 1.0 is AWS, 100.0 is a hundred times as fast. Off when absent.
    pub published_rates: Option<f64>,
    /// Chance (0.0 to 1.0) that a call is answered with 500 or 503 and changes nothing.
    pub server_error_chance: f64,
    /// Chance that the connection is cut before a call is carried out.
    pub cut_before_chance: f64,
    /// Chance that the connection is cut after a call was carried out.
    pub cut_after_chance: f64,
    /// Calls to which the chances apply; every call of the control plane when empty.
    pub only: Vec<CallPattern>,
    /// What happens to certain calls, counted from the moment these faults were set.
    pub planned: Vec<PlannedFault>,
    /// A new role cannot be assumed by Lambda for so long.
    pub role_propagation_ms: u64,
    /// A new function is `Pending` for so long.
    pub function_pending_ms: u64,
    /// A changed function is `InProgress` for so long.
    pub function_updating_ms: u64,
    /// Every second request to a new stage is answered with 403 for so long.
    pub stage_flapping_ms: u64,
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
    /// `AddPermission` reads, waits and writes for so long: of two at the same time one is lost.
    pub add_permission_ms: u64,
    /// Chance that a message of a standard queue is received once more than it should be.
    pub message_twice_chance: f64,
    /// A message of a standard queue comes up to so much later than it was sent.
    pub message_late_ms: u64,
    /// Chance that a poller dies when the function has done its work, before that is kept.
    pub poller_death_chance: f64,
    /// A new, changed or deleted event source mapping is `Creating`, `Updating` or `Deleting` for so long.
    pub source_settling_ms: u64,
}

/// Something that happens to the n-th call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// Which calls are counted.
    #[serde(default)]
    pub operation: CallPattern,
    /// Count only the calls that change something.
    #[serde(default)]
    pub writes_only: bool,
    /// The first call that it happens to, counted from 1.
    pub nth: u64,
    /// How many calls in a row it happens to.
    #[serde(default = "once")]
    pub times: u64,
    /// What happens.
    pub effect: FaultEffect,
}

fn once() -> u64 {
    1
}

/// What happens to a planned call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultEffect {
    /// The service's own throttling error.
    Throttle,
    /// 500 with the service's own code.
    ServerError,
    /// The connection ends before the call is carried out.
    CutBefore,
    /// The connection ends after the call was carried out.
    CutAfter,
    /// Any error.
    Refuse {
        /// HTTP status.
        status: u16,
        /// `ConflictException`.
        code: String,
        /// For people.
        message: String,
    },
}

/// `CreateFunction`, `lambda:CreateFunction`, `lambda:*` or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallPattern(pub String);

impl Default for CallPattern {
    fn default() -> Self {
        Self("*".to_owned())
    }
}

impl CallPattern {
    /// Tells whether an operation of a service fits.
    pub fn fits(&self, service: &str, operation: &str) -> bool {
        match self.0.split_once(':') {
            None => self.0 == "*" || self.0 == operation,
            Some((wanted, "*")) => wanted == service,
            Some((wanted, wanted_operation)) => wanted == service && wanted_operation == operation,
        }
    }
}

/// A year: added to any time of the cloud's clock it is still a date.
pub(crate) const LONGEST_MS: u64 = 365 * 86_400_000;

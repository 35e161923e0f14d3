//! What a run finds out while it goes on.

use super::id::ResourceId;
use super::joined_reads::JoinedReads;
use super::waits::{ResourceWait, RunWaits};
use aws_sdk_cloudwatchlogs::types::LogGroup;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// Values that resources give out, by resource: `rest_api.api` → `id` → ….
pub type ResourceOutputs = BTreeMap<ResourceId, BTreeMap<String, String>>;

/// What a run finds out while it goes on.
#[derive(Default)]
pub struct RunLedger {
    /// Outputs of observed resources. Only ids that AWS makes up cannot be computed.
    pub outputs: RefCell<ResourceOutputs>,
    /// Resources that this run created or changed so that other services may not know them yet.
    pub fresh: RefCell<BTreeSet<ResourceId>>,
    /// What was waited for.
    pub waits: RefCell<RunWaits>,
    /// Whether AWS does not take the credentials any more: nothing that is still to be done can be.
    pub credentials_expired: Cell<bool>,
    /// Looks at log groups: AWS allows few calls a second, and one list shows many groups.
    pub log_groups: JoinedReads<LogGroup>,
}

impl RunLedger {
    /// Returns what was waited for so far, the longest first, and forgets it.
    pub fn waited(&self) -> Vec<ResourceWait> {
        self.waits.take().total(Instant::now())
    }

    /// Notes outputs of a resource, beside those that are known of it.
    pub fn publish(&self, id: &ResourceId, outputs: impl IntoIterator<Item = (String, String)>) {
        self.outputs.borrow_mut().entry(id.clone()).or_default().extend(outputs);
    }

    /// Notes that other services may not know the resource yet.
    pub fn mark_fresh(&self, id: &ResourceId) {
        self.fresh.borrow_mut().insert(id.clone());
    }
}

//! What every handler shares.

use crate::clock::Clock;
use crate::injection::{FaultInjector, Faults};
use crate::logs::LogEngine;
use crate::queues::QueueEngine;
use crate::runtime::FunctionRuntime;
use crate::state::{
    BrowserEdits, CallLog, MetricStore, RequestThrottle, RestrictedCallers, SourceProgress, TableDatabases,
    TombstoneLog,
};
use crate::store::CloudStore;
use crate::trace::TraceLog;
use crate::wire::{ServiceResult, TagMap};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::Notify;

/// Lists the resources of a service in a region by ARN, with their tags. It may block.
pub type ListTagged = fn(&Context, &str) -> ServiceResult<BTreeMap<String, TagMap>>;

/// Holds everything that a request handler may reach. One per running cloud, shared by `Arc`.
pub struct Context {
    /// The saved control-plane document and the uploaded code.
    pub store: Arc<CloudStore>,
    /// Runs functions.
    pub runtime: Arc<FunctionRuntime>,
    /// CloudWatch Logs: groups in the document, events in files of their own.
    pub logs: Arc<LogEngine>,
    /// SQS: queues in the document, messages in a file of their own.
    pub queues: Arc<QueueEngine>,
    /// The time that AWS would see; tests move it.
    pub clock: Arc<Clock>,
    /// What goes wrong on purpose.
    pub faults: FaultInjector,
    /// Who may not do everything.
    pub callers: RestrictedCallers,
    /// What the dashboard's forms need.
    pub browser: BrowserEdits,
    /// What requests did.
    pub traces: Arc<TraceLog>,
    /// What was called.
    pub calls: CallLog,
    /// What was counted of the traffic.
    pub metrics: Arc<MetricStore>,
    /// How far event source mappings are.
    pub sources: SourceProgress,
    /// The tables and their items.
    pub tables: TableDatabases,
    /// Request rates of the deployed APIs.
    pub throttle: RequestThrottle,
    /// Tells the scheduler that a rule has changed.
    pub rules_changed: Notify,
    /// What was deleted and is still shown by the tagging API.
    pub deleted: TombstoneLog,
    /// What the tagging API lists, service by service.
    pub tagged: Vec<ListTagged>,
    /// Told when somebody asked the cloud to stop.
    pub stop: Notify,
    /// Where the cloud listens.
    pub addr: SocketAddr,
}

impl Context {
    /// Returns until when something that happens now has not settled, when faults ask for it: after one of their settings in
    /// milliseconds.
    pub fn unsettled_until(&self, ms: impl Fn(&Faults) -> u64) -> Option<OffsetDateTime> {
        self.faults.lasting(ms).map(|lasting| self.clock.now() + lasting)
    }

    /// Returns the address as an endpoint URL, without a slash at the end.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }
}

//! What every service handler shares.

use crate::authorization::Callers;
use crate::clock::Clock;
use crate::control::dynamodb::Tables;
use crate::control::tagging::Deleted;
use crate::faults::Injector;
use crate::front::calls::CallLog;
use crate::gateway::Throttle;
use crate::logs::Logs;
use crate::runtime::Runtime;
use crate::store::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Notify;

/// The account every local ARN names.
pub const ACCOUNT: &str = "000000000000";

/// Everything a request handler may reach. One per running cloud, shared by `Arc`.
pub struct Context {
    /// The saved control-plane document and the uploaded code.
    pub store: Arc<Store>,
    /// Runs functions.
    pub runtime: Arc<Runtime>,
    /// CloudWatch Logs: groups in the document, events in files of their own.
    pub logs: Arc<Logs>,
    /// The time that AWS would see; tests move it.
    pub clock: Arc<Clock>,
    /// What goes wrong on purpose.
    pub faults: Injector,
    /// Who may not do everything.
    pub callers: Callers,
    /// What was called.
    pub calls: CallLog,
    /// The tables and their items.
    pub tables: Tables,
    /// Request rates of the deployed APIs.
    pub throttle: Throttle,
    /// Tells the scheduler that a rule is not what it was.
    pub rules_changed: Notify,
    /// What was deleted and is still shown by the tagging API.
    pub deleted: Deleted,
    /// Told when somebody asked the cloud to stop.
    pub stop: Notify,
    /// Where the cloud listens.
    pub addr: SocketAddr,
}

impl Context {
    /// The address as an endpoint URL, without a slash at the end.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }
}

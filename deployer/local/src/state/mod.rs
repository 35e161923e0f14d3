//! What a running cloud knows beside the document: callers, calls, tables, request rates, metrics, what was deleted.

mod browser;
mod callers;
mod calls;
mod metrics;
mod sources;
mod tables;
mod throttle;
mod tombstones;

pub use browser::{BrowserEdits, ItemChange};
pub(crate) use callers::access_key;
pub use callers::{CallerIdentity, RestrictedCallers};
pub use calls::{CallLog, CallRecord, PermissionDecision};
pub use metrics::{MetricName, MetricSample, MetricStore};
pub use sources::{SourceProgress, StreamPosition};
pub use tables::TableDatabases;
pub use throttle::{RequestRate, RequestThrottle};
pub use tombstones::TombstoneLog;

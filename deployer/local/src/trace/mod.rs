//! What requests did: each as spans, from the gateway through the function to every call that it made.
//!
//! A call finds its request by the credentials of the sandbox that signs it, because a sandbox serves one invocation at a time. Whoever
//! works on a request holds an [`ActiveTrace`]; when the last one lets go of it the trace goes through a channel to one writer, which
//! keeps the last requests in memory and in a file that only its owner can read. Nobody waits for that writer: when it lags, traces
//! are dropped and counted.

mod active;
mod capacity;
mod credential;
mod kept;
mod log;
mod mask;
mod record;
mod writer;

pub use active::{ActiveTrace, TraceOrigin};
pub use capacity::CapacityUse;
pub(crate) use credential::SandboxCredential;
pub use kept::TraceRange;
pub use log::TraceLog;
pub(crate) use mask::{looks_secret, shown_target};
pub use record::{RequestSource, RequestTrace, SpanKind, TraceSpan};

#[cfg(test)]
mod tests;

//! The Lambda data plane: runs the uploaded code.
//!
//! Every invocation has a process of its own, started from the unpacked zip with a clean environment and kept warm for the
//! next one. Initialisation has an allowance of its own (10 s); the function's timeout counts for the invocation alone.
//! Memory is reported, not limited, and `/tmp` is the machine's.

mod api;
mod engine;
mod environment;
mod failure;
mod given_up;
mod invocation;
mod log_access;
mod log_capture;
mod metrics;
mod orphans;
mod output;
mod pending;
pub(crate) mod permission;
mod pool;
mod queue;
mod report;
mod run;
mod sandbox;
mod traced;

pub use engine::{FunctionRuntime, RuntimeParts};
pub(crate) use environment::is_reserved_variable;
pub use invocation::{
    FunctionInvocation, InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions, MAX_EVENT,
};
pub(crate) use invocation::{runs, trace_id};

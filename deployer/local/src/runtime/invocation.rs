//! An invocation: what a caller may say about it, and how it ends.

use crate::clock::real_ms;
use crate::trace::ActiveTrace;
use bytes::Bytes;
use std::path::PathBuf;
use std::time::Duration;

/// The largest event of a synchronous invocation, in bytes.
pub const MAX_EVENT: usize = 6 * 1024 * 1024;

/// What a caller may say about an invocation.
#[derive(Clone, Debug, Default)]
pub struct InvokeOptions {
    /// The id of the invocation; `None`: a new one.
    pub request_id: Option<String>,
    /// `X-Amzn-Trace-Id`; `None`: a new one, not sampled.
    pub trace_id: Option<String>,
    /// `X-Amz-Client-Context`, decoded.
    pub client_context: Option<String>,
    /// Where it comes from.
    pub origin: InvocationOrigin,
}

/// Where an invocation comes from.
#[derive(Clone, Debug, Default)]
pub enum InvocationOrigin {
    /// A caller who waits for the answer.
    #[default]
    Caller,
    /// An event that was queued; how often it was tried before.
    Queue(u32),
    /// A request whose trace has begun.
    Request(ActiveTrace),
}

/// A finished invocation.
#[derive(Clone, Debug)]
pub struct FunctionInvocation {
    /// Its id, which is in the log.
    pub request_id: String,
    /// What the function said.
    pub outcome: InvocationOutcome,
    /// The last 4 KB of its log, for `X-Amz-Log-Result`.
    pub log_tail: Vec<u8>,
    /// From handing over the event to the answer.
    pub duration: Duration,
}

/// What a function said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationOutcome {
    /// Its answer.
    Answered(Bytes),
    /// An error object: reported by the function, or made of its crash or timeout. `X-Amz-Function-Error: Unhandled`.
    Failed(Bytes),
}

/// Why an invocation did not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvocationRefused {
    /// `TooManyRequestsException` 429, reason `ReservedFunctionConcurrentInvocationLimitExceeded`.
    #[error("Rate Exceeded.")]
    Throttled,
    /// `RequestTooLargeException` 413.
    #[error("Request must be smaller than {MAX_EVENT} bytes for the InvokeFunction operation")]
    TooLarge,
    /// `InvalidZipFileException` 502: the uploaded code is gone from the disk.
    #[error(
        "the code of the function {function} is not on this machine any more ({} is gone): upload it again, as `deployer up` does",
        .dir.display()
    )]
    CodeMissing {
        /// Its name.
        function: String,
        /// Where the code was.
        dir: PathBuf,
    },
    /// `ServiceException` 503.
    #[error("the embedded cloud is shutting down")]
    ShuttingDown,
}

/// Tells whether functions of a runtime are run here. Others can be kept until their code is replaced; calling them fails.
pub fn runs(runtime: &str) -> bool {
    matches!(runtime, "provided.al2023" | "provided.al2")
}

/// Completes an X-Ray header: what a sent one lacks of `Root=1-<seconds>-<24 hex digits>;Parent=…;Sampled=0` is made. One
/// without a root is no header at all.
pub fn trace_id(sent: Option<&str>) -> String {
    let has = |header: &str, key: &str| {
        header.split(';').any(|part| part.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with('=')))
    };
    let random = || uuid::Uuid::new_v4().simple().to_string();
    let mut header = match sent.filter(|sent| has(sent, "Root")) {
        Some(sent) => sent.trim_end_matches(';').to_owned(),
        None => format!("Root=1-{:08x}-{}", real_ms() / 1000, &random()[..24]),
    };
    if !has(&header, "Parent") {
        header += &format!(";Parent={}", &random()[..16]);
    }
    if !has(&header, "Sampled") {
        header += ";Sampled=0";
    }
    header
}

//! How an invocation fails, in Lambda's words.

use super::api::TOO_LARGE;
use bytes::Bytes;
use serde_json::{Value, json};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Why there is no answer from a function.
#[derive(Debug)]
pub enum InvocationFailure {
    /// `bootstrap` is missing or cannot be executed.
    Entrypoint(io::Error),
    /// The function has a runtime that is kept here and not run.
    Runtime(String),
    /// The process ended.
    Exit(ExitStatus),
    /// The process can no longer be watched.
    Lost(io::Error),
    /// No answer (or no first request for work) in time.
    Timeout,
    /// The answer is larger than Lambda passes on.
    TooLarge,
    /// The process reported an error itself.
    Reported {
        /// `Lambda-Runtime-Function-Error-Type`.
        error_type: String,
        /// The error object.
        body: Bytes,
    },
}

impl InvocationFailure {
    /// Returns the `Error Type:` of the report line.
    pub fn error_type(&self) -> &str {
        match self {
            Self::Entrypoint(_) => "Runtime.InvalidEntrypoint",
            Self::Runtime(_) => "Runtime.NotImplemented",
            Self::Exit(_) | Self::Lost(_) => "Runtime.ExitError",
            Self::Timeout => "Sandbox.Timedout",
            Self::TooLarge => "Function.ResponseSizeTooLarge",
            Self::Reported { error_type, .. } => error_type,
        }
    }

    /// Returns what happened, without the request id.
    pub fn message(&self, timeout_s: u32) -> String {
        match self {
            Self::Entrypoint(error) if error.kind() == io::ErrorKind::NotFound => {
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned()
            }
            Self::Entrypoint(error) => format!("fork/exec /var/task/bootstrap: {}", reason(error)),
            Self::Runtime(name) => {
                format!("the embedded cloud runs provided.al2023 and provided.al2, not runtime {name}")
            }
            Self::Exit(status) => exit_message(*status),
            Self::Lost(error) => format!("Runtime exited with error: {error}"),
            Self::Timeout => format!("Task timed out after {timeout_s}.00 seconds"),
            Self::TooLarge => TOO_LARGE.to_owned(),
            Self::Reported { error_type, .. } => error_type.clone(),
        }
    }

    /// Returns the payload that the caller gets beside `X-Amz-Function-Error: Unhandled`.
    pub fn payload(&self, request_id: &str, timeout_s: u32) -> Bytes {
        let message = self.message(timeout_s);
        let message = match self {
            Self::Reported { body, .. } => return body.clone(),
            Self::TooLarge => message,
            _ => format!("RequestId: {request_id} Error: {message}"),
        };
        Bytes::from(json!({ "errorType": self.error_type(), "errorMessage": message }).to_string())
    }

    /// Tells whether the process can take more work after this.
    pub fn is_survivable(&self) -> bool {
        matches!(self, Self::Reported { .. } | Self::TooLarge)
    }
}

/// Returns an error object as one line: its type and its message.
pub fn failure_text(error: &[u8]) -> String {
    let object: Value = serde_json::from_slice(error).unwrap_or_default();
    match (object["errorType"].as_str(), object["errorMessage"].as_str()) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (None, Some(message)) => message.to_owned(),
        _ => String::from_utf8_lossy(error).into_owned(),
    }
}

/// Returns the system's reason without Rust's `(os error 8)`, in lower case like Go's.
fn reason(error: &io::Error) -> String {
    let text = error.to_string().to_lowercase();
    match text.split_once(" (os error") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
}

/// Writes a status as Go prints an `ExitError`, which is what Lambda does.
fn exit_message(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => {
            let name = match signal {
                1 => "hangup",
                2 => "interrupt",
                3 => "quit",
                4 => "illegal instruction",
                5 => "trace/breakpoint trap",
                6 => "aborted",
                8 => "floating point exception",
                9 => "killed",
                11 => "segmentation fault",
                13 => "broken pipe",
                15 => "terminated",
                _ => return format!("Runtime exited with error: signal {signal}"),
            };
            let core = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Runtime exited with error: signal: {name}{core}")
        }
        (None, None) => "Runtime exited without providing a reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        let exit = |raw| InvocationFailure::Exit(ExitStatus::from_raw(raw));
        for (failure, expected) in [
            (
                exit(0),
                r#"{"errorMessage":"RequestId: r Error: Runtime exited without providing a reason","errorType":"Runtime.ExitError"}"#,
            ),
            (
                exit(3 << 8),
                r#"{"errorMessage":"RequestId: r Error: Runtime exited with error: exit status 3","errorType":"Runtime.ExitError"}"#,
            ),
            (
                exit(9),
                r#"{"errorMessage":"RequestId: r Error: Runtime exited with error: signal: killed","errorType":"Runtime.ExitError"}"#,
            ),
            (
                exit(139),
                r#"{"errorMessage":"RequestId: r Error: Runtime exited with error: signal: segmentation fault (core dumped)","errorType":"Runtime.ExitError"}"#,
            ),
            (
                InvocationFailure::Timeout,
                r#"{"errorMessage":"RequestId: r Error: Task timed out after 3.00 seconds","errorType":"Sandbox.Timedout"}"#,
            ),
            (
                InvocationFailure::Entrypoint(io::Error::from_raw_os_error(8)),
                r#"{"errorMessage":"RequestId: r Error: fork/exec /var/task/bootstrap: exec format error","errorType":"Runtime.InvalidEntrypoint"}"#,
            ),
            (
                InvocationFailure::Entrypoint(io::ErrorKind::NotFound.into()),
                r#"{"errorMessage":"RequestId: r Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]","errorType":"Runtime.InvalidEntrypoint"}"#,
            ),
            (
                InvocationFailure::Runtime("python3.12".to_owned()),
                r#"{"errorMessage":"RequestId: r Error: the embedded cloud runs provided.al2023 and provided.al2, not runtime python3.12","errorType":"Runtime.NotImplemented"}"#,
            ),
            (
                InvocationFailure::Reported {
                    error_type: "Boom".to_owned(),
                    body: Bytes::from_static(b"{\"errorMessage\":\"no\"}"),
                },
                r#"{"errorMessage":"no"}"#,
            ),
        ] {
            assert_eq!(failure.payload("r", 3), expected);
        }
    }
}

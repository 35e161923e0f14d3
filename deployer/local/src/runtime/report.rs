//! The lines that Lambda itself writes into a function's log, as text or as JSON events ("JSON log format").

use super::failure::InvocationFailure;
use crate::clock::Clock;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

/// What the report line says of one invocation.
#[derive(Debug)]
pub struct InvocationReport<'a> {
    /// The invocation's id.
    pub request_id: &'a str,
    /// From handing over the work to the answer, in milliseconds.
    pub duration_ms: f64,
    /// From starting the process to its first request for work; `None` for a warm one.
    pub init_ms: Option<f64>,
    /// What the function was given.
    pub memory_mb: u32,
    /// The most that the process has used; `None` where the system does not tell.
    pub used_mb: Option<u64>,
    /// Why there is no answer.
    pub failure: Option<&'a InvocationFailure>,
}

/// Writes the lines in one of the two formats.
#[derive(Clone, Copy, Debug)]
pub struct PlatformLines<'a> {
    /// `LoggingConfig.LogFormat` is `JSON`.
    pub json: bool,
    /// Stamps the JSON events.
    pub clock: &'a Clock,
}

impl PlatformLines<'_> {
    /// Writes the first line of an invocation.
    pub fn start(&self, request_id: &str) -> String {
        if self.json {
            self.event("platform.start", json!({ "requestId": request_id, "version": "$LATEST" }))
        } else {
            format!("START RequestId: {request_id} Version: $LATEST")
        }
    }

    /// Writes the lines after a failed initialisation, which Lambda then tries again as part of the invocation.
    pub fn init_failed(&self, init_ms: f64, failure: &InvocationFailure) -> String {
        let status = status(Some(failure));
        if self.json {
            self.event(
                "platform.initReport",
                json!({
                    "initializationType": "on-demand", "phase": "init", "status": status,
                    "errorType": failure.error_type(), "metrics": { "durationMs": init_ms },
                }),
            )
        } else {
            format!(
                "INIT_REPORT Init Duration: {init_ms:.2} ms\tPhase: init\tStatus: {status}\tError Type: {}",
                failure.error_type()
            )
        }
    }

    /// Writes what is said of a failure that the process could not report itself.
    pub fn failure(&self, request_id: &str, failure: &InvocationFailure, timeout_s: u32) -> Option<String> {
        let message = failure.message(timeout_s);
        match failure {
            InvocationFailure::Reported { .. } => None,
            _ if self.json => None,
            InvocationFailure::Timeout => Some(format!("{} {request_id} {message}\n", self.now())),
            _ => Some(format!("RequestId: {request_id} Error: {message}\n{}", failure.error_type())),
        }
    }

    /// Writes the last lines of an invocation.
    pub fn end(&self, report: &InvocationReport<'_>) -> Vec<String> {
        let InvocationReport { request_id, duration_ms, init_ms, memory_mb, used_mb, failure } = report;
        let billed_ms = (duration_ms + init_ms.unwrap_or(0.0)).ceil();
        if self.json {
            let mut metrics = json!({
                "durationMs": duration_ms, "billedDurationMs": billed_ms, "memorySizeMB": memory_mb,
            });
            if let Some(used_mb) = used_mb {
                metrics["maxMemoryUsedMB"] = json!(used_mb);
            }
            if let Some(init_ms) = init_ms {
                metrics["initDurationMs"] = json!(init_ms);
            }
            let mut record = json!({ "requestId": request_id, "status": status(*failure), "metrics": metrics });
            if let Some(failure) = failure {
                record["errorType"] = json!(failure.error_type());
            }
            return vec![self.event("platform.report", record)];
        }
        let mut line = format!(
            "REPORT RequestId: {request_id}\tDuration: {duration_ms:.2} ms\tBilled Duration: {billed_ms:.0} ms\t\
             Memory Size: {memory_mb} MB\t"
        );
        if let Some(used_mb) = used_mb {
            line += &format!("Max Memory Used: {used_mb} MB\t");
        }
        if let Some(init_ms) = init_ms {
            line += &format!("Init Duration: {init_ms:.2} ms\t");
        }
        match failure {
            None => {}
            Some(InvocationFailure::Timeout) => line += "Status: timeout",
            Some(failure) => line += &format!("Status: error\tError Type: {}", failure.error_type()),
        }
        vec![format!("END RequestId: {request_id}"), line]
    }

    fn event(&self, kind: &str, record: Value) -> String {
        json!({ "time": self.now(), "type": kind, "record": record }).to_string()
    }

    fn now(&self) -> String {
        // Years beyond 9999 are out of the clock's reach.
        self.clock.now().format(&Rfc3339).unwrap_or_default()
    }
}

fn status(failure: Option<&InvocationFailure>) -> &'static str {
    match failure {
        None => "success",
        Some(InvocationFailure::Timeout) => "timeout",
        Some(_) => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let text = PlatformLines { json: false, clock: &clock };
        let mut report = InvocationReport {
            request_id: "r",
            duration_ms: 1.234,
            init_ms: Some(5.5),
            memory_mb: 128,
            used_mb: Some(12),
            failure: None,
        };
        let mut lines = vec![text.start("r")];
        lines.extend(text.end(&report));
        report.failure = Some(&InvocationFailure::Timeout);
        report.init_ms = None;
        lines.extend(text.end(&report));
        report.failure = Some(&InvocationFailure::TooLarge);
        lines.extend(text.end(&report));
        lines.push(text.init_failed(3.0, &InvocationFailure::Timeout));
        insta::assert_snapshot!(lines.join("\n").replace('\t', "|"), @r"
        START RequestId: r Version: $LATEST
        END RequestId: r
        REPORT RequestId: r|Duration: 1.23 ms|Billed Duration: 7 ms|Memory Size: 128 MB|Max Memory Used: 12 MB|Init Duration: 5.50 ms|
        END RequestId: r
        REPORT RequestId: r|Duration: 1.23 ms|Billed Duration: 2 ms|Memory Size: 128 MB|Max Memory Used: 12 MB|Status: timeout
        END RequestId: r
        REPORT RequestId: r|Duration: 1.23 ms|Billed Duration: 2 ms|Memory Size: 128 MB|Max Memory Used: 12 MB|Status: error|Error Type: Function.ResponseSizeTooLarge
        INIT_REPORT Init Duration: 3.00 ms|Phase: init|Status: timeout|Error Type: Sandbox.Timedout
        ");
        let json = PlatformLines { json: true, clock: &clock };
        let end: Value = serde_json::from_str(&json.end(&report)[0]).unwrap();
        assert_eq!(end["type"], "platform.report");
        assert_eq!(end["record"]["metrics"]["billedDurationMs"], 2.0);
    }
}

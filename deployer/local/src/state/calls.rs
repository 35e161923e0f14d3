//! The call log: what was asked, when, and how it ended. Tests count calls and look at what ran side by side.

use super::Cut;
use super::json::{Call, Fault};
use super::service::Output;
use crate::authorization::Judged;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Older records make room for newer ones.
const KEPT: usize = 20_000;

/// The operations that change nothing, by the verb they begin with.
const READS: &[&str] = &["Get", "List", "Describe", "Filter", "Query", "Scan", "BatchGet", "TransactGet"];

/// Whether an operation changes nothing.
pub fn is_read(operation: &str) -> bool {
    READS.iter().any(|verb| operation.starts_with(verb))
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// `lambda`.
    pub service: String,
    /// `CreateFunction`.
    pub operation: String,
    /// The region that was called.
    pub region: String,
    /// Who called.
    pub access_key: String,
    /// It changes something, or may.
    pub write: bool,
    /// Microseconds since the epoch, real time.
    pub start_us: u64,
    /// Microseconds since the epoch, real time.
    pub end_us: u64,
    /// Error code; `Cut` when the connection was cut, `None` for success.
    pub error: Option<String>,
    /// What its caller had to be allowed, up to the first thing that was not; of callers that may do everything nothing is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization: Vec<Judged>,
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Record {
    pub(super) fn start(service: &str, call: &Call, access_key: &str) -> Self {
        let start_us = now_us();
        Self {
            service: service.to_owned(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            access_key: access_key.to_owned(),
            write: !is_read(&call.operation),
            start_us,
            end_us: start_us,
            error: None,
            authorization: Vec::new(),
        }
    }

    pub(super) fn end(self, result: &Result<Result<Output, Fault>, Cut>) -> Self {
        let error = match result {
            Ok(Ok(_)) => None,
            Ok(Err(fault)) => Some(fault.code.clone()),
            Err(Cut) => Some("Cut".to_owned()),
        };
        Self { end_us: now_us(), error, ..self }
    }
}

/// The last calls, oldest first.
#[derive(Debug, Default)]
pub struct CallLog {
    records: Mutex<VecDeque<Record>>,
}

impl CallLog {
    pub(super) fn add(&self, record: Record) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= KEPT {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// The calls so far.
    pub fn all(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

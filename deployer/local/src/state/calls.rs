//! The call log: what was asked, when, and how it ended. Tests count calls and look at what ran side by side.

use crate::lock::lock;
use crate::wire::{Call, CallEffect, Disconnect, Output, ServiceResult};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// Older records make room for newer ones.
const KEPT: usize = 20_000;

/// One permission that a call needs, and whether its caller has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionDecision {
    /// `lambda:CreateFunction`
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// Whether the caller's policies allow it.
    pub allowed: bool,
    /// The statement that allows or denies it; `None` when no statement is about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// One call, in the call log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
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
    pub authorization: Vec<PermissionDecision>,
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl CallRecord {
    /// Begins the record of a call.
    pub(crate) fn start(service: &str, call: &Call, access_key: &str, effect: CallEffect) -> Self {
        let start_us = now_us();
        Self {
            service: service.to_owned(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            access_key: access_key.to_owned(),
            write: effect == CallEffect::Write,
            start_us,
            end_us: start_us,
            error: None,
            authorization: Vec::new(),
        }
    }

    /// Ends the record with the call's result.
    pub(crate) fn end(self, result: &Result<ServiceResult<Output>, Disconnect>) -> Self {
        let error = match result {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.code.clone()),
            Err(Disconnect) => Some("Cut".to_owned()),
        };
        Self { end_us: now_us(), error, ..self }
    }
}

/// The last calls, oldest first.
#[derive(Debug, Default)]
pub struct CallLog {
    records: Mutex<VecDeque<CallRecord>>,
}

impl CallLog {
    /// Adds a call.
    pub(crate) fn add(&self, record: CallRecord) {
        let mut records = lock(&self.records);
        if records.len() >= KEPT {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// Returns the calls so far.
    pub fn all(&self) -> Vec<CallRecord> {
        lock(&self.records).iter().cloned().collect()
    }

    /// Forgets the calls so far.
    pub fn clear(&self) {
        lock(&self.records).clear();
    }
}

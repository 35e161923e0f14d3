//! Event source mappings of Lambda as the document keeps them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a function is fed from, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMapping {
    /// The ARN of a queue, or of a table's stream.
    pub source_arn: String,
    /// The function's name.
    pub function: String,
    /// Whether it is polled.
    pub enabled: bool,
    /// Records of an invocation at most.
    pub batch_size: u32,
    /// How long records are gathered, in seconds.
    pub window_s: u32,
    /// Patterns; a record that fits none of them is passed over. None at all lets everything through.
    pub filters: Vec<String>,
    /// Whether the function says which records failed.
    pub partial_failures: bool,
    /// Invocations at the same time, of a queue; `None`: as many as Lambda likes.
    pub most_concurrent: Option<u32>,
    /// Where the reading of a stream began: `TRIM_HORIZON` or `LATEST`.
    pub start: Option<String>,
    /// Batches of a shard at the same time.
    pub parallel: u32,
    /// How often a batch of a stream is tried again; -1: for ever.
    pub retries: i64,
    /// How old a record of a stream may be, in seconds; -1: any.
    pub oldest_s: i64,
    /// Whether a batch of a stream that fails is halved.
    pub bisect: bool,
    /// The ARN of the queue that is told of records of a stream that were given up.
    pub on_failure: Option<String>,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// Milliseconds since the epoch.
    pub modified_ms: i64,
    /// What it is on its way to.
    #[serde(default)]
    pub settling: Option<SourceSettling>,
}

/// A mapping on its way from one rest to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSettling {
    /// `Creating`, `Updating` or `Deleting`.
    pub state: String,
    /// Until then, in milliseconds since the epoch.
    pub until_ms: i64,
}

impl SourceMapping {
    /// Returns the state that it is in at a moment, when it is not at rest.
    pub fn settling_state(&self, now_ms: i64) -> Option<&str> {
        self.settling.as_ref().filter(|settling| now_ms < settling.until_ms).map(|settling| settling.state.as_str())
    }

    /// Tells whether it was deleted; from a moment on it is gone.
    pub fn is_deleted(&self) -> bool {
        self.settling.as_ref().is_some_and(|settling| settling.state == "Deleting")
    }

    /// Tells whether it is gone at a moment.
    pub fn is_gone(&self, now_ms: i64) -> bool {
        self.is_deleted() && self.settling_state(now_ms).is_none()
    }

    /// Tells whether it reads a stream, not a queue.
    pub fn is_stream(&self) -> bool {
        self.source_arn.contains(":dynamodb:")
    }
}

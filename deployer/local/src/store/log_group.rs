//! Log groups as the document keeps them. Streams and events are in files of their own.

use super::record_map::RecordMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The log groups of one region, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroups {
    /// By name.
    pub groups: RecordMap<LogGroup>,
}

/// One log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroup {
    /// Ties the group to its events: a group that is deleted and made again starts empty.
    pub id: i64,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// `None`: events are kept for ever.
    pub retention_days: Option<u32>,
    /// Such a group cannot be deleted.
    #[serde(default)]
    pub deletion_protection: bool,
    /// User tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl LogGroup {
    /// Makes a group that keeps its events for ever.
    pub fn new(created_ms: i64) -> Self {
        Self {
            // Half of a random UUID: unique without a counter to keep.
            id: (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).cast_signed(),
            created_ms,
            retention_days: None,
            deletion_protection: false,
            tags: BTreeMap::new(),
        }
    }

    /// Returns the first moment whose events are still kept, at `now_ms`.
    pub fn kept_from_ms(&self, now_ms: i64) -> i64 {
        match self.retention_days {
            Some(days) => now_ms - i64::from(days) * 86_400_000,
            None => i64::MIN,
        }
    }
}

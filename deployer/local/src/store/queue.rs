//! Queues of SQS as the document keeps them. Their messages are in a file of their own.

use super::record_map::RecordMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The queues of one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionQueues {
    /// By name.
    pub queues: RecordMap<QueueRecord>,
    /// By name, when queues were deleted, in milliseconds since the epoch: the name is not free again at once.
    pub deleted_ms: RecordMap<i64>,
}

impl RegionQueues {
    /// Tells whether there are none, nor names that are not free again.
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.deleted_ms.is_empty()
    }
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRecord {
    /// Ties the queue to its messages: a queue that is deleted and made again is empty.
    pub id: i64,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch.
    pub modified_ms: i64,
    /// When it was last purged, in milliseconds since the epoch.
    #[serde(default)]
    pub purged_ms: Option<i64>,
    /// What was set, as SQS writes it; what was not has its default.
    pub attributes: BTreeMap<String, String>,
    /// User tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedrivePolicy {
    /// The ARN of the dead-letter queue.
    pub dead_letter_target_arn: String,
    /// How often a message is received before it goes there.
    pub max_receive_count: u32,
}

impl QueueRecord {
    /// Makes a queue.
    pub fn new(now_ms: i64, attributes: BTreeMap<String, String>, tags: BTreeMap<String, String>) -> Self {
        Self {
            // Half of a random UUID: unique without a counter to keep.
            id: (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).cast_signed(),
            created_ms: now_ms,
            modified_ms: now_ms,
            purged_ms: None,
            attributes,
            tags,
        }
    }

    /// Tells whether messages keep their order.
    pub fn is_fifo(&self) -> bool {
        self.is_set("FifoQueue")
    }

    /// Tells whether an attribute is `true`.
    pub fn is_set(&self, name: &str) -> bool {
        self.attributes.get(name).is_some_and(|value| value == "true")
    }

    /// Returns an attribute that is a number.
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// Returns how long a message is kept, in milliseconds: four days unless it says otherwise.
    pub fn retention_ms(&self) -> i64 {
        self.number("MessageRetentionPeriod", 345_600) * 1000
    }

    /// Returns how long a received message is not received again, in milliseconds: 30 s unless it says otherwise.
    pub fn visibility_ms(&self) -> i64 {
        self.number("VisibilityTimeout", 30) * 1000
    }

    /// Returns where messages go that were received too often.
    pub fn redrive(&self) -> Option<RedrivePolicy> {
        serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()
    }
}

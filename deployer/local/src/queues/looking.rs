//! Looking: messages as they lie in their queue. Nothing is received by it, so that no look counts towards the dead-letter queue.

use super::message::QueuedMessage;
use super::message_store::MessageStore;
use super::receiving::to_message;
use rusqlite::params;

/// A message as it lies in its queue.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    /// The message; its text may be cut, and no receipt is in it.
    pub message: QueuedMessage,
    /// When it can be received, in milliseconds since the epoch.
    pub visible_ms: i64,
    /// Characters of its whole text.
    pub characters: i64,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct LookOrder {
    /// The queue's id.
    pub queue: i64,
    /// What was sent before is not kept any more, in milliseconds since the epoch.
    pub kept_from_ms: i64,
    /// Only messages behind this place in the file of messages.
    pub after: i64,
    /// How many messages at most.
    pub most: usize,
    /// Characters of a text that are read at most.
    pub longest: usize,
}

impl MessageStore {
    /// Returns messages of a queue in the order in which they came there, received or not.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn look(&self, order: &LookOrder) -> rusqlite::Result<Vec<StoredMessage>> {
        const LOOK: &str = "
            SELECT seq, id, substr(body, 1, ?5), attributes, trace, sender, grp, dedup, sent, first, received, source,
                visible, length(body)
            FROM message WHERE queue = ?1 AND sent >= ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";
        let LookOrder { queue, kept_from_ms, after, most, longest } = *order;
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.lock()
            .prepare_cached(LOOK)?
            .query_map(params![queue, kept_from_ms, after, number(most), number(longest)], |row| {
                Ok(StoredMessage { message: to_message(row)?, visible_ms: row.get(12)?, characters: row.get(13)? })
            })?
            .collect()
    }
}

//! Receiving: which messages come, and which go to the dead-letter queue instead.

use super::message::QueuedMessage;
use super::message_store::MessageStore;
use rusqlite::{Connection, Row, params};

/// What is received.
#[derive(Clone, Debug)]
pub struct ReceiveOrder {
    /// The queue's id.
    pub queue: i64,
    /// Whether messages of a group keep their order.
    pub fifo: bool,
    /// How many messages at most.
    pub most: usize,
    /// How long they are not received again, in milliseconds.
    pub visibility_ms: i64,
    /// Where messages go that were received too often.
    pub dead_letters: Option<DeadLetterTarget>,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug)]
pub struct DeadLetterTarget {
    /// The id of the dead-letter queue.
    pub queue: i64,
    /// How often a message is received before.
    pub most_received: i64,
    /// The ARN of the queue that they come from.
    pub source_arn: String,
}

/// What can be received now, in order. A standard queue's order is that in which messages became visible. On a FIFO queue nothing of
/// a group comes while an earlier message of the group is on its way.
const STANDARD: &str = "
    SELECT seq, id, body, attributes, trace, sender, grp, dedup, sent, first, received, source FROM message
    WHERE queue = ?1 AND visible <= ?2 ORDER BY visible, seq LIMIT ?3";
const FIFO: &str = "
    SELECT seq, id, body, attributes, trace, sender, grp, dedup, sent, first, received, source FROM message
    WHERE queue = ?1 AND visible <= ?2 AND NOT EXISTS (
        SELECT 1 FROM message other WHERE other.queue = message.queue AND other.grp = message.grp
            AND other.visible > ?2 AND (other.received > 0 OR other.seq < message.seq))
    ORDER BY seq LIMIT ?3";

impl MessageStore {
    /// Receives messages: they are in flight when it returns. Those that were received too often are in the dead-letter queue.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn receive(&self, order: &ReceiveOrder, now_ms: i64) -> rusqlite::Result<Vec<QueuedMessage>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut messages = Vec::new();
        loop {
            let found = found(&transaction, order, now_ms, order.most - messages.len())?;
            let (dead, alive): (Vec<_>, Vec<_>) = found.into_iter().partition(|message| {
                order.dead_letters.as_ref().is_some_and(|target| message.received >= target.most_received)
            });
            for mut message in alive {
                take(&transaction, order, now_ms, &mut message)?;
                messages.push(message);
            }
            let Some(target) = order.dead_letters.as_ref().filter(|_| !dead.is_empty()) else { break };
            for message in dead {
                bury(&transaction, order, target, now_ms, &message)?;
            }
            // What took a place and went away makes room for others, but not for the next of a group that is in flight.
            if messages.len() >= order.most {
                break;
            }
        }
        transaction.commit()?;
        Ok(messages)
    }
}

fn found(
    connection: &Connection,
    order: &ReceiveOrder,
    now_ms: i64,
    most: usize,
) -> rusqlite::Result<Vec<QueuedMessage>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection
        .prepare_cached(if order.fifo { FIFO } else { STANDARD })?
        .query_map(params![order.queue, now_ms, most], to_message)?
        .collect()
}

fn take(
    connection: &Connection,
    order: &ReceiveOrder,
    now_ms: i64,
    message: &mut QueuedMessage,
) -> rusqlite::Result<()> {
    message.received += 1;
    message.receipt = uuid::Uuid::new_v4().to_string();
    if message.first_received_ms == 0 {
        message.first_received_ms = now_ms;
    }
    connection
        .prepare_cached("UPDATE message SET received = ?2, receipt = ?3, first = ?4, visible = ?5 WHERE seq = ?1")?
        .execute(params![
            message.sequence,
            message.received,
            message.receipt,
            message.first_received_ms,
            now_ms + order.visibility_ms,
        ])
        .map(drop)
}

/// Moves a message to the dead-letter queue. On a standard queue it keeps the time when it was sent, on a FIFO queue it is new there
/// ("Using dead-letter queues in Amazon SQS").
fn bury(
    connection: &Connection,
    order: &ReceiveOrder,
    target: &DeadLetterTarget,
    now_ms: i64,
    message: &QueuedMessage,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO message (queue, id, body, attributes, trace, sender, grp, dedup, sent, visible, received, first, source)
             SELECT ?2, id, body, attributes, trace, sender, grp, dedup, iif(?5, ?4, sent), ?4, received, first, ?3
             FROM message WHERE seq = ?1",
        )?
        .execute(params![message.sequence, target.queue, target.source_arn, now_ms, order.fifo])?;
    connection.prepare_cached("DELETE FROM message WHERE seq = ?1")?.execute(params![message.sequence]).map(drop)
}

pub(super) fn to_message(row: &Row<'_>) -> rusqlite::Result<QueuedMessage> {
    let attributes: String = row.get(3)?;
    Ok(QueuedMessage {
        sequence: row.get(0)?,
        id: row.get(1)?,
        receipt: String::new(),
        body: row.get(2)?,
        attributes: serde_json::from_str(&attributes).unwrap_or_default(),
        trace_header: row.get(4)?,
        sender: row.get(5)?,
        group: row.get(6)?,
        deduplication_id: row.get(7)?,
        sent_ms: row.get(8)?,
        first_received_ms: row.get::<_, Option<i64>>(9)?.unwrap_or_default(),
        received: row.get(10)?,
        source_arn: row.get(11)?,
    })
}

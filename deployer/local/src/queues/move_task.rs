//! Moving the messages of a dead-letter queue back to where they came from, or elsewhere.

use super::message_store::MessageStore;
use rusqlite::{OptionalExtension, Row, params};

/// What is moved.
#[derive(Clone, Debug)]
pub struct MoveOrder {
    /// The id of the queue with the messages.
    pub queue: i64,
    /// Its ARN.
    pub source_arn: String,
    /// The ARN of the queue that they go to; `None`: each to the queue that it came from.
    pub destination_arn: Option<String>,
    /// The ids of the queues that they may go to, by ARN.
    pub destinations: Vec<(String, i64)>,
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveReport {
    /// Names the task.
    pub handle: String,
    /// The ARN of the queue with the messages.
    pub source_arn: String,
    /// The ARN of the queue that they went to.
    pub destination_arn: Option<String>,
    /// Milliseconds since the epoch.
    pub started_ms: i64,
    /// `COMPLETED` or `FAILED`.
    pub status: String,
    /// How many were moved.
    pub moved: i64,
    /// How many there were.
    pub found: i64,
    /// Why it failed.
    pub failure: Option<String>,
}

impl MessageStore {
    /// Moves all messages of a queue that are not in flight, at once; they are new where they arrive. It ends at the first of which
    /// nobody knows where it came from.
    ///
    /// # Errors
    /// When the file cannot be written; so do the following.
    pub fn move_messages(&self, order: &MoveOrder, now_ms: i64) -> rusqlite::Result<MoveReport> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let found: Vec<(i64, Option<String>)> = transaction
            .prepare_cached("SELECT seq, source FROM message WHERE queue = ?1 AND visible <= ?2 ORDER BY seq")?
            .query_map(params![order.queue, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut report = MoveReport {
            handle: uuid::Uuid::new_v4().to_string(),
            source_arn: order.source_arn.clone(),
            destination_arn: order.destination_arn.clone(),
            started_ms: now_ms,
            status: "COMPLETED".to_owned(),
            moved: 0,
            found: i64::try_from(found.len()).unwrap_or(i64::MAX),
            failure: None,
        };
        for (sequence, source) in found {
            let wanted = order.destination_arn.as_ref().or(source.as_ref());
            let target = wanted.and_then(|arn| order.destinations.iter().find(|(known, _)| known == arn));
            let Some((_, target)) = target else {
                report.status = "FAILED".to_owned();
                let why = if wanted.is_some() {
                    "AWS.SimpleQueueService.NonExistentQueue"
                } else {
                    "CouldNotDetermineMessageSource"
                };
                report.failure = Some(why.to_owned());
                break;
            };
            transaction
                .prepare_cached(
                    "INSERT INTO message (queue, id, body, attributes, trace, sender, grp, dedup, sent, visible)
                     SELECT ?2, ?4, body, attributes, trace, sender, grp, dedup, ?3, ?3 FROM message WHERE seq = ?1",
                )?
                .execute(params![sequence, target, now_ms, uuid::Uuid::new_v4().to_string()])?;
            transaction.prepare_cached("DELETE FROM message WHERE seq = ?1")?.execute(params![sequence])?;
            report.moved += 1;
        }
        transaction.execute(
            "INSERT INTO move_task (handle, source, destination, started, status, moved, found, failure)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                report.handle,
                report.source_arn,
                report.destination_arn,
                report.started_ms,
                report.status,
                report.moved,
                report.found,
                report.failure,
            ],
        )?;
        transaction.commit()?;
        Ok(report)
    }

    /// Returns the last tasks of a queue, the newest first.
    pub fn move_tasks(&self, source_arn: &str, most: i64) -> rusqlite::Result<Vec<MoveReport>> {
        self.lock()
            .prepare_cached(&format!("{SELECT} WHERE source = ?1 ORDER BY started DESC LIMIT ?2"))?
            .query_map(params![source_arn, most], to_report)?
            .collect()
    }

    /// Finds a task.
    pub fn move_task(&self, handle: &str) -> rusqlite::Result<Option<MoveReport>> {
        self.lock()
            .prepare_cached(&format!("{SELECT} WHERE handle = ?1"))?
            .query_row(params![handle], to_report)
            .optional()
    }
}

const SELECT: &str = "SELECT handle, source, destination, started, status, moved, found, failure FROM move_task";

fn to_report(row: &Row<'_>) -> rusqlite::Result<MoveReport> {
    Ok(MoveReport {
        handle: row.get(0)?,
        source_arn: row.get(1)?,
        destination_arn: row.get(2)?,
        started_ms: row.get(3)?,
        status: row.get(4)?,
        moved: row.get(5)?,
        found: row.get(6)?,
        failure: row.get(7)?,
    })
}

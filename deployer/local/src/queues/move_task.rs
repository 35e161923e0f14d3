//! Moving the messages of a dead-letter queue back to where they came from, or elsewhere.
//!
//! A task is kept with what it has moved, and is carried on whenever somebody looks at messages: what is due by then is moved. So the
//! movable clock counts, and a task goes on after a restart.

use super::message_store::MessageStore;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::atomic::Ordering;

/// What is moved.
#[derive(Clone, Debug)]
pub struct MoveOrder {
    /// The id of the queue with the messages.
    pub queue: i64,
    /// Its ARN.
    pub source_arn: String,
    /// The ARN of the queue that they go to; `None`: each to the queue that it came from.
    pub destination_arn: Option<String>,
    /// Messages per second at most; `None`: all at once.
    pub rate: Option<i64>,
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveReport {
    /// Names the task.
    pub id: String,
    /// The ARN of the queue with the messages.
    pub source_arn: String,
    /// The ARN of the queue that they went to.
    pub destination_arn: Option<String>,
    /// Milliseconds since the epoch.
    pub started_ms: i64,
    /// `RUNNING`, `COMPLETED`, `CANCELLED` or `FAILED`.
    pub status: String,
    /// How many were moved.
    pub moved: i64,
    /// How many there were.
    pub found: i64,
    /// Why it failed.
    pub failure: Option<String>,
    /// Messages per second at most.
    pub rate: Option<i64>,
}

impl MoveReport {
    /// Says that it is not at its end.
    pub fn is_running(&self) -> bool {
        self.status == RUNNING
    }
}

const RUNNING: &str = "RUNNING";
const NO_QUEUE: &str = "AWS.SimpleQueueService.NonExistentQueue";

impl MessageStore {
    /// Begins to move the messages of a queue that are not in flight, and returns the id of the task; `None` when one of that queue
    /// is running.
    ///
    /// # Errors
    /// When the file cannot be written; so do the following.
    pub fn start_move(&self, order: &MoveOrder, now_ms: i64) -> rusqlite::Result<Option<String>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let running = format!("{SELECT} WHERE source = ?1 AND status = 'RUNNING'");
        if transaction.prepare_cached(&running)?.exists(params![order.source_arn])? {
            return Ok(None);
        }
        let id = uuid::Uuid::new_v4().to_string();
        transaction.execute(
            "INSERT INTO move_task (handle, source, destination, started, status, moved, found, rate)
             SELECT ?1, ?2, ?3, ?4, 'RUNNING', 0, count(*), ?5 FROM message WHERE queue = ?6 AND visible <= ?4",
            params![id, order.source_arn, order.destination_arn, now_ms, order.rate, order.queue],
        )?;
        transaction.commit()?;
        self.moving.store(true, Ordering::Release);
        Ok(Some(id))
    }

    /// Moves what the running tasks have to move by now; messages are new where they arrive. A task ends at the first message of
    /// which nobody knows where it came from. `find` tells the id of the queue with an ARN. Returns whether a message was moved.
    pub fn carry_moves(&self, now_ms: i64, find: impl Fn(&str) -> Option<i64>) -> rusqlite::Result<bool> {
        if !self.moving.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let running: Vec<MoveReport> = transaction
            .prepare_cached(&format!("{SELECT} WHERE status = 'RUNNING'"))?
            .query_map([], to_report)?
            .collect::<Result<_, _>>()?;
        let (mut moved_any, mut goes_on) = (false, false);
        for mut task in running {
            let before = task.moved;
            carry(&transaction, &mut task, now_ms, &find)?;
            moved_any |= task.moved > before;
            goes_on |= task.is_running();
            transaction
                .prepare_cached("UPDATE move_task SET status = ?2, moved = ?3, failure = ?4 WHERE handle = ?1")?
                .execute(params![task.id, task.status, task.moved, task.failure])?;
        }
        transaction.commit()?;
        self.moving.store(goes_on, Ordering::Release);
        Ok(moved_any)
    }

    /// Returns when the next message of a running task is due.
    pub fn next_move_ms(&self) -> rusqlite::Result<Option<i64>> {
        if !self.moving.load(Ordering::Acquire) {
            return Ok(None);
        }
        self.lock()
            .prepare_cached(
                "SELECT min(started + ((moved + 1) * 1000 + rate - 1) / rate) FROM move_task WHERE status = 'RUNNING'",
            )?
            .query_row([], |row| row.get(0))
    }

    /// Ends a running task, and returns how many messages it has moved; `None` when it is not running.
    pub fn cancel_move(&self, id: &str) -> rusqlite::Result<Option<i64>> {
        self.lock()
            .prepare_cached(
                "UPDATE move_task SET status = 'CANCELLED' WHERE handle = ?1 AND status = 'RUNNING' RETURNING moved",
            )?
            .query_row(params![id], |row| row.get(0))
            .optional()
    }

    /// Returns the last tasks of a queue, the newest first.
    pub fn move_tasks(&self, source_arn: &str, most: i64) -> rusqlite::Result<Vec<MoveReport>> {
        self.lock()
            .prepare_cached(&format!("{SELECT} WHERE source = ?1 ORDER BY started DESC LIMIT ?2"))?
            .query_map(params![source_arn, most], to_report)?
            .collect()
    }

    /// Finds a task.
    pub fn move_task(&self, id: &str) -> rusqlite::Result<Option<MoveReport>> {
        self.lock().prepare_cached(&format!("{SELECT} WHERE handle = ?1"))?.query_row(params![id], to_report).optional()
    }
}

/// Moves what a task has to move by now.
fn carry(
    connection: &Connection,
    task: &mut MoveReport,
    now_ms: i64,
    find: impl Fn(&str) -> Option<i64>,
) -> rusqlite::Result<()> {
    let due = task.rate.map_or(task.found, |rate| (rate * (now_ms - task.started_ms) / 1000).min(task.found));
    let Some(queue) = find(&task.source_arn) else {
        fail(task, NO_QUEUE);
        return Ok(());
    };
    let wanted = (due - task.moved).max(0);
    let found: Vec<(i64, Option<String>)> = connection
        .prepare_cached("SELECT seq, source FROM message WHERE queue = ?1 AND visible <= ?2 ORDER BY seq LIMIT ?3")?
        .query_map(params![queue, now_ms, wanted], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    // Somebody else may have received or deleted some.
    let fewer = i64::try_from(found.len()).unwrap_or(i64::MAX) < wanted;
    for (sequence, source) in found {
        let Some(arn) = task.destination_arn.as_ref().or(source.as_ref()) else {
            fail(task, "CouldNotDetermineMessageSource");
            return Ok(());
        };
        let Some(target) = find(arn) else {
            fail(task, NO_QUEUE);
            return Ok(());
        };
        connection
            .prepare_cached(
                "INSERT INTO message (queue, id, body, attributes, trace, sender, grp, dedup, sent, visible)
                 SELECT ?2, ?4, body, attributes, trace, sender, grp, dedup, ?3, ?3 FROM message WHERE seq = ?1",
            )?
            .execute(params![sequence, target, now_ms, uuid::Uuid::new_v4().to_string()])?;
        connection.prepare_cached("DELETE FROM message WHERE seq = ?1")?.execute(params![sequence])?;
        task.moved += 1;
    }
    if fewer || task.moved >= task.found {
        task.status = "COMPLETED".to_owned();
    }
    Ok(())
}

fn fail(task: &mut MoveReport, why: &str) {
    task.status = "FAILED".to_owned();
    task.failure = Some(why.to_owned());
}

const SELECT: &str = "SELECT handle, source, destination, started, status, moved, found, failure, rate FROM move_task";

fn to_report(row: &Row<'_>) -> rusqlite::Result<MoveReport> {
    Ok(MoveReport {
        id: row.get(0)?,
        source_arn: row.get(1)?,
        destination_arn: row.get(2)?,
        started_ms: row.get(3)?,
        status: row.get(4)?,
        moved: row.get(5)?,
        found: row.get(6)?,
        failure: row.get(7)?,
        rate: row.get(8)?,
    })
}

//! Messages of all queues, in SQLite.
//!
//! One file with a write-ahead log: a message that was accepted survives `kill -9`, and what is moved from a queue to another is in
//! one of the two at every moment.

use super::message::{HandleMistake, MessageHandle, NewMessage, QueueCounts, SentMessage};
use crate::lock::lock;
use crate::store::file;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
        attributes TEXT NOT NULL, trace TEXT, sender TEXT NOT NULL, grp TEXT, dedup TEXT,
        sent INTEGER NOT NULL, visible INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0,
        first INTEGER, receipt TEXT, source TEXT) STRICT;
    CREATE INDEX IF NOT EXISTS message_visible ON message (queue, visible, seq);
    CREATE INDEX IF NOT EXISTS message_sent ON message (queue, sent);
    CREATE INDEX IF NOT EXISTS message_group ON message (queue, grp, visible) WHERE grp IS NOT NULL;
    CREATE TABLE IF NOT EXISTS deduplication (
        queue INTEGER NOT NULL, key TEXT NOT NULL, until INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (queue, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS move_task (
        handle TEXT PRIMARY KEY, source TEXT NOT NULL, destination TEXT, started INTEGER NOT NULL,
        status TEXT NOT NULL, moved INTEGER NOT NULL, found INTEGER NOT NULL, failure TEXT) STRICT, WITHOUT ROWID;
";
/// A file of before has no rates of tasks.
const HAS_RATE: &str = "SELECT 1 FROM pragma_table_info('move_task') WHERE name = 'rate'";
const ADD_RATE: &str = "ALTER TABLE move_task ADD COLUMN rate INTEGER";

/// How long a second message with the id of another one is the same message ("Using the message deduplication ID").
const DEDUPLICATION_MS: i64 = 300_000;
/// A message is invisible for at most twelve hours after it was received.
const LONGEST_VISIBILITY_MS: i64 = 43_200_000;

/// The open file. Methods block on the disk for a moment; call them where that is allowed.
#[derive(Debug)]
pub struct MessageStore {
    connection: Mutex<Connection>,
    /// Whether a task that moves messages may be running.
    pub(super) moving: AtomicBool,
}

impl MessageStore {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// When the file cannot be used or is no SQLite file.
    pub fn open(path: &Path) -> io::Result<Self> {
        // SQLite gives its journal the permissions of the file, and would make the file readable for everybody.
        file::private_file(path, OpenOptions::new().append(true))?;
        let connection = Connection::open(path).map_err(io::Error::other)?;
        connection.execute_batch(SCHEMA).map_err(|error| {
            io::Error::other(format!("{}: {error}; move the file away to start with empty queues", path.display()))
        })?;
        if !connection.prepare(HAS_RATE).and_then(|mut found| found.exists([])).map_err(io::Error::other)? {
            connection.execute_batch(ADD_RATE).map_err(io::Error::other)?;
        }
        Ok(Self { connection: Mutex::new(connection), moving: AtomicBool::new(true) })
    }

    /// Puts messages into a queue: all are there when it returns. One that was sent before, by its deduplication id, is not put
    /// again and told as it was then.
    ///
    /// # Errors
    /// When the file cannot be written; so do all the following.
    pub fn send(&self, queue: i64, now_ms: i64, messages: &[NewMessage]) -> rusqlite::Result<Vec<SentMessage>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let sent = messages.iter().map(|message| send(&transaction, queue, now_ms, message)).collect();
        transaction.commit()?;
        sent
    }

    /// Deletes a message by the handle of its last receipt; an older handle deletes nothing.
    pub fn delete(&self, handle: &MessageHandle) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached("DELETE FROM message WHERE seq = ?1 AND queue = ?2 AND receipt = ?3")?
            .execute(params![handle.sequence, handle.queue, handle.receipt])
            .map(drop)
    }

    /// Tells whether a handle is that of a message in flight: the last receipt, not yet expired.
    pub fn in_flight(&self, handle: &MessageHandle, now_ms: i64) -> rusqlite::Result<Result<(), HandleMistake>> {
        let found: Option<(Option<String>, i64)> = self
            .lock()
            .prepare_cached("SELECT receipt, visible FROM message WHERE seq = ?1 AND queue = ?2")?
            .query_row(params![handle.sequence, handle.queue], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(match found {
            None => Err(HandleMistake::Gone),
            Some((receipt, visible)) if receipt.as_deref() == Some(&handle.receipt) && visible > now_ms => Ok(()),
            Some(_) => Err(HandleMistake::NotInFlight),
        })
    }

    /// Lets a message in flight be received again after a time from now.
    pub fn change_visibility(&self, handle: &MessageHandle, now_ms: i64, ms: i64) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached("UPDATE message SET visible = ?3 WHERE seq = ?1 AND receipt = ?2")?
            .execute(params![handle.sequence, handle.receipt, now_ms + ms.min(LONGEST_VISIBILITY_MS)])
            .map(drop)
    }

    /// Deletes what a queue does not keep any more: what was sent before a moment.
    pub fn expire(&self, queue: i64, kept_from_ms: i64) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached("DELETE FROM message WHERE queue = ?1 AND sent < ?2")?
            .execute(params![queue, kept_from_ms])
            .map(drop)
    }

    /// Deletes all messages of a queue.
    pub fn purge(&self, queue: i64) -> rusqlite::Result<()> {
        self.lock().execute("DELETE FROM message WHERE queue = ?1", params![queue]).map(drop)
    }

    /// Deletes all that is kept for a queue.
    pub fn forget(&self, queue: i64) -> rusqlite::Result<()> {
        self.purge(queue)?;
        self.lock().execute("DELETE FROM deduplication WHERE queue = ?1", params![queue]).map(drop)
    }

    /// Counts the messages of a queue.
    pub fn counts(&self, queue: i64, now_ms: i64) -> rusqlite::Result<QueueCounts> {
        const COUNT: &str = "
            SELECT coalesce(sum(visible <= ?2), 0), coalesce(sum(visible > ?2 AND received > 0), 0),
                coalesce(sum(visible > ?2 AND received = 0), 0)
            FROM message WHERE queue = ?1";
        self.lock().prepare_cached(COUNT)?.query_row(params![queue, now_ms], |row| {
            Ok(QueueCounts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
        })
    }

    /// Returns when the next message of a queue can be received that cannot be now.
    pub fn next_visible_ms(&self, queue: i64, now_ms: i64) -> rusqlite::Result<Option<i64>> {
        self.lock()
            .prepare_cached("SELECT min(visible) FROM message WHERE queue = ?1 AND visible > ?2")?
            .query_row(params![queue, now_ms], |row| row.get(0))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }
}

fn send(connection: &Connection, queue: i64, now_ms: i64, message: &NewMessage) -> rusqlite::Result<SentMessage> {
    if let Some(key) = &message.deduplication_key {
        connection
            .prepare_cached("DELETE FROM deduplication WHERE queue = ?1 AND until <= ?2")?
            .execute(params![queue, now_ms])?;
        let before = connection
            .prepare_cached("SELECT id, seq FROM deduplication WHERE queue = ?1 AND key = ?2")?
            .query_row(params![queue, key], |row| Ok(SentMessage { id: row.get(0)?, sequence: row.get(1)? }))
            .optional()?;
        if let Some(before) = before {
            return Ok(before);
        }
    }
    let id = uuid::Uuid::new_v4().to_string();
    connection
        .prepare_cached(
            "INSERT INTO message (queue, id, body, attributes, trace, sender, grp, dedup, sent, visible)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            queue,
            id,
            message.body,
            message.attributes.to_string(),
            message.trace_header,
            message.sender,
            message.group,
            message.deduplication_id,
            now_ms,
            now_ms + message.delay_ms,
        ])?;
    let sent = SentMessage { id, sequence: connection.last_insert_rowid() };
    if let Some(key) = &message.deduplication_key {
        connection
            .prepare_cached("INSERT INTO deduplication (queue, key, until, id, seq) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![queue, key, now_ms + DEDUPLICATION_MS, sent.id, sent.sequence])?;
    }
    Ok(sent)
}

//! Streams and events of log groups, in SQLite.
//!
//! One file with a write-ahead log: an event that was written survives `kill -9`. Lines of functions go through a channel
//! to a thread that writes whatever has gathered in one transaction, so that nobody waits for the disk; whoever reads
//! flushes that channel first and so sees everything that was appended before.

use super::backlog::WriteBacklog;
use super::event::{EventPosition, LogEvent, NewEvent, OVERHEAD};
use crate::lock::lock;
use crate::store::file;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::fs::OpenOptions;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS stream (
        id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
        first INTEGER, last INTEGER, ingested INTEGER, bytes INTEGER NOT NULL DEFAULT 0,
        UNIQUE (grp, name)) STRICT;
    CREATE TABLE IF NOT EXISTS event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL,
        stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
        at INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS event_in_group ON event (grp, at, seq);
    CREATE INDEX IF NOT EXISTS event_in_stream ON event (stream, at, seq);
";

/// A log stream and what is known of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStream {
    /// Key of the stream.
    pub id: i64,
    /// Unique in its group.
    pub name: String,
    /// Milliseconds since the epoch; so are the next three.
    pub created_ms: i64,
    /// The earliest event.
    pub first_ms: Option<i64>,
    /// The latest event.
    pub last_ms: Option<i64>,
    /// The last arrival.
    pub ingested_ms: Option<i64>,
    /// Messages and the overhead of each.
    pub bytes: i64,
}

/// Which events of a group to read, oldest first.
#[derive(Clone, Debug)]
pub struct EventRange {
    /// The group's id.
    pub group: i64,
    /// Only this stream; `None`: all.
    pub stream: Option<i64>,
    /// From this moment on.
    pub from_ms: i64,
    /// Before this moment.
    pub to_ms: i64,
    /// Not before this position.
    pub after: Option<EventPosition>,
    /// Before this position.
    pub before: Option<EventPosition>,
    /// Latest first.
    pub backwards: bool,
}

impl EventRange {
    fn sql(&self) -> String {
        let key = if self.stream.is_some() { "stream" } else { "grp" };
        let order = if self.backwards { "DESC" } else { "ASC" };
        format!(
            "SELECT seq, at, event.ingested, name, message FROM event JOIN stream ON stream.id = event.stream
             WHERE event.{key} = ?1 AND at >= ?2 AND at < ?3 AND (at, seq) >= (?4, ?5) AND (at, seq) < (?6, ?7)
             ORDER BY at {order}, seq {order}"
        )
    }
}

enum WriteOrder {
    Append(StreamAppend),
    Flush(oneshot::Sender<()>),
}

/// Events for one stream.
struct StreamAppend {
    group: i64,
    stream: String,
    now_ms: i64,
    events: Vec<NewEvent>,
}

impl StreamAppend {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.message.len() + OVERHEAD).sum()
    }

    /// Takes what follows in the same stream; gives back what does not.
    fn join(&mut self, next: Self) -> Option<Self> {
        if (self.group, &self.stream) != (next.group, &next.stream) {
            return Some(next);
        }
        self.now_ms = self.now_ms.max(next.now_ms);
        self.events.extend(next.events);
        None
    }
}

/// So long a transaction waits for more lines, unless somebody waits for it: a line costs little, a transaction much.
const LINGER: Duration = Duration::from_millis(5);
/// A transaction ends when it has so many bytes: whoever reads does not wait for a flood to be written.
const MOST_BATCH_BYTES: usize = 1024 * 1024;

/// The open file. Methods block on the disk for a moment; call them where that is allowed.
#[derive(Debug)]
pub struct EventStore {
    connection: Arc<Mutex<Connection>>,
    orders: mpsc::Sender<WriteOrder>,
    backlog: Arc<WriteBacklog>,
    /// Goes up whenever events were written.
    arrivals: Arc<watch::Sender<u64>>,
}

impl EventStore {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// When the file cannot be used or is no SQLite file.
    pub fn open(path: &Path) -> io::Result<Self> {
        // SQLite gives its journal the permissions of the file, and would make the file readable for everybody.
        file::private_file(path, OpenOptions::new().append(true))?;
        let connection = Connection::open(path).map_err(io::Error::other)?;
        connection.execute_batch(SCHEMA).map_err(|error| {
            io::Error::other(format!("{}: {error}; move the file away to start with empty log groups", path.display()))
        })?;
        let connection = Arc::new(Mutex::new(connection));
        let (orders, inbox) = mpsc::channel();
        let shared = Arc::clone(&connection);
        let backlog = Arc::<WriteBacklog>::default();
        let written = Arc::clone(&backlog);
        let arrivals = Arc::new(watch::Sender::new(0));
        let arrived = Arc::clone(&arrivals);
        std::thread::Builder::new()
            .name("log-events".into())
            .spawn(move || write_orders(&shared, &inbox, &written, &arrived))?;
        Ok(Self { connection, orders, backlog, arrivals })
    }

    /// Queues events of a stream, which is made when it is not there. Returns at once: who has many of them waits for
    /// [`EventStore::room`] first.
    pub fn append(&self, group: i64, stream: &str, now_ms: i64, events: Vec<NewEvent>) {
        // The writer lives as long as `self`: there is always somebody to take the order.
        let append = StreamAppend { group, stream: stream.to_owned(), now_ms, events };
        self.backlog.add(append.bytes());
        let _ = self.orders.send(WriteOrder::Append(append));
    }

    /// Returns when the queue has room for more.
    pub async fn room(&self) {
        self.backlog.room().await;
    }

    /// Waits until everything appended before is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        let _ = self.orders.send(WriteOrder::Flush(done));
        let _ = written.await;
    }

    /// Blocks until everything appended before is written.
    pub fn flush_blocking(&self) {
        let (done, written) = oneshot::channel();
        let _ = self.orders.send(WriteOrder::Flush(done));
        let _ = written.blocking_recv();
    }

    /// Makes a stream; `false` when there is one of that name already.
    ///
    /// # Errors
    /// When the file cannot be written; so do all the following.
    pub fn create_stream(&self, group: i64, name: &str, now_ms: i64) -> rusqlite::Result<bool> {
        Ok(insert_stream(&self.lock(), group, name, now_ms)? == 1)
    }

    /// Deletes a stream with its events; `false` when there is none of that name.
    pub fn delete_stream(&self, group: i64, name: &str) -> rusqlite::Result<bool> {
        let deleted = self.lock().execute("DELETE FROM stream WHERE grp = ?1 AND name = ?2", params![group, name])?;
        Ok(deleted == 1)
    }

    /// Deletes all streams and events of a group.
    pub fn delete_group(&self, group: i64) -> rusqlite::Result<()> {
        self.lock().execute("DELETE FROM stream WHERE grp = ?1", params![group]).map(drop)
    }

    /// Returns the groups that have streams.
    pub fn groups(&self) -> rusqlite::Result<Vec<i64>> {
        self.lock().prepare_cached("SELECT DISTINCT grp FROM stream")?.query_map([], |row| row.get(0))?.collect()
    }

    /// Finds a stream by name.
    pub fn stream(&self, group: i64, name: &str) -> rusqlite::Result<Option<LogStream>> {
        self.lock()
            .prepare_cached(&format!("{SELECT_STREAM} WHERE grp = ?1 AND name = ?2"))?
            .query_row(params![group, name], to_stream)
            .optional()
    }

    /// Returns all streams of a group, by name.
    pub fn streams(&self, group: i64) -> rusqlite::Result<Vec<LogStream>> {
        self.lock()
            .prepare_cached(&format!("{SELECT_STREAM} WHERE grp = ?1 ORDER BY name"))?
            .query_map(params![group], to_stream)?
            .collect()
    }

    /// Returns the size of a group's messages in bytes.
    pub fn stored_bytes(&self, group: i64) -> rusqlite::Result<i64> {
        self.lock()
            .prepare_cached("SELECT coalesce(sum(bytes), 0) FROM stream WHERE grp = ?1")?
            .query_row(params![group], |row| row.get(0))
    }

    /// Writes events of one stream; returns the sequence number of the last one.
    pub fn put(&self, stream: &LogStream, group: i64, now_ms: i64, events: &[NewEvent]) -> rusqlite::Result<i64> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        insert_events(&transaction, group, stream.id, now_ms, events)?;
        let last = transaction.last_insert_rowid();
        transaction.commit()?;
        tell(&self.arrivals);
        Ok(last)
    }

    /// Returns what tells that events were written, of whatever group.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    /// Shows events to `visit` in order until it breaks.
    pub fn read(&self, range: &EventRange, mut visit: impl FnMut(LogEvent) -> ControlFlow<()>) -> rusqlite::Result<()> {
        let id = range.stream.unwrap_or(range.group);
        let sql = range.sql();
        let after = range.after.unwrap_or(EventPosition::START);
        let before = range.before.unwrap_or(EventPosition::END);
        // The index is searched by the plain bounds alone: without these, every page would read all that comes before it.
        let (from_ms, to_ms) = (range.from_ms.max(after.at_ms), range.to_ms.min(before.at_ms.saturating_add(1)));
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows =
            statement.query(params![id, from_ms, to_ms, after.at_ms, after.seq, before.at_ms, before.seq])?;
        while let Some(row) = rows.next()? {
            if visit(to_event(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Deletes a group's events before a moment.
    pub fn expire(&self, group: i64, before_ms: i64) -> rusqlite::Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let expired = transaction.execute("DELETE FROM event WHERE grp = ?1 AND at < ?2", params![group, before_ms])?;
        if expired > 0 {
            transaction.execute(
                "UPDATE stream SET
                    first = (SELECT min(at) FROM event WHERE event.stream = stream.id),
                    last = (SELECT max(at) FROM event WHERE event.stream = stream.id),
                    bytes = (SELECT coalesce(sum(length(CAST(message AS BLOB)) + ?2), 0)
                             FROM event WHERE event.stream = stream.id)
                 WHERE grp = ?1",
                params![group, OVERHEAD as i64],
            )?;
        }
        transaction.commit()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }
}

const SELECT_STREAM: &str = "SELECT id, name, created, first, last, ingested, bytes FROM stream";

fn to_stream(row: &Row<'_>) -> rusqlite::Result<LogStream> {
    Ok(LogStream {
        id: row.get(0)?,
        name: row.get(1)?,
        created_ms: row.get(2)?,
        first_ms: row.get(3)?,
        last_ms: row.get(4)?,
        ingested_ms: row.get(5)?,
        bytes: row.get(6)?,
    })
}

pub(super) fn to_event(row: &Row<'_>) -> rusqlite::Result<LogEvent> {
    Ok(LogEvent {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        ingested_ms: row.get(2)?,
        stream: row.get(3)?,
        message: row.get(4)?,
    })
}

fn insert_stream(connection: &Connection, group: i64, name: &str, now_ms: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO stream (grp, name, created) VALUES (?1, ?2, ?3)")?
        .execute(params![group, name, now_ms])
}

fn insert_events(
    connection: &Connection,
    group: i64,
    stream: i64,
    now_ms: i64,
    events: &[NewEvent],
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO event (grp, stream, at, ingested, message) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for event in events {
        insert.execute(params![group, stream, event.at_ms, now_ms, event.message])?;
    }
    let (Some(first), Some(last)) =
        (events.iter().map(|event| event.at_ms).min(), events.iter().map(|event| event.at_ms).max())
    else {
        return Ok(());
    };
    let bytes: usize = events.iter().map(|event| event.message.len() + OVERHEAD).sum();
    connection
        .prepare_cached(
            "UPDATE stream SET first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?3), ?3),
             ingested = ?4, bytes = bytes + ?5 WHERE id = ?1",
        )?
        .execute(params![stream, first, last, now_ms, bytes as i64])?;
    Ok(())
}

/// Runs the writer's thread, which ends when the store is dropped.
fn write_orders(
    connection: &Mutex<Connection>,
    inbox: &mpsc::Receiver<WriteOrder>,
    backlog: &WriteBacklog,
    arrivals: &watch::Sender<u64>,
) {
    while let Ok(first) = inbox.recv() {
        let mut flushed = Vec::new();
        let until = Instant::now() + LINGER;
        let more = std::iter::from_fn(|| inbox.recv_timeout(until.saturating_duration_since(Instant::now())).ok());
        let (batch, bytes) = gather(std::iter::once(first).chain(more), &mut flushed);
        if let Err(error) = write_batch(&mut lock(connection), &batch) {
            eprintln!("log events were lost: {error}");
        }
        if !batch.is_empty() {
            tell(arrivals);
        }
        backlog.remove(bytes);
        for done in flushed {
            // Whoever waited may have gone.
            let _ = done.send(());
        }
    }
}

/// Tells those who wait that events were written.
fn tell(arrivals: &watch::Sender<u64>) {
    arrivals.send_modify(|count| *count = count.wrapping_add(1));
}

/// Takes orders for one transaction, until it is large or somebody waits for it: what to write, and how many bytes that is.
fn gather(
    orders: impl Iterator<Item = WriteOrder>,
    flushed: &mut Vec<oneshot::Sender<()>>,
) -> (Vec<StreamAppend>, usize) {
    let (mut batch, mut bytes) = (Vec::<StreamAppend>::new(), 0);
    for order in orders {
        match order {
            WriteOrder::Flush(done) => flushed.push(done),
            WriteOrder::Append(append) => {
                bytes += append.bytes();
                let apart = match batch.last_mut() {
                    Some(last) => last.join(append),
                    None => Some(append),
                };
                batch.extend(apart);
            }
        }
        if bytes >= MOST_BATCH_BYTES || !flushed.is_empty() {
            break;
        }
    }
    (batch, bytes)
}

fn write_batch(connection: &mut Connection, batch: &[StreamAppend]) -> rusqlite::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for StreamAppend { group, stream, now_ms, events } in batch {
        insert_stream(&transaction, *group, stream, *now_ms)?;
        let id = transaction
            .prepare_cached("SELECT id FROM stream WHERE grp = ?1 AND name = ?2")?
            .query_row(params![group, stream], |row| row.get(0))?;
        insert_events(&transaction, *group, id, *now_ms, events)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    fn append(stream: &str, bytes: usize) -> WriteOrder {
        let events = vec![NewEvent { at_ms: 1, message: "x".repeat(bytes) }];
        WriteOrder::Append(StreamAppend { group: 1, stream: stream.to_owned(), now_ms: 2, events })
    }

    #[test]
    fn a_transaction_has_few_bytes_and_one_run_for_each_stream() {
        let mut flood = std::iter::repeat_with(|| append("a", MOST_BATCH_BYTES / 4)).take(1_000);
        let (batch, bytes) = gather(flood.by_ref(), &mut Vec::new());
        assert!((MOST_BATCH_BYTES..MOST_BATCH_BYTES * 5 / 4).contains(&bytes), "{bytes}");
        assert_eq!((batch.len(), batch[0].events.len(), flood.count()), (1, 4, 996));
        let (batch, _) =
            gather([append("a", 1), append("b", 1), append("b", 1), append("a", 1)].into_iter(), &mut Vec::new());
        let runs: Vec<_> = batch.iter().map(|run| (run.stream.as_str(), run.events.len())).collect();
        assert_eq!(runs, [("a", 1), ("b", 2), ("a", 1)]);
    }

    #[test]
    fn a_page_reads_its_own_rows() {
        let dir = tempfile::tempdir().unwrap();
        let store = EventStore::open(&dir.path().join("events.sqlite")).unwrap();
        let events = (0..50_000).map(|at_ms| NewEvent { at_ms, message: "m".to_owned() }).collect();
        store.append(1, "s", 0, events);
        store.flush_blocking();
        for backwards in [false, true] {
            let position = EventPosition { at_ms: 25_000, seq: 25_001 };
            let (after, before) = if backwards { (None, Some(position)) } else { (Some(position), None) };
            let range = EventRange { group: 1, stream: None, from_ms: 0, to_ms: i64::MAX, after, before, backwards };
            let mut first = None;
            store
                .read(&range, |event| {
                    first = Some(event.at_ms);
                    ControlFlow::Break(())
                })
                .unwrap();
            assert_eq!(first, Some(if backwards { 24_999 } else { 25_000 }));
            let steps = store.lock().prepare_cached(&range.sql()).unwrap().get_status(StatementStatus::VmStep);
            assert!((1..1_000).contains(&steps), "{steps} steps for one row");
        }
    }
}

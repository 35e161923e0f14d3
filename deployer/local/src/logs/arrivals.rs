//! Events in the order in which they arrived, for who follows a log.

use super::event::LogEvent;
use super::events::{EventStore, to_event};
use rusqlite::params;

impl EventStore {
    /// Returns the sequence number of the event that arrived last, of whatever group; 0 where there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self) -> rusqlite::Result<i64> {
        self.lock().prepare_cached("SELECT coalesce(max(seq), 0) FROM event")?.query_row([], |row| row.get(0))
    }

    /// Returns events of a group that arrived behind a sequence number, in the order in which they did, and the number that the next
    /// look goes on from. Times are the writers' own: who follows a log by them misses what comes late.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn arrived(&self, group: i64, behind: i64, most: usize) -> rusqlite::Result<(Vec<LogEvent>, i64)> {
        let newest = self.newest()?;
        let found: Vec<LogEvent> = self
            .lock()
            .prepare_cached(
                "SELECT seq, at, event.ingested, name, message FROM event JOIN stream ON stream.id = event.stream
                 WHERE event.seq > ?2 AND event.grp = ?1 ORDER BY event.seq LIMIT ?3",
            )?
            .query_map(params![group, behind, i64::try_from(most).unwrap_or(i64::MAX)], to_event)?
            .collect::<Result<_, _>>()?;
        let last = found.last().map_or(behind, |event| event.seq);
        // Of others there may be many between: they are not looked through again. Some of these may have come since.
        let next = if found.len() < most { newest.max(last) } else { last };
        Ok((found, next))
    }
}

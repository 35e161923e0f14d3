//! The log groups of all regions, and the sweep that expires their events.

use super::event::NewEvent;
use super::events::EventStore;
use crate::clock::Clock;
use crate::store::log_group::LogGroup;
use crate::store::{CloudDocument, CloudStore, file};
use crate::wire::{ServiceError, ServiceResult};
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// How often expired events are deleted, in milliseconds of the cloud's clock.
const SWEEP_MS: i64 = 60_000;

/// The log groups of all regions.
#[derive(Debug)]
pub struct LogEngine {
    store: Arc<CloudStore>,
    clock: Arc<Clock>,
    events: Arc<EventStore>,
    closing: watch::Sender<bool>,
}

impl LogEngine {
    /// Opens the events under `dir` and begins to expire them. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the directory or the file in it cannot be used.
    pub fn open(dir: &Path, store: Arc<CloudStore>, clock: Arc<Clock>) -> io::Result<Arc<Self>> {
        file::private_dir(dir)?;
        let events = Arc::new(EventStore::open(&dir.join("events.sqlite"))?);
        let logs = Arc::new(Self { store, clock, events, closing: watch::Sender::new(false) });
        tokio::spawn(sweep(Arc::downgrade(&logs), Arc::clone(&logs.clock)));
        Ok(logs)
    }

    /// Makes a group that is not there, without retention and tags: what Lambda does for a role that allows it.
    pub fn ensure_group(&self, region: &str, name: &str) {
        let there = |document: &CloudDocument| document.region(region).logs.groups.contains_key(name);
        if self.store.read(there) {
            return;
        }
        let group = LogGroup::new(self.clock.now_ms());
        let made = self.store.write(|document| {
            document.region_mut(region).logs.groups.get_or_insert_with(name, || group);
            Ok(())
        });
        if let Err(error) = made {
            eprintln!("the log group {name} could not be made: {error}");
        }
    }

    /// Queues lines of a function. They are dropped when there is no such group; the stream is made when it is not there.
    pub fn append(&self, region: &str, group: &str, stream: &str, lines: Vec<NewEvent>) {
        let id = self.store.read(|document| document.region(region).logs.groups.get(group).map(|group| group.id));
        if let Some(id) = id {
            self.events.append(id, stream, self.clock.now_ms(), lines);
        }
    }

    /// Returns when there is room for more lines: whoever writes more than the disk takes must wait.
    pub async fn room(&self) {
        self.events.room().await;
    }

    /// Waits until everything that was appended is on disk.
    pub async fn flush(&self) {
        self.events.flush().await;
    }

    /// Returns what tells that events were written, and what tells that nobody is to wait for them any more.
    pub(crate) fn news(&self) -> (watch::Receiver<u64>, watch::Receiver<bool>) {
        (self.events.arrivals(), self.closing.subscribe())
    }

    /// Ends all waiting for events.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Runs a piece of work on the events, after everything that was appended is written. Blocks.
    pub(crate) fn on_events<T>(&self, work: impl FnOnce(&EventStore) -> rusqlite::Result<T>) -> ServiceResult<T> {
        self.events.flush_blocking();
        work(&self.events).map_err(ServiceError::internal)
    }

    /// Deletes what is older than its group keeps, and what an interrupted deletion left. Blocks.
    fn expire(&self) -> ServiceResult<()> {
        let now_ms = self.clock.now_ms();
        // Before the document is read: what is made meanwhile is in neither of the two, and has to stay.
        let stored = self.on_events(EventStore::groups)?;
        let groups: Vec<(i64, i64)> = self.store.read(|document| {
            let groups = document.regions.values().flat_map(|region| region.logs.groups.values());
            groups.map(|group| (group.id, group.kept_from_ms(now_ms))).collect()
        });
        self.on_events(move |events| {
            let is_gone = |stored: &&i64| groups.iter().all(|(id, _)| id != *stored);
            stored.iter().filter(is_gone).try_for_each(|id| events.delete_group(*id))?;
            groups.iter().filter(|(_, from)| *from > i64::MIN).try_for_each(|(id, from)| events.expire(*id, *from))
        })
    }
}

async fn sweep(logs: Weak<LogEngine>, clock: Arc<Clock>) {
    while let Some(logs) = logs.upgrade() {
        // Taken first: a clock that is moved during the work must not be slept over.
        let next_ms = clock.now_ms() + SWEEP_MS;
        // A panic is the end of this sweep; the next one tries again.
        if let Ok(Err(error)) = spawn_blocking(move || logs.expire()).await {
            eprintln!("expired log events were not deleted: {error}");
        }
        clock.sleep_until(next_ms).await;
    }
}

//! How far event source mappings are, and what came of their last work.

use crate::lock::lock;
use crate::store::file;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tokio::sync::watch;

/// How far a stream is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamPosition {
    /// The sequence number of the last record that is done; `None`: none is.
    pub after: Option<String>,
}

/// Says how far event source mappings are. A position is a file of its own: after `kill -9` a stream goes on from there.
#[derive(Debug)]
pub struct SourceProgress {
    dir: PathBuf,
    results: Mutex<BTreeMap<String, String>>,
    changed: watch::Sender<u64>,
}

impl SourceProgress {
    /// Uses `dir`, which is made when it does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(dir: &Path) -> io::Result<Self> {
        file::private_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), results: Mutex::default(), changed: watch::Sender::new(0) })
    }

    /// Tells the pollers that a mapping has changed.
    pub fn change(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns what tells of changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Remembers what came of the last work of a mapping.
    pub fn say(&self, uuid: &str, result: impl Into<String>) {
        lock(&self.results).insert(uuid.to_owned(), result.into());
    }

    /// Returns what came of the last work of a mapping.
    pub fn result(&self, uuid: &str) -> Option<String> {
        lock(&self.results).get(uuid).cloned()
    }

    /// Returns how far the stream of a mapping is read.
    ///
    /// # Errors
    /// When the file cannot be read or is none of ours.
    pub fn position(&self, uuid: &str) -> io::Result<StreamPosition> {
        match std::fs::read(self.path(uuid)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(StreamPosition::default()),
            Err(error) => Err(error),
        }
    }

    /// Keeps how far the stream of a mapping is read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_position(&self, uuid: &str, position: &StreamPosition) -> io::Result<()> {
        file::replace(&self.path(uuid), &serde_json::to_vec(position)?, false)
    }

    /// Forgets a mapping.
    pub fn forget(&self, uuid: &str) {
        lock(&self.results).remove(uuid);
        // It is there for streams alone, and harms nobody.
        let _ = std::fs::remove_file(self.path(uuid));
    }

    fn path(&self, uuid: &str) -> PathBuf {
        self.dir.join(format!("{uuid}.json"))
    }
}

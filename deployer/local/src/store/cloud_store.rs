//! The document that is saved after every change, and who may write it.

use super::code::CodeStore;
use super::document::{CloudDocument, RegionDocument, VERSION};
use super::error::OpenError;
use super::file;
use super::function::FunctionRecord;
use super::journal::ChangeJournal;
use crate::lock;
use crate::wire::{ServiceError, ServiceResult};
use serde::Deserialize;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

/// The control-plane document and the code directory. Share it by `Arc`.
#[derive(Debug)]
pub struct CloudStore {
    current: RwLock<Arc<CloudDocument>>,
    /// Locked for a whole write, so that writes follow each other while readers go on.
    saved: Mutex<SavedDocument>,
    code: CodeStore,
    lock: File,
}

impl CloudStore {
    /// Opens (or makes) the store under `dir`, which no other process may have open.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        file::private_dir(dir).map_err(OpenError::io(dir))?;
        let lock = lock_dir(dir)?;
        let (saved, document) = SavedDocument::open(dir)?;
        Ok(Self {
            current: RwLock::new(Arc::new(document)),
            saved: Mutex::new(saved),
            code: CodeStore::open(&dir.join("code"))?,
            lock,
        })
    }

    /// Returns the document as it is now; it does not change under the reader.
    pub fn snapshot(&self) -> Arc<CloudDocument> {
        Arc::clone(&lock::read(&self.current))
    }

    /// Reads from the document.
    pub fn read<T>(&self, read: impl FnOnce(&CloudDocument) -> T) -> T {
        read(&self.snapshot())
    }

    /// Changes the document: saved when it returns. When `change` fails, nothing has changed.
    ///
    /// # Errors
    /// What `change` says, or `InternalFailure` when the document cannot be saved.
    pub fn write<T>(&self, change: impl FnOnce(&mut CloudDocument) -> ServiceResult<T>) -> ServiceResult<T> {
        let mut saved = lock::lock(&self.saved);
        let before = self.snapshot();
        let mut next = CloudDocument::clone(&before);
        let result = change(&mut next)?;
        saved.save(&next, &before).map_err(ServiceError::internal)?;
        *lock::write(&self.current) = Arc::new(next);
        Ok(result)
    }

    /// Writes the document as a whole and waits until it is on the disk: nothing is left to be put together.
    ///
    /// # Errors
    /// What the system says; everything is saved nevertheless.
    pub fn settle(&self) -> std::io::Result<()> {
        let mut saved = lock::lock(&self.saved);
        saved.settle(&self.snapshot())
    }

    /// Takes from functions the hash of code that is not on the disk any more: whoever compares it with what is to be there sees
    /// that it must be uploaded again. Returns their names, and where the code was.
    ///
    /// # Errors
    /// `InternalFailure` when that cannot be saved.
    pub fn forget_lost_code(&self) -> ServiceResult<Vec<(String, PathBuf)>> {
        let lost = |function: &FunctionRecord| {
            let place = self.code.place(&function.code_sha256)?;
            self.code.unpacked(&function.code_sha256).is_none().then_some(place)
        };
        let is_complete = |region: &RegionDocument| region.functions.values().all(|function| lost(function).is_none());
        if self.snapshot().regions.values().all(is_complete) {
            return Ok(Vec::new());
        }
        self.write(|document| {
            let mut found = Vec::new();
            for region in document.regions.values_mut() {
                for function in region.functions.select_mut(|function| lost(function).is_some()) {
                    found.extend(lost(function).map(|place| (function.name.clone(), place)));
                    (function.code_sha256, function.code_size) = (String::new(), 0);
                }
            }
            Ok(found)
        })
    }

    /// Returns the uploaded code.
    pub fn code(&self) -> &CodeStore {
        &self.code
    }

    /// Returns what tells this directory from its copies: the device and the inode of its lock file, which a copy has for itself.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(unix)]
    pub fn identity(&self) -> std::io::Result<String> {
        use std::os::unix::fs::MetadataExt;
        self.lock.metadata().map(|file| format!("{}:{}", file.dev(), file.ino()))
    }
}

/// How often a taken lock is asked for again.
const LOCK_TRIES: u32 = 20;
/// The pause before each.
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// Takes the directory for this process; the lock ends with the process, however it ends.
///
/// A process that is just being started has a copy of all that is open, this lock too, until its program begins: a cloud that has let
/// go of the lock may seem to hold it for some milliseconds more.
fn lock_dir(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = file::private_file(&path, &mut OpenOptions::new()).map_err(OpenError::io(&path))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(OpenError::io(&path)(error)),
        }
    }
    Err(OpenError::Locked { path: dir.to_owned() })
}

/// The document on the disk: as it was last written as a whole, and the changes since then.
#[derive(Debug)]
struct SavedDocument {
    path: PathBuf,
    /// The size of the whole document, in bytes.
    size: u64,
    journal: ChangeJournal,
}

/// A journal that is shorter is not worth writing the document for.
const SHORT_JOURNAL: u64 = 64 * 1024;

impl SavedDocument {
    /// Reads the document, which is empty when there is none yet.
    fn open(dir: &Path) -> Result<(Self, CloudDocument), OpenError> {
        let path = dir.join("cloud.json");
        let corrupt = |reason: String| OpenError::Corrupt { path: path.clone(), reason };
        let (bytes, mut content) = match std::fs::read(&path) {
            Ok(bytes) => {
                let content = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
                (bytes, content)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let empty =
                    serde_json::to_value(CloudDocument::default()).map_err(|error| corrupt(error.to_string()))?;
                (Vec::new(), empty)
            }
            Err(error) => return Err(OpenError::io(&path)(error)),
        };
        let version: VersionedDocument =
            VersionedDocument::deserialize(&content).map_err(|error| corrupt(error.to_string()))?;
        if version.version != VERSION {
            return Err(corrupt(format!("it has format {}, not {VERSION}", version.version)));
        }
        let journal = ChangeJournal::open(&dir.join("cloud.journal"), &bytes, &mut content)?;
        let document = serde_json::from_value(content).map_err(|error| corrupt(error.to_string()))?;
        Ok((Self { path, size: bytes.len() as u64, journal }, document))
    }

    /// Saves what is not as it was before. It does not wait for the disk, which would cost every change some milliseconds: only a
    /// power cut may lose the last of them.
    fn save(&mut self, document: &CloudDocument, before: &CloudDocument) -> std::io::Result<()> {
        self.journal.append(document.changes_since(before)?)?;
        if self.journal.length() > self.size.max(SHORT_JOURNAL)
            && let Err(error) = self.settle(document)
        {
            eprintln!(
                "{} goes on growing: {} cannot be written: {error}",
                self.journal.path().display(),
                self.path.display()
            );
        }
        Ok(())
    }

    fn settle(&mut self, document: &CloudDocument) -> std::io::Result<()> {
        if self.journal.length() == 0 {
            return Ok(());
        }
        let bytes = serde_json::to_vec(document)?;
        // It must be on the disk before its changes may go.
        file::replace(&self.path, &bytes, true)?;
        self.size = bytes.len() as u64;
        self.journal.begin_after(&bytes);
        Ok(())
    }
}

/// What is looked at first in a document.
#[derive(Deserialize)]
struct VersionedDocument {
    version: u32,
}

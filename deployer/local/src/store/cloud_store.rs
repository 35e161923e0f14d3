//! The document that is saved after every change, and who may write it.

use super::code::CodeStore;
use super::document::{CloudDocument, VERSION};
use super::error::OpenError;
use super::file;
use crate::lock;
use crate::wire::{ServiceError, ServiceResult};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

/// The control-plane document and the code directory. Share it by `Arc`.
#[derive(Debug)]
pub struct CloudStore {
    path: PathBuf,
    current: RwLock<Arc<CloudDocument>>,
    /// Held for a whole write, so that writes follow each other while readers go on.
    writing: Mutex<()>,
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
        let path = dir.join("cloud.json");
        let document = load(&path)?.unwrap_or_default();
        Ok(Self {
            path,
            current: RwLock::new(Arc::new(document)),
            writing: Mutex::new(()),
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
        let _writing = lock::lock(&self.writing);
        let mut next = CloudDocument::clone(&self.snapshot());
        let result = change(&mut next)?;
        save(&self.path, &next).map_err(ServiceError::internal)?;
        *lock::write(&self.current) = Arc::new(next);
        Ok(result)
    }

    /// Waits until the last change is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> std::io::Result<()> {
        match File::open(&self.path) {
            Ok(file) => file.sync_all(),
            // Nothing was ever saved.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
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

/// Reads the document; `None` when there is none yet.
fn load(path: &Path) -> Result<Option<CloudDocument>, OpenError> {
    let corrupt = |reason: String| OpenError::Corrupt { path: path.to_owned(), reason };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::io(path)(error)),
    };
    let document: CloudDocument = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
    if document.version != VERSION {
        return Err(corrupt(format!("it has format {}, not {VERSION}", document.version)));
    }
    Ok(Some(document))
}

/// Replaces the document as a whole. It does not wait for the disk, which would cost every change some milliseconds: only a
/// power cut may lose the last of them.
fn save(path: &Path, document: &CloudDocument) -> std::io::Result<()> {
    file::replace(path, &serde_json::to_vec(document)?, false)
}

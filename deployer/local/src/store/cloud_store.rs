//! The saved control plane: one typed document and the uploaded code.
//!
//! A write works on a copy, saves it (temporary file, then rename) and only then makes it visible: a failed write changes
//! nothing, readers never wait, and `kill -9` at any instant leaves the document before or after a change.

mod code;
mod document;
pub(crate) mod file;
pub mod function;
pub mod rest_api;
pub mod role;
pub mod secret;
pub mod table;
pub mod usage;

pub use code::{CodeError, CodeStore, StoredCode};
pub use document::{Document, Iam, Region};

use crate::front::json::Fault;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be made, read or locked.
    #[error("cannot use {path}: {source}")]
    Io {
        /// What was being accessed.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the directory.
    #[error("{path} is in use by another embedded cloud: stop it, or choose another directory")]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The document cannot be understood.
    #[error("{path} is not a document of this embedded cloud ({reason}): move it away to start empty")]
    Corrupt {
        /// The document.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The control-plane document and the code directory. Share it by `Arc`.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    current: RwLock<Arc<Document>>,
    /// Held for a whole write, so that writes follow each other while readers go on.
    writing: Mutex<()>,
    code: CodeStore,
    _lock: std::fs::File,
}

impl Store {
    /// Opens (or makes) the store under `dir`, which no other process may have open.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        file::private_dir(dir).map_err(file::io(dir))?;
        let lock = file::lock(dir)?;
        let path = dir.join("cloud.json");
        let document = file::read(&path)?.unwrap_or_default();
        Ok(Self {
            path,
            current: RwLock::new(Arc::new(document)),
            writing: Mutex::new(()),
            code: CodeStore::open(&dir.join("code"))?,
            _lock: lock,
        })
    }

    /// The document as it is now; it does not change under the reader.
    pub fn snapshot(&self) -> Arc<Document> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads from the document.
    pub fn read<T>(&self, read: impl FnOnce(&Document) -> T) -> T {
        read(&self.snapshot())
    }

    /// Changes the document: saved when it returns. When `change` fails, nothing has changed.
    ///
    /// # Errors
    /// What `change` says, or `InternalFailure` when the document cannot be saved.
    pub fn write<T>(&self, change: impl FnOnce(&mut Document) -> Result<T, Fault>) -> Result<T, Fault> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Document::clone(&self.snapshot());
        let result = change(&mut next)?;
        file::write(&self.path, &next).map_err(Fault::internal)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(result)
    }

    /// Waits until the last change is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> std::io::Result<()> {
        file::sync(&self.path)
    }

    /// The uploaded code.
    pub fn code(&self) -> &CodeStore {
        &self.code
    }
}

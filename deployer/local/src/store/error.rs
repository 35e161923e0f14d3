//! Why the store cannot be opened.

use std::path::{Path, PathBuf};

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
    /// The changes since the document was written cannot be understood.
    #[error("{path} is damaged ({reason}): move it away to go on without the changes that are in it")]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl OpenError {
    /// Names the path that an input or output error is about.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }
}

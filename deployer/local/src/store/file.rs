//! Files of the store: private to the user, replaced as a whole.

use super::OpenError;
use super::document::{Document, VERSION};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;

pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> OpenError {
    let path = path.to_owned();
    |source| OpenError::Io { path, source }
}

/// Makes a directory, and those above it, that only its owner can enter.
pub(crate) fn private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens a file to write, made when it is missing, that only its owner can read.
pub(crate) fn private_file(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true).create(true).open(path)
}

/// Takes the directory for this process; the lock ends with it, however it ends.
pub(super) fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = private_file(&path, &mut OpenOptions::new()).map_err(io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(io(&path)(error)),
    }
}

/// Reads the document; `None` when there is none yet.
pub(super) fn read(path: &Path) -> Result<Option<Document>, OpenError> {
    let corrupt = |reason: String| OpenError::Corrupt { path: path.to_owned(), reason };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path)(error)),
    };
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
    if document.version != VERSION {
        return Err(corrupt(format!("it has format {}, not {VERSION}", document.version)));
    }
    Ok(Some(document))
}

/// Replaces the document as a whole: whoever looks, now or after a `kill -9`, sees the old or the new one. It does not wait
/// for the disk, which would cost every change some milliseconds: only a power cut may lose the last of them.
pub(super) fn write(path: &Path, document: &Document) -> std::io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = private_file(&temporary, OpenOptions::new().truncate(true))?;
    file.write_all(&serde_json::to_vec(document)?)?;
    std::fs::rename(&temporary, path)
}

/// Makes sure that the document is on the disk.
pub(super) fn sync(path: &Path) -> std::io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        // Nothing was ever saved.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

//! Uploaded function code: one zip and one unpacked directory per content.

use super::error::OpenError;
use super::file;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Zips by their hash, unpacked next to them.
#[derive(Debug)]
pub struct CodeStore {
    dir: PathBuf,
}

/// An accepted upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// Base64 of the SHA-256 of the zip: Lambda's `CodeSha256`.
    pub sha256: String,
    /// Size of the zip in bytes.
    pub size: u64,
}

/// Why an upload is refused.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Not a zip, or a broken one.
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again.")]
    BadZip,
    /// More than 262,144,000 bytes unpacked.
    #[error("Unzipped size must be smaller than {MAX_UNPACKED} bytes")]
    TooLarge,
    /// Real Lambda keeps links; here they would reach out of the code directory.
    #[error("the embedded cloud does not unpack symbolic links ({0})")]
    Symlink(String),
    /// Two entries of one name, or a name that no file can have.
    #[error("Could not unzip uploaded file: {0}: {1}")]
    Entry(String, std::io::Error),
    /// The disk said no.
    #[error("cannot store the code: {0}")]
    Io(#[from] std::io::Error),
}

/// Lambda's limit on the unpacked size of a zip upload, in bytes.
pub const MAX_UNPACKED: u64 = 262_144_000;

impl CodeStore {
    pub(super) fn open(dir: &Path) -> Result<Self, OpenError> {
        file::private_dir(dir).map_err(OpenError::io(dir))?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Hashes, checks and unpacks a zip. Uploading the same one again costs only the hash. Blocking.
    ///
    /// # Errors
    /// See [`CodeError`]; nothing is kept of a refused upload.
    pub fn put(&self, zip: &[u8]) -> Result<StoredCode, CodeError> {
        let hash = Sha256::digest(zip);
        let stored = StoredCode { sha256: STANDARD.encode(hash), size: zip.len() as u64 };
        let target = self.dir.join(hex(&hash));
        if target.is_dir() {
            return Ok(stored);
        }
        let scratch = self.dir.join(format!("{}.tmp", uuid::Uuid::new_v4().simple()));
        let unpacked = unpack(zip, &scratch).and_then(|()| {
            file::private_file(&scratch.join(ZIP), &mut OpenOptions::new())?.write_all(zip)?;
            match std::fs::rename(&scratch, &target) {
                // Somebody else uploaded the same zip meanwhile.
                Err(_) if target.is_dir() => Ok(std::fs::remove_dir_all(&scratch)?),
                other => Ok(other?),
            }
        });
        if unpacked.is_err() {
            // The refusal is what the caller must hear of; the next start sweeps what is left.
            let _ = std::fs::remove_dir_all(&scratch);
        }
        unpacked.map(|()| stored)
    }

    /// Returns where all code lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the directory with the unpacked code of a `CodeSha256`: `/var/task` of the function. `None` when there
    /// is no such
    /// code.
    pub fn unpacked(&self, code_sha256: &str) -> Option<PathBuf> {
        self.of(code_sha256).map(|dir| dir.join(TASK)).filter(|dir| dir.is_dir())
    }

    /// Returns the zip of a `CodeSha256`, as it was uploaded. `None` when there is no such code.
    pub fn zip(&self, code_sha256: &str) -> Option<PathBuf> {
        self.of(code_sha256).map(|dir| dir.join(ZIP))
    }

    fn of(&self, code_sha256: &str) -> Option<PathBuf> {
        Some(self.place(code_sha256)?).filter(|dir| dir.is_dir())
    }

    /// Returns where the code of a `CodeSha256` belongs; `None` when it is none.
    pub fn place(&self, code_sha256: &str) -> Option<PathBuf> {
        let hash = STANDARD.decode(code_sha256).ok().filter(|hash| !hash.is_empty())?;
        Some(self.dir.join(hex(&hash)))
    }

    /// Deletes the code that no function uses, and what interrupted uploads left.
    ///
    /// # Errors
    /// When the directory cannot be read or something in it not be deleted.
    pub fn sweep<'a>(&self, used: impl Iterator<Item = &'a str>) -> std::io::Result<()> {
        let used: std::collections::BTreeSet<PathBuf> = used.filter_map(|sha256| self.of(sha256)).collect();
        for entry in std::fs::read_dir(&self.dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && !used.contains(&entry.path()) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

const ZIP: &str = "code.zip";
const TASK: &str = "task";

fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unpack(zip: &[u8], scratch: &Path) -> Result<(), CodeError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).map_err(|_| CodeError::BadZip)?;
    let task = scratch.join(TASK);
    file::private_dir(&task)?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| CodeError::BadZip)?;
        let path = task.join(entry.enclosed_name().ok_or(CodeError::BadZip)?);
        let name = shown(&entry.name().map_err(|_| CodeError::BadZip)?);
        let place = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidFilename => CodeError::Entry(name.clone(), error),
            _ => CodeError::Io(error),
        };
        if entry.is_dir() {
            std::fs::create_dir_all(&path).map_err(place)?;
            continue;
        }
        if entry.is_symlink() {
            return Err(CodeError::Symlink(path.display().to_string()));
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(place)?;
        }
        let mode = entry.unix_mode();
        let mut file = std::fs::File::create(&path).map_err(place)?;
        // One byte more than is allowed is enough to know; the sizes in the zip's directory may lie.
        let copied =
            std::io::copy(&mut entry.take(left + 1), &mut file).map_err(|error| match error.raw_os_error() {
                Some(_) => CodeError::Io(error),
                None => CodeError::BadZip,
            })?;
        left = left.checked_sub(copied).ok_or(CodeError::TooLarge)?;
        set_mode(&path, mode)?;
    }
    Ok(())
}

/// Returns the beginning of a name, which may be of any length.
fn shown(name: &str) -> String {
    const LENGTH: usize = 100;
    match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Keeps the permissions of the zip: a `bootstrap` that is not executable must fail here as it does on AWS.
fn set_mode(path: &Path, mode: Option<u32>) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // The owner must be able to read and to delete; nobody else gets in.
    let mode = mode.unwrap_or(0o644) & 0o700 | 0o600;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

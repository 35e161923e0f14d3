//! A file, or `-` for the standard stream.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A file, or the standard stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FileOrStdio {
    /// Stdin or stdout.
    #[default]
    Standard,
    /// This file.
    File(PathBuf),
}

/// Writes it as users do.
impl fmt::Display for FileOrStdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileOrStdio::Standard => f.write_str("-"),
            FileOrStdio::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Reads a path, or `-`.
pub fn channel(text: OsString) -> Result<FileOrStdio, String> {
    match text.to_str() {
        Some("") => Err("write the path of a file, or - for the standard stream".to_owned()),
        Some("-") => Ok(FileOrStdio::Standard),
        _ => Ok(FileOrStdio::File(text.into())),
    }
}

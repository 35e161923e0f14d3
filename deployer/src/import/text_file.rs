//! Texts of files.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Largest file in bytes. A state of thousands of resources has a few megabytes; more is a wrong path.
const LARGEST: usize = 64 * 1024 * 1024;

/// Reads the text of a file.
///
/// # Errors
/// That it cannot be read, is too large or no text.
pub fn text(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    let refuse = |what: String| Error::usage(format!("{} {what}", path.display()));
    if bytes.len() > LARGEST {
        return Err(refuse("is larger than 64 MiB, the most that is read".to_owned())
            .hint("Is this the right file? A state with thousands of resources has a few megabytes."));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        refuse("is not text".to_owned())
            .fact("at", format!("{}:{line}", path.display()))
            .hint("Give terraform.tfstate, main.tf, or the directory with them. A saved plan (`terraform plan -out`) is binary.")
    })?;
    // Some editors put a mark before the text.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Returns the error of a file or directory that cannot be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let out = Error::io(format!("cannot read {}: {error}", path.display()));
    match error.kind() {
        ErrorKind::NotFound => out.hint("Give terraform.tfstate, main.tf, or the directory with them. For a remote state: `terraform state pull > former.tfstate`."),
        _ => out,
    }
}

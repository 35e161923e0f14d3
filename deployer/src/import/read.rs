//! Which file is meant, and its text.

use super::{TerraformSource, configuration, state};
use crate::error::{Error, Result};
use std::fs;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Largest file in bytes. A state of thousands of resources has a few megabytes; more is a wrong path.
const LARGEST: usize = 64 * 1024 * 1024;

/// Name of a local state.
const STATE: &str = "terraform.tfstate";

/// Reads what `path` describes: a state, a configuration, or a directory with one of them. Nothing is written.
///
/// # Errors
/// What the file is instead, with the line where it matters.
pub fn read(path: &Path) -> Result<TerraformSource> {
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if meta.is_dir() {
        return match state_in(path)? {
            Some(state_file) => state::parse(&state_file, &text(&state_file)?),
            None => configuration::read(path),
        };
    }
    if path.extension().is_some_and(|extension| extension == "tf") {
        // Terraform reads a directory as one: the variables of main.tf may be in variables.tf.
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return configuration::read(dir);
    }
    state::parse(path, &text(path)?)
}

/// The state of the workspace that is selected in a directory. What `terraform init` leaves tells which one that is.
fn state_in(dir: &Path) -> Result<Option<PathBuf>> {
    let selected = fs::read_to_string(dir.join(".terraform/environment")).unwrap_or_default();
    let selected = selected.trim();
    // A name that is no single name leads somewhere else: no workspace has one.
    let plain = !selected.is_empty() && !selected.contains(['/', '\\']) && selected != "..";
    if plain && selected != "default" {
        let state = workspaces(dir).join(selected).join(STATE);
        if state.is_file() {
            return Ok(Some(state));
        }
        // Its state is elsewhere; that of another workspace would be about other resources.
        return no_default(dir, Some(selected));
    }
    let state = dir.join(STATE);
    if state.is_file() { Ok(Some(state)) } else { no_default(dir, None) }
}

fn workspaces(dir: &Path) -> PathBuf {
    dir.join("terraform.tfstate.d")
}

fn no_default(dir: &Path, selected: Option<&str>) -> Result<Option<PathBuf>> {
    let entries = fs::read_dir(workspaces(dir)).into_iter().flatten().flatten();
    let mut others: Vec<_> = entries.map(|entry| entry.path().join(STATE)).filter(|path| path.is_file()).collect();
    others.sort();
    if others.is_empty() {
        return Ok(None);
    }
    let list: Vec<_> = others.iter().map(|path| path.display().to_string()).collect();
    let which = selected.map_or_else(|| "the workspace `default`".to_owned(), |name| format!("the workspace `{name}`"));
    Err(Error::usage(format!("{} has states of several workspaces and none of {which}", dir.display()))
        .hint(format!("Name the one that is meant: {}.", list.join(", "))))
}

/// The text of a file; never more than the largest.
///
/// # Errors
/// That it cannot be read, is too large, empty or no text.
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
    if text.trim().is_empty() {
        return Err(
            refuse("is empty".to_owned()).hint("The state before the last change is in terraform.tfstate.backup.")
        );
    }
    // Some editors put a mark before the text.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A file or directory that cannot be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let out = Error::io(format!("cannot read {}: {error}", path.display()));
    match error.kind() {
        ErrorKind::NotFound => out.hint("Give terraform.tfstate, main.tf, or the directory with them. For a remote state: `terraform state pull > former.tfstate`."),
        _ => out,
    }
}

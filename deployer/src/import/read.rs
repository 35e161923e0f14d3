//! Which file is meant.

use super::options::ReadOptions;
use super::source::{LOCAL_STATE, TerraformSource};
use super::text_file::{text, unreadable};
use super::{configuration, state};
use crate::error::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Reads what `path` describes: a state, a configuration, or a directory with one of them. Nothing is written.
///
/// # Errors
/// What the file is instead, with the line where it matters.
pub fn read(path: &Path, options: &ReadOptions) -> Result<TerraformSource> {
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if meta.is_dir() {
        return match state_in(path, options)? {
            Some(state_file) => state::parse(&state_file, &text(&state_file)?),
            None => configuration::read(path, options),
        };
    }
    if path.extension().is_some_and(|extension| extension == "tf" || extension == "tofu") {
        // Terraform reads a directory as one: the variables of main.tf may be in variables.tf.
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return configuration::read(dir, options);
    }
    state::parse(path, &text(path)?)
}

/// Finds the state of the workspace that is selected in a directory. What `terraform init` leaves tells which one that is.
fn state_in(dir: &Path, options: &ReadOptions) -> Result<Option<PathBuf>> {
    let selected = options.workspace(dir).unwrap_or_default();
    let selected = selected.as_str();
    // A name that is no single name leads somewhere else: no workspace has one.
    let plain = !selected.is_empty() && !selected.contains(['/', '\\']) && selected != "..";
    if plain && selected != "default" {
        let state = workspaces(dir).join(selected).join(LOCAL_STATE);
        if state.is_file() {
            return Ok(Some(state));
        }
        // Its state is elsewhere; that of another workspace would be about other resources.
        return no_default(dir, Some(selected));
    }
    let state = dir.join(LOCAL_STATE);
    if state.is_file() { Ok(Some(state)) } else { no_default(dir, None) }
}

fn workspaces(dir: &Path) -> PathBuf {
    dir.join("terraform.tfstate.d")
}

/// Returns nothing when a directory has no state at all.
///
/// # Errors
/// When it has states of other workspaces.
fn no_default(dir: &Path, selected: Option<&str>) -> Result<Option<PathBuf>> {
    let entries = fs::read_dir(workspaces(dir)).into_iter().flatten().flatten();
    let mut others: Vec<_> =
        entries.map(|entry| entry.path().join(LOCAL_STATE)).filter(|path| path.is_file()).collect();
    others.sort();
    if others.is_empty() {
        return Ok(None);
    }
    let list: Vec<_> = others.iter().map(|path| path.display().to_string()).collect();
    let which = selected.map_or_else(|| "the workspace `default`".to_owned(), |name| format!("the workspace `{name}`"));
    Err(Error::usage(format!("{} has states of several workspaces and none of {which}", dir.display()))
        .hint(format!("Name the one that is meant: {}.", list.join(", "))))
}

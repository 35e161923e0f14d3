//! What the user says beside Terraform's files, as on Terraform's own command line.

use std::fs;
use std::path::{Path, PathBuf};

/// Holds what the user says of variables and of the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Files with values of variables, in the order in which they replace each other.
    pub variable_files: Vec<PathBuf>,
    /// Values of single variables, which replace those of files.
    pub variables: Vec<(String, String)>,
    /// The workspace that is meant; the selected one when absent.
    pub workspace: Option<String>,
}

impl ReadOptions {
    /// Returns the workspace that is meant: the one that is named, else the one that `terraform workspace select` has left in a
    /// directory.
    pub fn workspace(&self, dir: &Path) -> Option<String> {
        let selected = || Some(fs::read_to_string(dir.join(".terraform/environment")).ok()?.trim().to_owned());
        self.workspace.clone().or_else(selected).filter(|name| !name.is_empty())
    }
}

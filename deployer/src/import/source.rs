//! What was read: the resources of a state or a configuration, and what should be known about the reading.

use super::resource::TerraformResource;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Holds what a file of Terraform describes.
#[derive(Debug, Clone)]
pub struct TerraformSource {
    /// The file or directory that was read.
    pub path: PathBuf,
    /// Whether it is a configuration: what is meant to be, not what is.
    pub is_configuration: bool,
    /// Who wrote it.
    pub tool: TerraformTool,
    /// Version of that tool.
    pub version: Option<String>,
    /// Region that a configuration names.
    pub region: Option<String>,
    /// Managed resources.
    pub resources: Vec<TerraformResource>,
    /// How many data sources there are: they are read, not managed.
    pub looked_up: usize,
    /// How many modules are not looked into; a remark tells why, for each.
    pub unread_modules: usize,
    /// What should be known about what was read.
    pub remarks: Vec<String>,
}

/// Name of a local state, which `terraform state rm` changes.
pub const LOCAL_STATE: &str = "terraform.tfstate";
/// Name of the copy of a local state that an adoption reads once Terraform has let go.
const COPY: &str = "before-adoption.tfstate";

impl TerraformSource {
    /// Returns where the state is to be copied before Terraform lets go; `None` for a file that Terraform does not change.
    pub fn copy_before_adoption(&self) -> Option<PathBuf> {
        let is_local_state = !self.is_configuration && self.path.file_name().is_some_and(|name| name == LOCAL_STATE);
        is_local_state.then(|| self.path.with_file_name(COPY))
    }

    /// Tells whether this is a copy of a local state that has none of its resources any more. `read` reads that state.
    pub fn is_let_go(&self, read: impl FnOnce(&Path) -> Option<TerraformSource>) -> bool {
        if self.path.file_name().is_none_or(|name| name != COPY) {
            return false;
        }
        let Some(now) = read(&self.path.with_file_name(LOCAL_STATE)) else { return false };
        let addresses: HashSet<&str> = now.resources.iter().map(|resource| resource.address.as_str()).collect();
        !self.resources.iter().any(|resource| addresses.contains(resource.address.as_str()))
    }

    /// Lists the files beside a local state that may hold it as it was: the copy, and the backups that Terraform makes
    /// with every change.
    pub fn earlier_states(&self) -> Vec<PathBuf> {
        let Some(copy) = self.copy_before_adoption() else { return Vec::new() };
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_backup = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(LOCAL_STATE) && name.ends_with(".backup")
        };
        let mut backups: Vec<PathBuf> = entries.filter(is_backup).collect();
        backups.sort();
        std::iter::once(copy).filter(|path| path.is_file()).chain(backups).collect()
    }

    /// Returns a source without resources.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            is_configuration: false,
            tool: TerraformTool::Terraform,
            version: None,
            region: None,
            resources: Vec::new(),
            looked_up: 0,
            unread_modules: 0,
            remarks: Vec::new(),
        }
    }
}

/// Names the tool that manages the resources so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerraformTool {
    /// `terraform`.
    Terraform,
    /// `tofu`.
    OpenTofu,
}

impl TerraformTool {
    /// Returns the command.
    pub fn command(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
        }
    }

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        }
    }
}

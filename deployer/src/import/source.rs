//! What was read: the resources of a state or a configuration, and what should be known about the reading.

use super::resource::TerraformResource;
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
    /// What should be known about what was read.
    pub remarks: Vec<String>,
}

impl TerraformSource {
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

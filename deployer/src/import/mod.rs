//! Moving over from Terraform: what a state or a configuration describes, compared with the stack description.
//!
//! One way through, each step a value: [`read()`] a file into [`TerraformSource`] resources → [`compare()`] them with the stack, which gives
//! what becomes of each ([`TerraformComparison`]) and the [`DescriptionSetting`]s that the description needs → [`edit`] them into the file, or
//! [`describe()`] a whole new one. Nothing here contacts anything: adopting is the engine's, with the places that the comparison names.

mod commands;
mod compare;
mod configuration;
mod describe;
mod edit;
mod read;
mod resource;
mod setting;
mod state;
mod system;
#[cfg(test)]
mod tests;

pub use compare::{ReportRow, TakeoverOutcome, TerraformComparison, compare, word};
pub use describe::describe;
pub use edit::{edit, locate, save};
pub use read::read;
pub use setting::DescriptionSetting;

use resource::TerraformResource;
use std::path::{Path, PathBuf};

/// What a file of Terraform describes.
#[derive(Debug, Clone)]
pub struct TerraformSource {
    /// The file or directory that was read.
    pub source: PathBuf,
    /// Whether it is a configuration: what is meant to be, not what is.
    pub is_configuration: bool,
    /// Who wrote it.
    pub tool: TerraformTool,
    /// Version of that tool.
    pub version: Option<String>,
    /// Region that a configuration names.
    pub region: Option<String>,
    /// Managed resources.
    resources: Vec<TerraformResource>,
    /// How many data sources there are: they are read, not managed.
    pub looked_up: usize,
    /// What should be known about what was read.
    pub remarks: Vec<String>,
}

impl TerraformSource {
    fn new(source: &Path) -> Self {
        TerraformSource {
            source: source.to_owned(),
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

/// Who manages the resources so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerraformTool {
    /// `terraform`.
    Terraform,
    /// `tofu`.
    OpenTofu,
}

impl TerraformTool {
    /// The command.
    pub fn command(self) -> &'static str {
        match self {
            TerraformTool::Terraform => "terraform",
            TerraformTool::OpenTofu => "tofu",
        }
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            TerraformTool::Terraform => "Terraform",
            TerraformTool::OpenTofu => "OpenTofu",
        }
    }
}

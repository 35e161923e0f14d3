//! What a zip is to be made from.

use super::architecture::FunctionArchitecture;
use super::zip::ZipEffort;
use std::path::PathBuf;

/// Where the function is going to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuildPurpose {
    /// On AWS Lambda, in the runtime `provided.al2023`.
    Lambda(FunctionArchitecture),
    /// In the embedded cloud, as a process of this machine.
    Host,
}

impl BuildPurpose {
    /// Returns how much time packing may take.
    pub fn zip_effort(self) -> ZipEffort {
        match self {
            Self::Lambda(_) => ZipEffort::Smallest,
            Self::Host => ZipEffort::Quickest,
        }
    }
}

/// Where the function comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A binary of a Cargo workspace.
    Cargo(BinaryBuild),
    /// A `bootstrap` program, a folder that has one at its root, or a ready zip. A zip is uploaded as it is.
    File(PathBuf),
}

/// A binary of a Cargo workspace and how to build it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryBuild {
    /// The package of the workspace.
    pub package: String,
    /// The binary of the package; `None` takes its only one, its `default-run`, or the one that is called `bootstrap`.
    pub bin: Option<String>,
    /// The Cargo profile; `None` takes `lambda` when the workspace defines it and `release` otherwise.
    pub profile: Option<String>,
    /// Features of the package to switch on.
    pub features: Vec<String>,
    /// Whether the package's default features stay on.
    pub default_features: bool,
}

impl BinaryBuild {
    /// Returns the binary of `package` with everything else left to the defaults.
    pub fn of(package: impl Into<String>) -> Self {
        Self { package: package.into(), bin: None, profile: None, features: Vec::new(), default_features: true }
    }
}

/// How one function's zip is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSpec {
    /// The function's id in the stack; used in progress and errors, and as the key of the result.
    pub name: String,
    /// Where its program comes from.
    pub source: CodeSource,
    /// Where it is going to run.
    pub purpose: BuildPurpose,
    /// The folder in which Cargo runs (see [`find_workspace`]); a relative [`Source::File`] starts here too.
    pub workspace_dir: PathBuf,
}

/// Whether Cargo runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildMode {
    /// Build what is out of date.
    Build,
    /// Take what the last build left in the target folder.
    NoBuild,
}

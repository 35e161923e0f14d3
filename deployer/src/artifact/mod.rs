//! The zip of a Lambda function: built, checked, packed.
//!
//! Everything that would make the first invocation fail is found here, before anything on AWS is changed: the wrong
//! processor, a glibc newer than the one of `provided.al2023`, a `bootstrap` that is not at the root or not executable,
//! a zip beyond the limits. The way of a function from its source to its zip is
//!
//! 1. [`target`] decides, purely, which targets this machine can build for;
//! 2. [`cargo`] builds all binaries that share target and profile in one invocation;
//! 3. [`program`] and [`elf`] read what came out, [`judge`] says what is wrong with it;
//! 4. [`zip`] packs it so that equal content gives equal bytes on any machine, and [`cache`] remembers the result.
//!
//! A ready file, folder or zip ([`Source::File`]) skips the first two steps and takes the same checks.

mod build;
mod cache;
mod cargo;
mod elf;
mod error;
#[cfg(test)]
mod forge;
mod given;
mod judge;
mod metadata;
mod pack;
mod probe;
mod program;
mod target;
#[cfg(test)]
mod tests;
mod zip;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(fuzzing)]
pub use self::elf::read as read_elf;
#[cfg(fuzzing)]
pub use self::zip::inspect as inspect_zip;

pub use self::elf::GlibcVersion;
pub use self::error::ArtifactError;
pub use self::judge::ProgramProblem;
pub use self::target::MissingTool;
pub use self::zip::{UNZIPPED_LIMIT, ZIP_LIMIT, ZipProblem};

/// The file that `provided.al2023` starts; it must be at the root of the zip.
pub const BOOTSTRAP: &str = "bootstrap";

/// The instruction set that a function runs on, named as Lambda names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit ARM (Graviton).
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// The name in Lambda's API: `x86_64` or `arm64`.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The architecture of this machine, or `None` when Lambda has no name for it.
    pub fn of_host() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the function is going to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuildPurpose {
    /// On AWS Lambda, in the runtime `provided.al2023`.
    Lambda(Architecture),
    /// In the embedded cloud, as a process of this machine.
    Host,
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
    /// The binary of `package` with everything else left to the defaults.
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

/// A function that is ready to be uploaded.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionArtifact {
    /// The zip.
    pub zip: Arc<[u8]>,
    /// Base64 of the zip's SHA-256, which is what Lambda reports as `CodeSha256`.
    pub code_sha256: String,
    /// Size of the program in bytes, unzipped.
    pub bootstrap_bytes: u64,
    /// Size of the zip in bytes.
    pub zip_bytes: u64,
    /// What it was checked against; for [`Purpose::Host`] the architecture of this machine.
    pub architecture: Architecture,
    /// What is worth telling although it stops nothing, one sentence each.
    pub notes: Vec<String>,
}

impl fmt::Debug for FunctionArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact")
            .field("code_sha256", &self.code_sha256)
            .field("bootstrap_bytes", &self.bootstrap_bytes)
            .field("zip_bytes", &self.zip_bytes)
            .field("architecture", &self.architecture)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// Whether Cargo runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildMode {
    /// Build what is out of date.
    Build,
    /// Take what the last build left in the target folder.
    NoBuild,
}

/// What [`prepare`] tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildProgress {
    /// Cargo starts.
    Building {
        /// The functions that come out of this invocation.
        functions: Vec<String>,
        /// The command line.
        command: String,
    },
    /// Cargo waits for something, for example another Cargo in the same target folder.
    Waiting {
        /// Cargo's own words.
        reason: String,
    },
    /// Cargo compiles.
    Compiling {
        /// The crate that was started last.
        current: String,
        /// How many crates this invocation has compiled so far.
        finished: usize,
    },
    /// Cargo succeeded and had warnings.
    Warnings {
        /// The warnings as Cargo renders them.
        text: String,
    },
    /// What was built cannot run on Lambda; it is built again in another way.
    Rebuilding {
        /// What was wrong with it.
        reason: String,
    },
    /// A function is ready.
    Packed {
        /// The function.
        function: String,
        /// Size of its zip in bytes.
        zip_bytes: u64,
    },
}

/// Makes the zip of every recipe: builds (or finds) the programs, checks them, packs them.
///
/// Nothing outside the Cargo target folder is written. The result is keyed by [`BuildSpec::name`].
///
/// # Errors
/// The first thing that stops a function from being deployed; see [`ArtifactError`].
pub async fn prepare(
    recipes: &[BuildSpec],
    mode: BuildMode,
    events: &mut dyn FnMut(BuildProgress),
) -> Result<BTreeMap<String, FunctionArtifact>, ArtifactError> {
    let mut candidates = Vec::with_capacity(recipes.len());
    // The files that somebody brought are cheap to check, so a wrong one is reported before Cargo is started.
    for recipe in recipes {
        if let CodeSource::File(path) = &recipe.source {
            candidates.push(given::load(recipe, path).await?);
        }
    }
    candidates.extend(build::build(recipes, mode, events).await?);

    let packed = candidates.into_iter().map(pack::pack);
    let mut artifacts = BTreeMap::new();
    for (function, artifact) in futures::future::try_join_all(packed).await? {
        events(BuildProgress::Packed { function: function.clone(), zip_bytes: artifact.zip_bytes });
        artifacts.insert(function, artifact);
    }
    Ok(artifacts)
}

/// The folder of the nearest `Cargo.toml`, upward from a file or folder; `None` when there is none.
pub fn find_workspace(from: &Path) -> Option<PathBuf> {
    let from = std::path::absolute(from).ok()?;
    let folder = if from.is_dir() { from.as_path() } else { from.parent()? };
    // Only a path without `..` has its parents as prefixes.
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().find(|folder| folder.join("Cargo.toml").is_file()).map(Path::to_path_buf)
}

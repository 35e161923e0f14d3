//! The zip of a Lambda function: built, checked, packed.
//!
//! Everything that would make the first invocation fail is found here, before anything on AWS is changed: the wrong
//! processor, a glibc newer than the one of `provided.al2023`, a `bootstrap` that is not at the root or not executable,
//! a zip beyond the limits. The way of a function from its source to its zip is
//!
//! 1. [`target`] decides, purely, which targets this machine can build for;
//! 2. [`cargo`] builds all binaries that share target and profile in one invocation;
//! 3. [`program`] and [`elf`] read what came out, [`checks`] says what is wrong with it;
//! 4. [`zip`] packs it so that equal content gives equal bytes on any machine, and [`cache`] remembers the result.
//!
//! A ready file, folder or zip ([`CodeSource::File`]) skips the first two steps and takes the same checks.

mod architecture;
mod build;
mod build_spec;
mod cache;
mod cargo;
mod checks;
mod elf;
mod error;
mod function_artifact;
mod metadata;
mod pack;
mod prebuilt;
mod prepare;
mod process;
mod program;
mod progress;
mod target;
#[cfg(test)]
mod test_elf;
#[cfg(test)]
mod tests;
mod toolchain;
mod zip;

#[cfg(fuzzing)]
pub use self::{elf::read as read_elf, zip::inspect as inspect_zip};

pub use self::architecture::FunctionArchitecture;
pub use self::build::LOCAL_PROFILE;
pub use self::build_spec::{BinaryBuild, BuildMode, BuildPurpose, BuildSpec, CodeSource};
pub use self::checks::ProgramProblem;
pub use self::elf::GlibcVersion;
pub use self::error::ArtifactError;
pub use self::function_artifact::FunctionArtifact;
pub use self::metadata::{CargoBinary, CargoWorkspace, FunctionCandidate, FunctionLibrary, find_workspace};
pub use self::prepare::{find_lambda_http, prepare};
pub use self::program::IGNORE_STAGE_VARIABLE;
pub use self::progress::BuildProgress;
pub use self::target::MissingTool;
pub use self::zip::{UNZIPPED_LIMIT, ZIP_LIMIT, ZipProblem};

//! The last step: a checked program becomes an [`FunctionArtifact`].

use super::architecture::FunctionArchitecture;
use super::build_spec::BuildPurpose;
use super::cache;
use super::checks::ProgramProblem;
use super::error::ArtifactError;
use super::function_artifact::FunctionArtifact;
use super::zip::{UNZIPPED_LIMIT, ZIP_LIMIT, ZipEffort, ZipEntry};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task;

/// A function that was checked and is to be packed.
#[derive(Debug)]
pub struct PackCandidate {
    /// The function.
    pub function: String,
    /// What it was checked against.
    pub architecture: FunctionArchitecture,
    /// What goes into the zip.
    pub content: ZipContent,
    /// See [`FunctionArtifact::notes`].
    pub notes: Vec<String>,
    /// See [`FunctionArtifact::uses_lambda_http`].
    pub uses_lambda_http: bool,
}

/// What goes into the zip.
#[derive(Debug)]
pub enum ZipContent {
    /// Files to pack.
    Entries {
        /// The files in their order.
        entries: Vec<ZipEntry>,
        /// Where packed zips are remembered.
        cache: Option<PathBuf>,
        /// How much time packing may take.
        effort: ZipEffort,
    },
    /// A zip that is used as it is.
    Zip {
        /// The zip.
        bytes: Vec<u8>,
        /// Size of the program in it.
        bootstrap_bytes: u64,
    },
}

/// Makes the zip, on a thread for blocking work.
///
/// # Errors
/// When the zip is larger than Lambda takes, or cannot be made at all.
pub async fn pack(candidate: PackCandidate) -> Result<(String, FunctionArtifact), ArtifactError> {
    let function = candidate.function.clone();
    let packed = task::spawn_blocking(move || pack_now(candidate)).await;
    packed.unwrap_or_else(|error| Err(ArtifactError::Pack { function, reason: error.to_string() }))
}

fn pack_now(candidate: PackCandidate) -> Result<(String, FunctionArtifact), ArtifactError> {
    let PackCandidate { function, architecture, content, notes, uses_lambda_http } = candidate;
    let (zip, bootstrap_bytes) = match content {
        ZipContent::Zip { bytes, bootstrap_bytes } => (bytes, bootstrap_bytes),
        ZipContent::Entries { entries, cache, effort } => {
            let bytes: u64 = entries.iter().map(|entry| entry.bytes.len() as u64).sum();
            if bytes >= UNZIPPED_LIMIT {
                return Err(ArtifactError::UnzippedTooLarge { function, bytes });
            }
            let bootstrap = entries.iter().find(|entry| entry.is_bootstrap());
            let bootstrap_bytes = bootstrap.map_or(0, |entry| entry.bytes.len() as u64);
            match cache::pack(cache.as_deref(), &entries, effort) {
                Ok(zip) => (zip, bootstrap_bytes),
                Err(error) => {
                    return Err(ArtifactError::Pack { function, reason: error.to_string() });
                }
            }
        }
    };
    let zip_bytes = zip.len() as u64;
    if zip_bytes > ZIP_LIMIT {
        return Err(ArtifactError::ZipTooLarge { function, bytes: zip_bytes });
    }
    let code_sha256 = STANDARD.encode(Sha256::digest(&zip));
    let zip = Arc::from(zip);
    let artifact =
        FunctionArtifact { zip, code_sha256, bootstrap_bytes, zip_bytes, architecture, notes, uses_lambda_http };
    Ok((function, artifact))
}

/// Returns the architecture that a program for this purpose is built for.
///
/// # Errors
/// When the program is for this machine and Lambda has no name for its processor.
pub fn architecture(purpose: BuildPurpose) -> Result<FunctionArchitecture, ArtifactError> {
    match purpose {
        BuildPurpose::Lambda(architecture) => Ok(architecture),
        BuildPurpose::Host => FunctionArchitecture::of_host().ok_or(ArtifactError::UnsupportedHost),
    }
}

/// Turns problems into notes, when none of them is fatal.
///
/// # Errors
/// The problems.
pub fn notes(problems: Vec<ProgramProblem>) -> Result<Vec<String>, Vec<ProgramProblem>> {
    if problems.iter().any(ProgramProblem::is_fatal) {
        Err(problems)
    } else {
        Ok(problems.iter().map(ToString::to_string).collect())
    }
}

//! What comes out: a zip with what is known of it.

use super::architecture::FunctionArchitecture;
use std::fmt;
use std::sync::Arc;

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
    pub architecture: FunctionArchitecture,
    /// What is worth telling although it stops nothing, one sentence each.
    pub notes: Vec<String>,
    /// Whether its program is linked with `lambda_http` for API Gateway.
    pub uses_lambda_http: bool,
}

impl fmt::Debug for FunctionArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact")
            .field("code_sha256", &self.code_sha256)
            .field("bootstrap_bytes", &self.bootstrap_bytes)
            .field("zip_bytes", &self.zip_bytes)
            .field("architecture", &self.architecture)
            .field("notes", &self.notes)
            .field("uses_lambda_http", &self.uses_lambda_http)
            .finish_non_exhaustive()
    }
}

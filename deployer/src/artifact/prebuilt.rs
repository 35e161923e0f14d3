//! A function that somebody brings ready: a program, a folder or a zip.

use super::build_spec::{BuildPurpose, BuildSpec};
use super::error::ArtifactError;
use super::pack::{PackCandidate, ZipContent};
use super::zip::{UNZIPPED_LIMIT, ZIP_LIMIT, ZipEntry};
use super::{pack, program, zip as package};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};
use tokio::task;

/// Reads and checks what is at `path`, on a thread for blocking work.
///
/// # Errors
/// When it cannot be read, or would not run.
pub async fn load(spec: &BuildSpec, path: &Path) -> Result<PackCandidate, ArtifactError> {
    let code = PrebuiltCode {
        function: spec.name.clone(),
        purpose: spec.purpose,
        path: spec.workspace_dir.join(path),
        cache: Some(spec.workspace_dir.join("target"))
            .filter(|target| target.is_dir())
            .map(|target| cache_folder(&target)),
    };
    let function = spec.name.clone();
    let loaded = task::spawn_blocking(move || code.load()).await;
    loaded.unwrap_or_else(|error| Err(ArtifactError::Pack { function, reason: error.to_string() }))
}

/// Returns the folder in a Cargo target folder where zips are remembered.
pub fn cache_folder(target: &Path) -> PathBuf {
    target.join("deployer")
}

struct PrebuiltCode {
    function: String,
    purpose: BuildPurpose,
    path: PathBuf,
    cache: Option<PathBuf>,
}

impl PrebuiltCode {
    fn load(self) -> Result<PackCandidate, ArtifactError> {
        let is_folder = fs::metadata(&self.path).map_err(|source| self.unreadable(&self.path, source))?.is_dir();
        let entries = if is_folder {
            self.folder()?
        } else {
            let bytes = self.file(&self.path, UNZIPPED_LIMIT)?;
            if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
                return self.zip(bytes);
            }
            if self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
                return Err(self.unpackable(&self.path, "it is called .zip and is no zip"));
            }
            vec![ZipEntry::bootstrap(bytes)]
        };
        let libraries = entries.iter().filter_map(|entry| package::library(&entry.name)).map(str::to_owned).collect();
        let Some(bootstrap) = entries.iter().find(|entry| entry.is_bootstrap()) else {
            let reason = "it has no file `bootstrap` at its root";
            return Err(self.unpackable(&self.path, reason));
        };
        let notes = self.check(&bootstrap.bytes, &libraries)?;
        let uses_lambda_http = program::uses_lambda_http(&bootstrap.bytes);
        self.candidate(
            ZipContent::Entries { entries, cache: self.cache.clone(), effort: self.purpose.zip_effort() },
            notes,
            uses_lambda_http,
        )
    }

    fn zip(&self, bytes: Vec<u8>) -> Result<PackCandidate, ArtifactError> {
        if bytes.len() as u64 > ZIP_LIMIT {
            return Err(ArtifactError::ZipTooLarge { function: self.function.clone(), bytes: bytes.len() as u64 });
        }
        let inspection = package::inspect(&bytes).map_err(|problem| ArtifactError::Zip {
            function: self.function.clone(),
            path: self.path.clone(),
            problem,
        })?;
        let notes = self.check(&inspection.bootstrap, &inspection.libraries)?;
        let bootstrap_bytes = inspection.bootstrap.len() as u64;
        let uses_lambda_http = program::uses_lambda_http(&inspection.bootstrap);
        self.candidate(ZipContent::Zip { bytes, bootstrap_bytes }, notes, uses_lambda_http)
    }

    fn check(&self, bootstrap: &[u8], libraries: &BTreeSet<String>) -> Result<Vec<String>, ArtifactError> {
        let architecture = pack::architecture(self.purpose)?;
        let problems = program::check(bootstrap, self.purpose, architecture, libraries);
        pack::notes(problems).map_err(|problems| ArtifactError::Unfit {
            function: self.function.clone(),
            path: self.path.clone(),
            purpose: self.purpose,
            problems,
            missing: Vec::new(),
        })
    }

    fn candidate(
        &self,
        content: ZipContent,
        notes: Vec<String>,
        uses_lambda_http: bool,
    ) -> Result<PackCandidate, ArtifactError> {
        let architecture = pack::architecture(self.purpose)?;
        Ok(PackCandidate { function: self.function.clone(), architecture, content, notes, uses_lambda_http })
    }

    /// Reads all files of a folder, ordered by name. Links to files are followed, links to folders are not, so that the reading ends.
    fn folder(&self) -> Result<Vec<ZipEntry>, ArtifactError> {
        let mut entries = Vec::new();
        let mut left = UNZIPPED_LIMIT;
        let mut folders = vec![(self.path.clone(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let files = fs::read_dir(&folder).map_err(|source| self.unreadable(&folder, source))?;
            for file in files {
                let file = file.map_err(|source| self.unreadable(&folder, source))?;
                let path = file.path();
                let Ok(name) = file.file_name().into_string() else {
                    return Err(self.unpackable(&path, "its name is not UTF-8"));
                };
                let name = format!("{prefix}{name}");
                if file.file_type().map_err(|source| self.unreadable(&path, source))?.is_dir() {
                    folders.push((path, format!("{name}/")));
                    continue;
                }
                let metadata = fs::metadata(&path).map_err(|source| self.unreadable(&path, source))?;
                if metadata.is_dir() {
                    return Err(
                        self.unpackable(&path, "it is a link to a folder, and only links to files are followed")
                    );
                }
                let bytes = self.file(&path, left)?;
                left -= (bytes.len() as u64).min(left);
                let executable = name == package::BOOTSTRAP || is_executable(&metadata);
                entries.push(ZipEntry { name, executable, bytes });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Reads a file of less than `limit` bytes.
    fn file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, ArtifactError> {
        let metadata = fs::metadata(path).map_err(|source| self.unreadable(path, source))?;
        if !metadata.is_file() {
            return Err(self.unpackable(path, "it is neither a file nor a folder"));
        }
        let too_large = |bytes| ArtifactError::UnzippedTooLarge { function: self.function.clone(), bytes };
        if metadata.len() >= limit {
            return Err(too_large((UNZIPPED_LIMIT - limit).saturating_add(metadata.len())));
        }
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        let read = read.map_err(|source| self.unreadable(path, source))? as u64;
        if read < limit { Ok(bytes) } else { Err(too_large(UNZIPPED_LIMIT)) }
    }

    fn unreadable(&self, path: &Path, source: io::Error) -> ArtifactError {
        ArtifactError::Read { function: self.function.clone(), path: path.to_owned(), source }
    }

    fn unpackable(&self, path: &Path, reason: &'static str) -> ArtifactError {
        ArtifactError::Folder { function: self.function.clone(), path: path.to_owned(), reason }
    }
}

#[cfg(unix)]
fn is_executable(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

//! Files that a description names and that are part of it, such as an OpenAPI document: read with it, checked with it.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file in bytes: API Gateway takes no larger definition (ImportRestApi).
const LARGEST: usize = 6 * 1024 * 1024;

/// Returns the folder that a project's paths start at: that of its stack description, or the one above when that is `config/`.
pub fn project_dir(config: &Path) -> PathBuf {
    let folder =
        config.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    match folder.file_name() {
        Some(name) if name == "config" => folder.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf),
        _ => folder,
    }
}

/// Holds the texts of files by their path in the description, or why there is none.
#[derive(Debug, Clone, Default)]
pub struct ReferencedFiles(BTreeMap<String, Result<String, String>>);

impl ReferencedFiles {
    /// Reads the files at these paths, each once.
    pub(super) fn read<'p>(
        paths: impl Iterator<Item = &'p str>,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Self {
        let mut files = BTreeMap::new();
        for path in paths {
            files.entry(path.to_owned()).or_insert_with(|| read(path));
        }
        Self(files)
    }

    /// Returns the paths, as the description has them.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the file at this path of the description; `None` when the description does not name it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn get(&self, path: &str) -> Option<Result<&str, &str>> {
        self.0.get(path).map(|file| file.as_deref().map_err(String::as_str))
    }
}

/// Reads a file of the project, at most [`LARGEST`] bytes of it, and nothing that is no plain file.
///
/// A path that does not exist below `project` is looked for below the working directory: a copy of a description that
/// lies somewhere else, to try a change, still names the files of the project that the user is in.
pub(super) fn read(project: &Path, path: &str) -> Result<String, String> {
    let path = Some(project.join(path)).filter(|path| path.exists()).unwrap_or_else(|| PathBuf::from(path));
    if fs::metadata(&path).map_err(|error| error.to_string())?.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if !path.is_file() {
        return Err("it is not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() > LARGEST {
        return Err("it is larger than 6 MiB, the most that API Gateway takes".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_project() {
        for (config, folder) in [
            ("deployer.toml", "."),
            ("config/orders.toml", ""),
            ("./config/orders.toml", "."),
            ("/srv/shop/config/orders.toml", "/srv/shop"),
            ("/srv/shop/deployer.toml", "/srv/shop"),
            ("../shop/orders.toml", "../shop"),
        ] {
            assert_eq!(project_dir(Path::new(config)), Path::new(folder), "{config}");
        }
    }

    #[test]
    fn only_plain_files_of_a_sensible_size_are_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::write(dir.path().join("good"), "{}").expect("it is writable");
        fs::write(dir.path().join("binary"), [0xff, 0xfe]).expect("it is writable");
        fs::write(dir.path().join("large"), vec![b' '; LARGEST + 1]).expect("it is writable");
        assert_eq!(read(dir.path(), "good").as_deref(), Ok("{}"));
        for (path, reason) in [
            ("binary", "it is not UTF-8 text"),
            ("large", "it is larger than 6 MiB, the most that API Gateway takes"),
            (".", "it is a directory"),
            ("absent", "No such file or directory (os error 2)"),
        ] {
            assert_eq!(read(dir.path(), path), Err(reason.to_owned()), "{path}");
        }
    }
}

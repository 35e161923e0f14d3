//! Which file is meant when the user names none.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where a description is looked for; ends every message about one that is not there.
pub(super) const LOOKUP_ORDER: &str = "looked for in this order: --config, the environment variable DEPLOYER_CONFIG, \
./deployer.toml, the only .toml file in ./config/, then the same in the folders above";

/// Why no description was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The file that was named is not there.
    #[error("no stack description at {} (named by {by}); {LOOKUP_ORDER}", path.display())]
    Named {
        /// The path that was named.
        path: PathBuf,
        /// `--config` or `DEPLOYER_CONFIG`.
        by: &'static str,
    },
    /// There are several in `./config/`.
    #[error("several stack descriptions in ./config/: {}; choose one with --config", files.join(", "))]
    Several {
        /// Their file names.
        files: Vec<String>,
    },
    /// There is none.
    #[error("no stack description; {LOOKUP_ORDER}")]
    None,
    /// `./deployer.toml` is a link without a file at its end.
    #[error("{} is a link that leads to no file", path.display())]
    LeadsNowhere {
        /// The link.
        path: PathBuf,
    },
    /// `./config/` cannot be listed.
    #[error("cannot list {}: {reason}", path.display())]
    Unlisted {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl NotFound {
    /// Returns what to do, where the message does not say it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::None => Some("`deployer init` writes one for the project in this folder."),
            Self::Named { .. } | Self::Several { .. } | Self::LeadsNowhere { .. } | Self::Unlisted { .. } => None,
        }
    }
}

/// Returns the path of the stack description: `explicit` (from `--config`), else `env` (from `DEPLOYER_CONFIG`, unless it is empty),
/// else `deployer.toml` in `cwd`, else the only `.toml` file in `config/` below `cwd`, else what is found in the same way in the
/// nearest folder above: up to the root of the repository, and in `config/` only where a project begins.
///
/// With an empty `cwd` all paths stay relative to the working directory, and short in messages.
///
/// # Errors
/// [`NotFound`], which says what to do.
pub fn find(explicit: Option<&Path>, env: Option<&OsStr>, cwd: &Path) -> Result<PathBuf, NotFound> {
    let env = env.filter(|value| !value.is_empty()).map(Path::new);
    for (named, by) in [(explicit, "--config"), (env, "DEPLOYER_CONFIG")] {
        if let Some(named) = named {
            let path = cwd.join(named);
            return if path.exists() { Ok(path) } else { Err(NotFound::Named { path, by }) };
        }
    }
    for folder in cwd.ancestors() {
        let is_root = folder.join(".git").exists();
        match usual_in(folder) {
            Err(NotFound::None) if folder == cwd || is_root || folder.join("Cargo.toml").is_file() => {
                match only_in(&folder.join("config")) {
                    Err(NotFound::None) => {}
                    found => return found,
                }
            }
            Err(NotFound::None) => {}
            found => return found,
        }
        if is_root {
            break;
        }
    }
    Err(NotFound::None)
}

fn usual_in(folder: &Path) -> Result<PathBuf, NotFound> {
    let usual = folder.join("deployer.toml");
    match usual.is_file() {
        true => Ok(usual),
        false if usual.is_symlink() => Err(NotFound::LeadsNowhere { path: usual }),
        false => Err(NotFound::None),
    }
}

fn only_in(directory: &Path) -> Result<PathBuf, NotFound> {
    let unlisted = |error: std::io::Error| NotFound::Unlisted { path: directory.to_owned(), reason: error.to_string() };
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Err(NotFound::None);
        }
        Err(error) => return Err(unlisted(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unlisted)?.path();
        if path.extension() == Some(OsStr::new("toml")) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    match files.len() {
        0 => Err(NotFound::None),
        1 => Ok(files.swap_remove(0)),
        _ => {
            let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Err(NotFound::Several { files: files.iter().map(name).collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn looks_in_order() -> Outcome {
        let directory = tempfile::tempdir()?;
        let cwd = directory.path();
        assert_eq!(find(None, None, cwd), Err(NotFound::None));

        fs::create_dir(cwd.join("config"))?;
        fs::write(cwd.join("config/readme.md"), "")?;
        assert_eq!(find(None, None, cwd), Err(NotFound::None));
        fs::write(cwd.join("config/b.toml"), "")?;
        assert_eq!(find(None, None, cwd), Ok(cwd.join("config/b.toml")));
        fs::write(cwd.join("config/a.toml"), "")?;
        let files = vec!["a.toml".to_owned(), "b.toml".to_owned()];
        assert_eq!(find(None, None, cwd), Err(NotFound::Several { files }));

        fs::write(cwd.join("deployer.toml"), "")?;
        assert_eq!(find(None, None, cwd), Ok(cwd.join("deployer.toml")));
        let env = Some(OsStr::new("config/a.toml"));
        assert_eq!(find(None, env, cwd), Ok(cwd.join("config/a.toml")));
        assert_eq!(find(None, Some(OsStr::new("")), cwd), Ok(cwd.join("deployer.toml")));
        let explicit = Some(Path::new("config/b.toml"));
        assert_eq!(find(explicit, env, cwd), Ok(cwd.join("config/b.toml")));
        Ok(())
    }

    #[test]
    fn looks_in_the_folders_above_up_to_the_repository() -> Outcome {
        let directory = tempfile::tempdir()?;
        let (outside, root) = (directory.path(), directory.path().join("repository"));
        let deep = root.join("function/src");
        fs::create_dir_all(&deep)?;
        fs::create_dir_all(root.join(".git"))?;
        fs::write(outside.join("deployer.toml"), "")?;
        assert_eq!(find(None, None, &deep), Err(NotFound::None), "nothing above the repository is ours");

        // A folder that begins no project may have a `config` for anything.
        fs::create_dir(root.join("function/config"))?;
        fs::write(root.join("function/config/other.toml"), "")?;
        assert_eq!(find(None, None, &deep), Err(NotFound::None));
        fs::create_dir(root.join("config"))?;
        fs::write(root.join("config/a.toml"), "")?;
        assert_eq!(find(None, None, &deep), Ok(root.join("config/a.toml")));
        fs::write(root.join("function/Cargo.toml"), "")?;
        assert_eq!(find(None, None, &deep), Ok(root.join("function/config/other.toml")));
        fs::write(root.join("function/deployer.toml"), "")?;
        assert_eq!(find(None, None, &deep), Ok(root.join("function/deployer.toml")));
        Ok(())
    }

    /// The file in `config/` is not taken for one that somebody meant to be elsewhere.
    #[test]
    #[cfg(unix)]
    fn a_link_that_leads_nowhere_is_not_passed_over() -> Outcome {
        let directory = tempfile::tempdir()?;
        let cwd = directory.path();
        fs::create_dir(cwd.join("config"))?;
        fs::write(cwd.join("config/a.toml"), "")?;
        let path = cwd.join("deployer.toml");
        for target in ["nowhere", "deployer.toml"] {
            std::os::unix::fs::symlink(target, &path)?;
            assert_eq!(find(None, None, cwd), Err(NotFound::LeadsNowhere { path: path.clone() }));
            fs::remove_file(&path)?;
        }
        Ok(())
    }

    #[test]
    fn a_named_file_has_to_be_there() {
        let named = NotFound::Named { path: "nowhere.toml".into(), by: "--config" };
        assert_eq!(find(Some(Path::new("nowhere.toml")), None, Path::new("")), Err(named.clone()));
        insta::assert_snapshot!(named, @r"no stack description at nowhere.toml (named by --config); looked for in this order: --config, the environment variable DEPLOYER_CONFIG, ./deployer.toml, the only .toml file in ./config/, then the same in the folders above");
    }
}

//! Which files a change of matters, and waiting for one.

use crate::artifact::{CargoBinary, CargoWorkspace};
use crate::error::{Error, Result};
use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long it has to be quiet before what changed is taken: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(30);

/// Folders that no source is in.
const SKIPPED: &[&str] = &["node_modules", "target"];

/// What is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRoots {
    /// Folders, with all below them that can hold sources.
    pub folders: BTreeSet<PathBuf>,
    /// Single files.
    pub files: BTreeSet<PathBuf>,
    /// Folders that are never looked into, such as Cargo's target folder.
    pub excluded: BTreeSet<PathBuf>,
    /// Files that were built in the last time, whatever they are and wherever they lie.
    pub built: BTreeSet<PathBuf>,
}

impl SourceRoots {
    /// Returns what decides about a stack: its description and the files that it names.
    pub fn of(description: &Path, files: &[PathBuf]) -> Self {
        let mut roots = Self::default();
        roots.files.insert(description.to_owned());
        files.iter().for_each(|file| roots.add_file(file));
        roots
    }

    /// Adds a file, or a folder with all that is in it.
    pub fn add_file(&mut self, file: &Path) {
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if file.is_dir() {
            self.folders.insert(file)
        } else {
            self.files.insert(file)
        };
    }

    /// Adds a program of a workspace: its package with all packages on this machine that it is made from, and what Cargo says that it built
    /// the program from.
    pub fn add_binary(&mut self, workspace: &CargoWorkspace, binary: &CargoBinary) {
        self.folders.extend(workspace.sources(&binary.package));
        let names = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml"];
        self.files.extend(names.map(|name| workspace.root.join(name)));
        self.excluded.insert(workspace.target_directory.clone());
        self.built.extend(built_files(&workspace.target_directory, &binary.bin));
    }

    /// Tells whether a change of this path may change what is built or described.
    pub fn matters(&self, path: &Path) -> bool {
        if self.files.contains(path) || self.built.contains(path) {
            return true;
        }
        let Some(folder) = self.folders.iter().find(|folder| path.starts_with(folder)) else { return false };
        let below = path.strip_prefix(folder).unwrap_or(path);
        let is_source = |name: &str| !name.starts_with('.') && !SKIPPED.contains(&name) && !is_temporary(name);
        // Something else beside the sources, such as a log, is built when Cargo says so.
        let is_beside = path.is_file() && path.extension().is_none_or(|kind| kind != "rs" && kind != "toml");
        !self.excluded.iter().any(|excluded| path.starts_with(excluded))
            && (!is_beside || below.starts_with("src"))
            && below.components().all(|part| part.as_os_str().to_str().is_some_and(is_source))
    }

    /// Tells whether a file that is gone was one that something is made from.
    fn is_source(&self, path: &Path) -> bool {
        let is_code = path.extension().is_some_and(|kind| kind == "rs" || kind == "toml");
        is_code || self.files.contains(path) || self.built.contains(path)
    }

    /// Returns every folder that has to be watched for this, as far as it is there.
    fn watched(&self) -> BTreeSet<PathBuf> {
        let mut all = BTreeSet::new();
        let mut open: Vec<_> = self.folders.iter().cloned().collect();
        while let Some(folder) = open.pop() {
            let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(std::result::Result::ok);
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            open.extend(folders.map(|entry| entry.path()).filter(|path| self.matters(path)));
            all.insert(folder);
        }
        all.extend(self.files.iter().chain(&self.built).filter_map(|file| file.parent()).map(Path::to_owned));
        all
    }
}

/// Reads which files Cargo built a program from, out of the file `PROGRAM.d` that it leaves beside it, in any profile.
fn built_files(target: &Path, bin: &str) -> BTreeSet<PathBuf> {
    let entries =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    // `target/debug`, and `target/TRIPLE/debug`.
    let profiles = entries(target).flat_map(|folder| entries(&folder).chain([folder]));
    let rules = profiles.filter_map(|profile| fs::read_to_string(profile.join(format!("{bin}.d"))).ok());
    rules.flat_map(|rules| dependencies(&rules)).collect()
}

/// Returns the files after the colon of each rule, as Make writes them: spaces in names are escaped.
fn dependencies(rules: &str) -> Vec<PathBuf> {
    let listed = rules.lines().filter_map(|rule| rule.split_once(": ")).flat_map(|(_, files)| {
        files.replace("\\ ", "\0").split(' ').map(|file| PathBuf::from(file.replace('\0', " "))).collect::<Vec<_>>()
    });
    listed.filter(|file| file.is_absolute()).collect()
}

/// Tells whether a file is what an editor writes beside the one that is edited.
fn is_temporary(name: &str) -> bool {
    name.ends_with('~')
        || name.ends_with(".swp")
        || name.ends_with(".swx")
        || name.ends_with(".tmp")
        || name.starts_with('#')
        // Vim asks so whether it may write.
        || name == "4913"
}

/// Waits for changes of sources.
pub struct SourceWatch {
    roots: SourceRoots,
    watcher: RecommendedWatcher,
    changes: mpsc::UnboundedReceiver<PathBuf>,
    watched: BTreeSet<PathBuf>,
}

impl SourceWatch {
    /// Begins to watch.
    ///
    /// # Errors
    /// `io` where the system does not watch files, or no more of them.
    pub fn begin(roots: SourceRoots) -> Result<Self> {
        let (sender, changes) = mpsc::unbounded_channel();
        let hear = move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if is_change(event.kind) {
                // Nobody listens any more when the command ends.
                event.paths.into_iter().for_each(|path| drop(sender.send(path)));
            }
        };
        let watcher = notify::recommended_watcher(hear).map_err(|error| unwatchable(&error))?;
        let mut watch = Self { roots, watcher, changes, watched: BTreeSet::new() };
        watch.extend()?;
        Ok(watch)
    }

    /// Watches what a new description or a new member of the workspace brings.
    ///
    /// # Errors
    /// As [`SourceWatch::begin`].
    pub fn follow(&mut self, roots: SourceRoots) -> Result<()> {
        self.roots = roots;
        self.extend()
    }

    /// Waits until something changed and it is quiet again. Returns what changed.
    ///
    /// # Errors
    /// As [`SourceWatch::begin`], for folders that are new.
    pub async fn changed(&mut self) -> Result<BTreeSet<PathBuf>> {
        let mut all = BTreeSet::new();
        loop {
            let next =
                if all.is_empty() { Ok(self.changes.recv().await) } else { timeout(QUIET, self.changes.recv()).await };
            match next {
                Ok(Some(path)) if self.roots.matters(&path) => drop(all.insert(path)),
                Ok(Some(_)) => {}
                Ok(None) => return std::future::pending().await,
                Err(_) => {
                    // What came and went was an editor's own.
                    all.retain(|path: &PathBuf| path.exists() || self.roots.is_source(path));
                    if !all.is_empty() {
                        break;
                    }
                }
            }
        }
        self.extend()?;
        Ok(all)
    }

    fn extend(&mut self) -> Result<()> {
        for folder in self.roots.watched() {
            if !self.watched.contains(&folder) && folder.is_dir() {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(|error| unwatchable(&error))?;
                self.watched.insert(folder);
            }
        }
        // A folder that is gone may come back.
        self.watched.retain(|folder| folder.is_dir());
        Ok(())
    }
}

/// Reading a file and changing its mode are no changes.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}

fn unwatchable(error: &notify::Error) -> Error {
    Error::io(format!("files cannot be watched: {error}"))
        .hint("Linux limits how many folders are watched: `sysctl fs.inotify.max_user_watches` tells and changes it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(folder: &Path) -> SourceRoots {
        SourceRoots {
            folders: [folder.join("api")].into(),
            files: [folder.join("deployer.toml"), folder.join("Cargo.lock")].into(),
            excluded: [folder.join("api/out")].into(),
            built: [folder.join("templates/a b.html")].into(),
        }
    }

    #[test]
    fn only_what_is_built_or_described_matters() {
        let roots = roots(Path::new("/w"));
        for (path, matters) in [
            ("/w/deployer.toml", true),
            ("/w/Cargo.lock", true),
            ("/w/notes.txt", false),
            ("/w/api/src/main.rs", true),
            ("/w/api/migrations/1.sql", true),
            ("/w/api/build.rs", true),
            ("/w/api/out/debug/api", false),
            ("/w/api/target/debug/api", false),
            ("/w/api/.git/index", false),
            ("/w/api/src/.main.rs.swp", false),
            ("/w/api/src/main.rs~", false),
            ("/w/api/src/4913", false),
            ("/w/api/node_modules/x/index.js", false),
            ("/w/.deployer/log", false),
            ("/w/templates/a b.html", true),
        ] {
            assert_eq!(roots.matters(Path::new(path)), matters, "{path}");
        }
    }

    #[test]
    fn what_cargo_built_is_read() {
        let rules = "/t/debug/api: /w/build.rs /w/src/main.rs /w/a\\ b.html\n\n/t/debug/libx.rlib: /x/src/lib.rs\n";
        let read: Vec<_> = dependencies(rules);
        assert_eq!(read, ["/w/build.rs", "/w/src/main.rs", "/w/a b.html", "/x/src/lib.rs"].map(PathBuf::from));

        let target = tempfile::tempdir().expect("a temporary folder");
        for (file, source) in [
            ("debug/api.d", "/w/src/main.rs"),
            ("x86_64-unknown-linux-musl/lambda/api.d", "/w/src/lambda.rs"),
            ("debug/other.d", "/w/src/other.rs"),
            ("debug/deps/serde-1.d", "/registry/serde/src/lib.rs"),
        ] {
            let file = target.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, format!("x: {source}\n")).expect("a file");
        }
        let built = built_files(target.path(), "api");
        assert_eq!(built, ["/w/src/main.rs", "/w/src/lambda.rs"].map(PathBuf::from).into());
    }

    #[tokio::test]
    async fn a_change_is_told_once_also_in_a_folder_that_is_new() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().canonicalize().expect("it is there");
        fs::create_dir_all(folder.join("api/src")).expect("a folder");
        let mut watch = SourceWatch::begin(roots(&folder)).expect("files are watched");
        fs::write(folder.join("api/src/main.rs~"), "x").expect("a file");
        fs::write(folder.join("api/src/main.rs"), "x").expect("a file");
        fs::write(folder.join("api/src/main.rs"), "y").expect("a file");
        assert_eq!(watch.changed().await.expect("a change"), [folder.join("api/src/main.rs")].into());
        fs::create_dir(folder.join("api/src/new")).expect("a folder");
        watch.changed().await.expect("a change");
        fs::write(folder.join("api/src/new/mod.rs"), "x").expect("a file");
        assert_eq!(watch.changed().await.expect("a change"), [folder.join("api/src/new/mod.rs")].into());
        fs::write(folder.join("api/out.log"), "what the function writes").expect("a file");
        fs::write(folder.join("api/src/sedABCDE"), "x").expect("a file");
        fs::remove_file(folder.join("api/src/sedABCDE")).expect("it is there");
        // Reading is no change.
        fs::read(folder.join("api/src/main.rs")).expect("a file");
        assert!(timeout(Duration::from_millis(100), watch.changed()).await.is_err());
    }
}

//! What Cargo knows about the workspace that has the functions.

use super::build_spec::BinaryBuild;
use super::error::ArtifactError;
use super::process;
use super::zip::BOOTSTRAP;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The profile that is taken when the workspace defines it.
const PREFERRED_PROFILE: &str = "lambda";

/// Names further apart than this are not each other's typo.
const MAX_TYPO: usize = 3;

/// A Cargo workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct CargoWorkspace {
    /// The folder of its root manifest.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// Where Cargo builds.
    pub target_directory: PathBuf,
    packages: Vec<CargoPackage>,
    /// The packages that a command without `--package` means at the root.
    #[serde(default)]
    workspace_default_members: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct CargoPackage {
    name: String,
    id: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
    targets: Vec<CargoTarget>,
    #[serde(default)]
    dependencies: Vec<CargoDependency>,
}

#[derive(Debug, Clone, Deserialize)]
struct CargoDependency {
    name: String,
    /// `dev` or `build`; nothing for what the programs themselves use.
    kind: Option<String>,
    /// The folder of a package on this machine.
    path: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
struct CargoTarget {
    name: String,
    kind: Vec<String>,
}

impl CargoPackage {
    fn bins(&self) -> Vec<String> {
        let bins = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        bins.map(|target| target.name.clone()).collect()
    }

    fn uses(&self, library: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.kind.is_none() && dependency.name == library)
    }
}

/// A binary of a workspace that may be a Lambda function, or may be made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionCandidate {
    /// Name of its package.
    pub package: String,
    /// The folder of its package.
    pub folder: PathBuf,
    /// Its own name.
    pub bin: String,
    /// Which library for functions its package uses; `None` for a program that is none.
    pub library: Option<FunctionLibrary>,
}

/// The libraries that make a program a Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionLibrary {
    /// `lambda_http`: the function answers HTTP requests.
    Http,
    /// `lambda_runtime`: the function takes events of any form.
    Runtime,
}

/// A binary that the workspace really has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CargoBinary {
    /// Name of its package.
    pub package: String,
    /// How Cargo identifies the package in its messages.
    pub package_id: String,
    /// Its own name.
    pub bin: String,
}

impl CargoWorkspace {
    /// Asks Cargo, in the given folder.
    ///
    /// # Errors
    /// When Cargo does not start or finds no sound workspace.
    pub async fn load(folder: &Path) -> Result<Self, ArtifactError> {
        let mut command = process::command(folder);
        command.args(["metadata", "--no-deps", "--format-version", "1"]).stdin(Stdio::null());
        let output = command.output().await.map_err(process::start_error)?;
        let failed = |reason: String| ArtifactError::Workspace { folder: folder.to_owned(), reason };
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
    }

    /// Returns the folders of a package and of all packages on this machine that it is made from.
    pub fn sources(&self, package: &str) -> BTreeSet<PathBuf> {
        let folder = |package: &CargoPackage| package.manifest_path.parent().unwrap_or(&self.root).to_owned();
        let named = self.packages.iter().filter(|candidate| candidate.name == package);
        let mut open: Vec<_> = named.map(folder).collect();
        let mut sources = BTreeSet::new();
        while let Some(next) = open.pop() {
            // Of packages outside of the workspace Cargo tells no dependencies here.
            let package = self.packages.iter().find(|package| folder(package) == next);
            let used = package.into_iter().flat_map(|package| &package.dependencies);
            let used = used.filter(|dependency| dependency.kind.as_deref() != Some("dev"));
            open.extend(used.filter_map(|dependency| dependency.path.clone()).filter(|path| !sources.contains(path)));
            sources.insert(next);
        }
        sources
    }

    /// Finds the executable that `wanted` means.
    ///
    /// # Errors
    /// When the workspace does not have it, or has several that could be meant. `function` is named in the error.
    pub fn executable(&self, function: &str, wanted: &BinaryBuild) -> Result<CargoBinary, ArtifactError> {
        let package = self.packages.iter().find(|package| package.name == wanted.package).ok_or_else(|| {
            let mut candidates: Vec<_> = self
                .packages
                .iter()
                .filter(|package| !package.bins().is_empty())
                .map(|package| package.name.clone())
                .collect();
            candidates.sort();
            ArtifactError::UnknownPackage {
                function: function.to_owned(),
                folder: self.root.clone(),
                package: wanted.package.clone(),
                nearest: nearest(&wanted.package, &candidates),
                candidates,
            }
        })?;
        let bins = package.bins();
        let unknown = |nearest| ArtifactError::UnknownBinary {
            function: function.to_owned(),
            package: package.name.clone(),
            bin: wanted.bin.clone(),
            candidates: bins.clone(),
            nearest,
        };
        let bin = match (&wanted.bin, bins.as_slice()) {
            (Some(bin), _) if bins.contains(bin) => bin.clone(),
            (Some(bin), _) => return Err(unknown(nearest(bin, &bins))),
            (None, []) => return Err(unknown(None)),
            (None, [only]) => only.clone(),
            (None, _) => {
                let chosen = package.default_run.clone().filter(|bin| bins.contains(bin));
                let chosen = chosen.or_else(|| bins.iter().find(|bin| *bin == BOOTSTRAP).cloned());
                chosen.ok_or_else(|| ArtifactError::AmbiguousBinary {
                    function: function.to_owned(),
                    package: package.name.clone(),
                    candidates: bins.clone(),
                })?
            }
        };
        Ok(CargoBinary { package: package.name.clone(), package_id: package.id.clone(), bin })
    }

    /// Tells whether Cargo means these binaries in `folder` without `--package` too, and nothing else.
    ///
    /// Features are then those of the whole workspace, as for a plain `cargo run` there, and dependencies are compiled once for both.
    pub fn means(&self, folder: &Path, binaries: &[&CargoBinary]) -> bool {
        let at_root = folder.canonicalize().is_ok_and(|folder| folder == self.root);
        let alone = |binary: &CargoBinary| {
            let named = |package: &&CargoPackage| package.bins().contains(&binary.bin);
            self.packages.iter().filter(named).count() == 1
        };
        at_root
            && binaries
                .iter()
                .all(|binary| self.workspace_default_members.contains(&binary.package_id) && alone(binary))
    }

    /// Lists every binary of the workspace, in Cargo's order.
    pub fn function_candidates(&self) -> Vec<FunctionCandidate> {
        let of_package = |package: &CargoPackage| {
            let library = if package.uses("lambda_http") {
                Some(FunctionLibrary::Http)
            } else {
                package.uses("lambda_runtime").then_some(FunctionLibrary::Runtime)
            };
            let candidate = |bin| FunctionCandidate {
                package: package.name.clone(),
                folder: package.manifest_path.parent().unwrap_or(&self.root).to_owned(),
                bin,
                library,
            };
            package.bins().into_iter().map(candidate).collect::<Vec<_>>()
        };
        self.packages.iter().flat_map(of_package).collect()
    }

    /// Returns `lambda` when the root manifest defines that profile, otherwise `release`.
    pub fn default_profile(&self) -> &'static str {
        let manifest = std::fs::read_to_string(self.root.join("Cargo.toml")).ok();
        let manifest = manifest.and_then(|manifest| manifest.parse::<toml::Table>().ok());
        let profile = manifest.as_ref().and_then(|manifest| manifest.get("profile")?.get(PREFERRED_PROFILE));
        if profile.is_some() { PREFERRED_PROFILE } else { "release" }
    }
}

/// Finds the folder of the nearest `Cargo.toml`, upward from a file or folder. Returns `None` when there is none.
pub fn find_workspace(from: &Path) -> Option<PathBuf> {
    let from = std::path::absolute(from).ok()?;
    let folder = if from.is_dir() { from.as_path() } else { from.parent()? };
    // Only a path without `..` has its parents as prefixes.
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().find(|folder| folder.join("Cargo.toml").is_file()).map(Path::to_path_buf)
}

/// Returns the candidate that was probably meant.
fn nearest(wanted: &str, candidates: &[String]) -> Option<String> {
    let distance = |candidate: &&String| strsim::damerau_levenshtein(wanted, candidate);
    candidates.iter().min_by_key(distance).filter(|candidate| distance(candidate) <= MAX_TYPO).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, bins: &[&str], default_run: Option<&str>) -> CargoPackage {
        let bins = bins.iter().map(|bin| CargoTarget { name: (*bin).to_owned(), kind: vec!["bin".to_owned()] });
        let lib = CargoTarget { name: name.to_owned(), kind: vec!["lib".to_owned()] };
        CargoPackage {
            name: name.to_owned(),
            id: format!("path+file:///w/{name}#0.1.0"),
            manifest_path: format!("/w/{name}/Cargo.toml").into(),
            dependencies: Vec::new(),
            default_run: default_run.map(str::to_owned),
            targets: bins.chain([lib]).collect(),
        }
    }

    fn chosen(package_name: &str, bin: Option<&str>) -> String {
        let workspace = CargoWorkspace {
            root: "/w".into(),
            target_directory: "/w/target".into(),
            workspace_default_members: Vec::new(),
            packages: vec![
                package("orders", &["api"], None),
                package("many", &["one", "two"], None),
                package("default", &["one", "two"], Some("two")),
                package("named", &["bootstrap", "other"], None),
                package("library", &[], None),
            ],
        };
        let wanted = BinaryBuild { bin: bin.map(str::to_owned), ..BinaryBuild::of(package_name) };
        match workspace.executable("f", &wanted) {
            Ok(executable) => format!("{}/{}", executable.package, executable.bin),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    /// Without `--package`, Cargo builds every binary of that name in the default members.
    #[test]
    fn packages_are_left_out_only_where_nothing_else_can_be_meant() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let root = root.path().canonicalize().expect("it is there");
        let workspace = CargoWorkspace {
            root: root.clone(),
            target_directory: root.join("target"),
            workspace_default_members: ["orders", "jobs"].map(|name| format!("path+file:///w/{name}#0.1.0")).into(),
            packages: vec![
                package("orders", &["api", "tool"], None),
                package("jobs", &["tool"], None),
                package("other", &["x"], None),
            ],
        };
        let binary = |package: &str, bin: &str| {
            let wanted = BinaryBuild { bin: Some(bin.to_owned()), ..BinaryBuild::of(package) };
            workspace.executable("f", &wanted).expect("it has the binary")
        };
        assert!(workspace.means(&root, &[&binary("orders", "api")]));
        assert!(
            !workspace.means(&root.join("orders"), &[&binary("orders", "api")]),
            "another folder means other packages"
        );
        assert!(!workspace.means(&root, &[&binary("orders", "tool")]), "two packages have it");
        assert!(!workspace.means(&root, &[&binary("orders", "api"), &binary("other", "x")]), "it is no default member");
    }

    #[test]
    fn a_binary_is_chosen_or_the_error_names_the_candidates() {
        let cases = [
            ("orders", None),
            ("orders", Some("api")),
            ("orders", Some("apii")),
            ("orders", Some("something-else")),
            ("many", None),
            ("many", Some("one")),
            ("default", None),
            ("named", None),
            ("library", None),
            ("order", None),
            ("nothing-like-it", None),
        ];
        let said = cases.map(|(package, bin)| chosen(package, bin));
        insta::assert_snapshot!(said.join("\n"), @r#"
        orders/api
        orders/api
        function `f`: package `orders` has no binary `apii`; it has `api` | did you mean `api`?
        function `f`: package `orders` has no binary `something-else`; it has `api` | 
        function `f`: package `many` has several binaries (`one`, `two`), and one must be chosen | name it, for example `bin = "one"`
        many/one
        default/two
        named/bootstrap
        function `f`: package `library` has no binary; it has none | 
        function `f`: the workspace in /w has no package `order`; it has `default`, `many`, `named`, `orders` | did you mean `orders`?
        function `f`: the workspace in /w has no package `nothing-like-it`; it has `default`, `many`, `named`, `orders` |
        "#);
    }
}

//! From specs to checked programs: one Cargo invocation for all binaries that can share one.

use super::architecture::FunctionArchitecture;
use super::build_spec::{BuildMode, BuildPurpose, BuildSpec, CodeSource};
use super::cargo::CargoInvocation;
use super::checks::ProgramProblem;
use super::error::ArtifactError;
use super::metadata::{CargoBinary, CargoWorkspace};
use super::pack::{PackCandidate, ZipContent};
use super::prebuilt::cache_folder;
use super::progress::BuildProgress;
use super::target::{BuildDecision, BuildRoute, MissingTool};
use super::zip::{UNZIPPED_LIMIT, ZipEntry};
use super::{pack, program, target, toolchain};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tokio::fs;

/// Builds the programs of all specs that come from Cargo, or finds what the last build left, and checks them.
///
/// # Errors
/// The first reason for which a function has no program that runs where it should.
pub async fn build(
    specs: &[BuildSpec],
    mode: BuildMode,
    events: &mut dyn FnMut(BuildProgress),
) -> Result<Vec<PackCandidate>, ArtifactError> {
    let mut workspaces = BTreeMap::new();
    let mut batches: BTreeMap<BatchKey, Vec<BuildRequest>> = BTreeMap::new();
    for spec in specs {
        let CodeSource::Cargo(binary) = &spec.source else {
            continue;
        };
        let folder = spec.workspace_dir.as_path();
        if !workspaces.contains_key(folder) {
            workspaces.insert(folder, CargoWorkspace::load(folder).await?);
        }
        let workspace = &workspaces[folder];
        let executable = workspace.executable(&spec.name, binary)?;
        let key = BatchKey {
            folder,
            purpose: spec.purpose,
            profile: binary.profile.as_deref().unwrap_or_else(|| workspace.default_profile()),
            features: binary.features.iter().map(|feature| format!("{}/{feature}", binary.package)).collect(),
            default_features: binary.default_features,
        };
        batches.entry(key).or_default().push(BuildRequest { function: spec.name.clone(), executable });
    }

    let mut candidates = Vec::new();
    for (key, wanted) in &batches {
        let batch = BuildBatch {
            key,
            wanted,
            workspace: &workspaces[key.folder],
            architecture: pack::architecture(key.purpose)?,
        };
        // Batches run one after another, and each is read at once: the next may build the same binary with other
        // features to the same place.
        candidates.extend(match mode {
            BuildMode::Build => batch.build(events).await?,
            BuildMode::NoBuild => batch.find().await?,
        });
    }
    Ok(candidates)
}

/// The profile of functions that run on this machine: what `cargo run` and `cargo test` have compiled is not compiled again.
pub const LOCAL_PROFILE: &str = "dev";

/// What must be equal for two binaries to come out of one Cargo invocation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BatchKey<'a> {
    folder: &'a Path,
    purpose: BuildPurpose,
    profile: &'a str,
    features: BTreeSet<String>,
    default_features: bool,
}

#[derive(Debug)]
struct BuildRequest {
    function: String,
    executable: CargoBinary,
}

struct BuildBatch<'a> {
    key: &'a BatchKey<'a>,
    wanted: &'a [BuildRequest],
    workspace: &'a CargoWorkspace,
    architecture: FunctionArchitecture,
}

/// A program that was built or found.
struct BuiltProgram<'a> {
    wanted: &'a BuildRequest,
    path: PathBuf,
    bytes: Vec<u8>,
    problems: Vec<ProgramProblem>,
}

impl BuiltProgram<'_> {
    /// Tells whether the program would run if it were linked against another C library.
    fn needs_another_libc(&self) -> bool {
        let mut fatal = self.problems.iter().filter(|problem| problem.is_fatal()).peekable();
        fatal.peek().is_some() && fatal.all(ProgramProblem::is_about_libc)
    }
}

impl BuildBatch<'_> {
    async fn build(&self, events: &mut dyn FnMut(BuildProgress)) -> Result<Vec<PackCandidate>, ArtifactError> {
        let BuildDecision { routes, missing } = self.decide().await?;
        let functions: Vec<_> = self.wanted.iter().map(|wanted| wanted.function.clone()).collect();
        let mut notes = Vec::new();
        let mut routes = routes.iter().peekable();
        let executables: Vec<_> = self.wanted.iter().map(|wanted| &wanted.executable).collect();
        while let Some(route) = routes.next() {
            self.refuse_native(route)?;
            let job = CargoInvocation {
                folder: self.key.folder,
                target_directory: &self.workspace.target_directory,
                functions: &functions,
                executables: executables.iter().copied().collect(),
                with_packages: !(*route == BuildRoute::native()
                    && self.key.features.is_empty()
                    && self.key.default_features
                    && self.workspace.means(self.key.folder, &executables)),
                route,
                profile: self.key.profile,
                features: &self.key.features,
                default_features: self.key.default_features,
            };
            let paths = job.run(events).await?;
            let mut built = Vec::new();
            for wanted in self.wanted {
                if let Some(path) = paths.get(&wanted.executable) {
                    built.push(self.read(wanted, path.clone()).await?);
                }
            }
            let unfit = built.iter().find(|built| built.needs_another_libc());
            if let (Some(unfit), Some(next)) = (unfit, routes.peek()) {
                let problems: Vec<_> = unfit.problems.iter().map(ToString::to_string).collect();
                let name = |route: &BuildRoute| route.target().unwrap_or_else(|| "this machine".to_owned());
                let reason = format!("the build for {} does not fit: {}", name(route), problems.join("; "));
                notes.push(format!("built for {}, because {reason}", name(next)));
                events(BuildProgress::Rebuilding { reason });
                continue;
            }
            return built.into_iter().map(|built| self.candidate(built, &notes, &missing)).collect();
        }
        Err(ArtifactError::NoToolchain {
            architecture: self.architecture,
            host: toolchain::host(self.key.folder).await?,
            missing,
        })
    }

    /// Refuses a build whose programs may have instructions that Lambda's processors lack: nothing in a program tells.
    fn refuse_native(&self, route: &BuildRoute) -> Result<(), ArtifactError> {
        let place = match (self.key.purpose, &route.triple) {
            (BuildPurpose::Lambda(_), Some(triple)) => toolchain::native_processor(self.key.folder, triple),
            _ => None,
        };
        place.map_or(Ok(()), |place| Err(ArtifactError::NativeProcessor { place }))
    }

    async fn decide(&self) -> Result<BuildDecision, ArtifactError> {
        Ok(match self.key.purpose {
            BuildPurpose::Lambda(architecture) => {
                target::decide(&toolchain::find_toolchain(self.key.folder, architecture).await?, architecture)
            }
            BuildPurpose::Host => BuildDecision { routes: vec![self.host_route().await?], missing: Vec::new() },
        })
    }

    /// Returns how a program for this machine is built: with the profile of `cargo run`, where `cargo run` builds; with any other, as
    /// for Lambda on this machine's architecture, so that both are one build.
    async fn host_route(&self) -> Result<BuildRoute, ArtifactError> {
        if self.key.profile == LOCAL_PROFILE {
            return Ok(BuildRoute::native());
        }
        Ok(BuildRoute::plain(&toolchain::host(self.key.folder).await?))
    }

    /// Takes what the last build left: of all targets that could have been built for, the newest.
    async fn find(&self) -> Result<Vec<PackCandidate>, ArtifactError> {
        if let BuildPurpose::Lambda(architecture) = self.key.purpose {
            target::all_routes(architecture).iter().try_for_each(|route| self.refuse_native(route))?;
        }
        let folders = self.output_folders().await?;
        let mut candidates = Vec::new();
        for wanted in self.wanted {
            let paths = folders.iter().map(|folder| folder.join(self.file_name(&wanted.executable.bin)));
            let paths: Vec<_> = paths.collect();
            let mut newest: Option<(SystemTime, &PathBuf)> = None;
            for path in &paths {
                if let Ok(modified) = fs::metadata(path).await.and_then(|file| file.modified())
                    && newest.is_none_or(|(newest, _)| modified > newest)
                {
                    newest = Some((modified, path));
                }
            }
            let Some((_, path)) = newest else {
                return Err(ArtifactError::NotBuilt { function: wanted.function.clone(), paths });
            };
            let built = self.read(wanted, path.clone()).await?;
            candidates.push(self.candidate(built, &[], &[])?);
        }
        Ok(candidates)
    }

    /// Returns the folders that may have the binaries: those of every route, and that of a plain `cargo build` without `--target`.
    async fn output_folders(&self) -> Result<BTreeSet<PathBuf>, ArtifactError> {
        let (routes, native) = match self.key.purpose {
            BuildPurpose::Lambda(architecture) => {
                let native = cfg!(target_os = "linux") && FunctionArchitecture::of_host() == Some(architecture);
                (target::all_routes(architecture).to_vec(), native)
            }
            BuildPurpose::Host => (vec![self.host_route().await?], true),
        };
        let folders =
            routes.iter().map(|route| route.output_folder(&self.workspace.target_directory, self.key.profile));
        let plain = native.then(|| self.workspace.target_directory.join(target::profile_folder(self.key.profile)));
        Ok(folders.chain(plain).collect())
    }

    fn file_name(&self, bin: &str) -> String {
        match self.key.purpose {
            BuildPurpose::Lambda(_) => bin.to_owned(),
            BuildPurpose::Host => format!("{bin}{}", std::env::consts::EXE_SUFFIX),
        }
    }

    async fn read<'a>(&self, wanted: &'a BuildRequest, path: PathBuf) -> Result<BuiltProgram<'a>, ArtifactError> {
        let function = || wanted.function.clone();
        let unreadable = |source| ArtifactError::Read { function: function(), path: path.clone(), source };
        let bytes = fs::metadata(&path).await.map_err(unreadable)?.len();
        if bytes >= UNZIPPED_LIMIT {
            return Err(ArtifactError::UnzippedTooLarge { function: function(), bytes });
        }
        let bytes = fs::read(&path).await.map_err(unreadable)?;
        let problems = program::check(&bytes, self.key.purpose, self.architecture, &BTreeSet::new());
        Ok(BuiltProgram { wanted, path, bytes, problems })
    }

    fn candidate(
        &self,
        built: BuiltProgram<'_>,
        notes: &[String],
        missing: &[MissingTool],
    ) -> Result<PackCandidate, ArtifactError> {
        let function = built.wanted.function.clone();
        let mut notes = notes.to_vec();
        match pack::notes(built.problems) {
            Ok(more) => notes.extend(more),
            Err(problems) => {
                return Err(ArtifactError::Unfit {
                    function,
                    path: built.path,
                    purpose: self.key.purpose,
                    problems,
                    missing: missing.to_vec(),
                });
            }
        }
        let uses_lambda_http = program::uses_lambda_http(&built.bytes);
        let content = ZipContent::Entries {
            entries: vec![ZipEntry::bootstrap(built.bytes)],
            cache: Some(cache_folder(&self.workspace.target_directory)),
            effort: self.key.purpose.zip_effort(),
        };
        Ok(PackCandidate { function, architecture: self.architecture, content, notes, uses_lambda_http })
    }
}

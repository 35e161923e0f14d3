//! What stops a function from being deployed.

use super::architecture::FunctionArchitecture;
use super::build_spec::BuildPurpose;
use super::checks::{LAMBDA_GLIBC, ProgramProblem};
use super::target::MissingTool;
use super::zip::{UNZIPPED_LIMIT, ZIP_LIMIT, ZipProblem};
use std::io;
use std::path::PathBuf;

/// What stops a function from being deployed. The message is one paragraph; [`ArtifactError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A program that is part of the toolchain does not start.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// The Rust compiler starts and does not do its work.
    #[error("the Rust compiler does not work: {reason}")]
    Compiler {
        /// Its own words.
        reason: String,
    },
    /// Cargo cannot describe the workspace.
    #[error("cargo cannot read the workspace in {}: {reason}", folder.display())]
    Workspace {
        /// Where Cargo ran.
        folder: PathBuf,
        /// Cargo's own words.
        reason: String,
    },
    /// The workspace has no package of that name.
    #[error(
        "function `{function}`: the workspace in {} has no package `{package}`; it has {}",
        folder.display(), list(candidates)
    )]
    UnknownPackage {
        /// The function.
        function: String,
        /// The workspace.
        folder: PathBuf,
        /// The name that was asked for.
        package: String,
        /// The packages that have a binary.
        candidates: Vec<String>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// The package has no binary of that name, or none at all.
    #[error(
        "function `{function}`: package `{package}` has no binary{}; it has {}",
        bin.as_ref().map(|bin| format!(" `{bin}`")).unwrap_or_default(), list(candidates)
    )]
    UnknownBinary {
        /// The function.
        function: String,
        /// The package.
        package: String,
        /// The name that was asked for.
        bin: Option<String>,
        /// The binaries that it has.
        candidates: Vec<String>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// The package has several binaries and none was chosen.
    #[error(
        "function `{function}`: package `{package}` has several binaries ({}), and one must be chosen",
        list(candidates)
    )]
    AmbiguousBinary {
        /// The function.
        function: String,
        /// The package.
        package: String,
        /// The binaries that it has.
        candidates: Vec<String>,
    },
    /// This machine has nothing that builds for the architecture.
    #[error(
        "this machine ({host}) has nothing that builds for Lambda on {architecture}. tried {}",
        missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    NoToolchain {
        /// The architecture that is wanted.
        architecture: FunctionArchitecture,
        /// The triple of the Rust compiler.
        host: String,
        /// What was tried.
        missing: Vec<MissingTool>,
    },
    /// This machine's processor is none that Lambda has.
    #[error("functions run locally on x86_64 and arm64, and this machine is {}", std::env::consts::ARCH)]
    UnsupportedHost,
    /// Cargo is told to build for the processor of this machine.
    #[error(
        "{place} has Cargo build for this machine's own processor (`target-cpu=native`), whose instructions Lambda's may lack"
    )]
    NativeProcessor {
        /// The variable or file that says so.
        place: String,
    },
    /// Cargo failed.
    #[error("`{command}` failed:\n{output}")]
    Build {
        /// The command line.
        command: String,
        /// What Cargo wrote, without its progress.
        output: String,
    },
    /// Cargo succeeded and did not say where the program is.
    #[error("`{command}` succeeded and made no program `{bin}` of package `{package}`")]
    NoExecutable {
        /// The command line.
        command: String,
        /// The package.
        package: String,
        /// The binary.
        bin: String,
    },
    /// The last build left no program.
    #[error(
        "function `{function}` is not built; looked for {}",
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NotBuilt {
        /// The function.
        function: String,
        /// Where its program would be.
        paths: Vec<PathBuf>,
    },
    /// The program does not run where it should.
    #[error(
        "function `{function}`: {} cannot run {}: {}",
        path.display(), place(*purpose), problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Unfit {
        /// The function.
        function: String,
        /// The program, or the zip that has it.
        path: PathBuf,
        /// Where it should run.
        purpose: BuildPurpose,
        /// What is wrong with it.
        problems: Vec<ProgramProblem>,
        /// What would build it right but is not installed.
        missing: Vec<MissingTool>,
    },
    /// A file that somebody brought cannot be read.
    #[error("function `{function}`: cannot read {}: {source}", path.display())]
    Read {
        /// The function.
        function: String,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder that somebody brought has something that cannot be packed.
    #[error("function `{function}`: cannot pack {}: {reason}", path.display())]
    Folder {
        /// The function.
        function: String,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// A zip that somebody brought is none that Lambda can use.
    #[error("function `{function}`: Lambda cannot use {}: {problem}", path.display())]
    Zip {
        /// The function.
        function: String,
        /// The zip.
        path: PathBuf,
        /// Why not.
        problem: ZipProblem,
    },
    /// The zip cannot be made.
    #[error("function `{function}`: the zip cannot be made: {reason}")]
    Pack {
        /// The function.
        function: String,
        /// Why not.
        reason: String,
    },
    /// The content is larger than Lambda takes.
    #[error("function `{function}` has {bytes} bytes unzipped, and Lambda takes less than {UNZIPPED_LIMIT}")]
    UnzippedTooLarge {
        /// The function.
        function: String,
        /// Its size.
        bytes: u64,
    },
    /// The zip is larger than Lambda takes directly.
    #[error("the zip of function `{function}` has {bytes} bytes, and Lambda takes at most {ZIP_LIMIT} directly")]
    ZipTooLarge {
        /// The function.
        function: String,
        /// Its size.
        bytes: u64,
    },
}

impl ArtifactError {
    /// Says what to do about the error.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Start { program, .. } if program.contains("cargo") || program.contains("rustc") => Some(
                "install Rust (https://rustup.rs), or bring a built function with `--artifact NAME=PATH`".to_owned(),
            ),
            Self::UnknownPackage { nearest, .. } | Self::UnknownBinary { nearest, .. } => {
                nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?"))
            }
            Self::AmbiguousBinary { candidates, .. } => {
                candidates.first().map(|first| format!("name it, for example `bin = \"{first}\"`"))
            }
            Self::NoToolchain { missing, .. } => {
                Some(format!("{}\nor bring a built function with `--artifact NAME=PATH`", commands(missing)?))
            }
            Self::NativeProcessor { .. } => Some(
                "take it out there, or override it with `RUSTFLAGS=\"-C target-cpu=x86-64-v3\"`: x86_64 functions have AVX2 on Lambda".to_owned(),
            ),
            Self::NotBuilt { .. } => {
                Some("`deployer build` builds it, and a command without `--no-build`; or bring it with `--artifact NAME=PATH`".to_owned())
            }
            Self::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Some(
                "build it first, or correct the path; with `package` instead of `artifact`, `deployer` builds it".to_owned(),
            ),
            Self::Unfit { problems, missing, purpose, .. } => unfit_hint(problems, missing, *purpose),
            Self::Zip { problem, .. } => zip_hint(problem),
            Self::UnzippedTooLarge { .. } | Self::ZipTooLarge { .. } => Some(
                "build it with a profile that has `opt-level = \"s\"`, `lto = \"fat\"` and `strip = true`".to_owned(),
            ),
            _ => None,
        }
    }
}

fn unfit_hint(problems: &[ProgramProblem], missing: &[MissingTool], purpose: BuildPurpose) -> Option<String> {
    let fatal = || problems.iter().filter(|problem| problem.is_fatal());
    if fatal().all(ProgramProblem::is_about_libc) && !missing.is_empty() {
        return Some(format!("{}\nand the next run builds it that way", commands(missing)?));
    }
    if fatal().all(ProgramProblem::is_about_libc) {
        let triple = match purpose {
            BuildPurpose::Lambda(architecture) => super::target::candidates(architecture)[0],
            BuildPurpose::Host => return None,
        };
        return Some(format!("build it with `cargo zigbuild --target {triple}.{}`", LAMBDA_GLIBC));
    }
    let triple = match purpose {
        BuildPurpose::Lambda(architecture) => format!(" --target {}", super::target::candidates(architecture)[0]),
        BuildPurpose::Host => String::new(),
    };
    fatal().find_map(|problem| match problem {
        ProgramProblem::Format { .. } => Some(format!(
            "build it with `cargo build --release{triple}`, or describe its `package` instead of an `artifact`: then `deployer` builds it"
        )),
        ProgramProblem::Machine { wanted, .. } => {
            Some(format!("build it for {wanted}, or set the function's `architecture` to what it is built for"))
        }
        ProgramProblem::Truncated { .. } | ProgramProblem::Damaged { .. } => Some("build or copy it again".to_owned()),
        _ => None,
    })
}

fn zip_hint(problem: &ZipProblem) -> Option<String> {
    match problem {
        ZipProblem::NotExecutable { .. } | ZipProblem::NoModes => Some(
            "`chmod 755 bootstrap` and zip it again on Linux or macOS, or give the program itself instead of a zip"
                .to_owned(),
        ),
        ZipProblem::NoBootstrap { .. } => {
            Some("zip the file `bootstrap` without a folder, or give the program itself instead of a zip".to_owned())
        }
        _ => None,
    }
}

/// Returns one line for each build that the commands of a missing tool make possible.
fn commands(missing: &[MissingTool]) -> Option<String> {
    let ways = missing.iter().filter(|missing| !missing.install.is_empty());
    let lines: Vec<_> = ways.map(|missing| format!("  {}", missing.install.join(" && "))).collect();
    let start = if lines.len() > 1 { "install one of these:" } else { "install it:" };
    (!lines.is_empty()).then(|| format!("{start}\n{}", lines.join("\n")))
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn place(purpose: BuildPurpose) -> String {
    match purpose {
        BuildPurpose::Lambda(architecture) => format!("on Lambda (provided.al2023, {architecture})"),
        BuildPurpose::Host => "on this machine".to_owned(),
    }
}

//! Finds out what this machine has for building: the [`BuildToolchain`] that [`target::decide`] works on.

use super::architecture::FunctionArchitecture;
use super::error::ArtifactError;
use super::target;
use super::target::{BuildToolchain, Linker};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Looks for everything that can build for `architecture` from `workspace_dir`.
///
/// # Errors
/// When the Rust compiler does not run.
pub async fn find_toolchain(
    workspace_dir: &Path,
    architecture: FunctionArchitecture,
) -> Result<BuildToolchain, ArtifactError> {
    let zigbuild = on_path("cargo-zigbuild") || in_cargo_home("cargo-zigbuild");
    // A program that takes a tenth of a second to start is not worth asking when its answer changes nothing.
    let zig = async { zigbuild && zig().await };
    let sysroot = rustc(workspace_dir, &["--print", "sysroot"]);
    let (host, sysroot, zig) = futures::join!(host(workspace_dir), sysroot, zig);
    let (host, sysroot) = (host?, sysroot?);
    let targets = installed_targets(Path::new(sysroot.trim()));
    let linkers = target::candidates(architecture).into_iter();
    let linkers = linkers.filter_map(|triple| Some((triple.to_owned(), linker(workspace_dir, triple, &host)?)));
    Ok(BuildToolchain { linkers: linkers.collect::<BTreeMap<_, _>>(), zigbuild, zig, targets, host })
}

/// Returns the triple of the compiler, which is what it builds for unless it is told otherwise.
///
/// # Errors
/// When the Rust compiler does not run.
pub async fn host(workspace_dir: &Path) -> Result<String, ArtifactError> {
    let version = rustc(workspace_dir, &["-vV"]).await?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(|host| host.trim().to_owned()).ok_or_else(|| ArtifactError::Compiler {
        reason: format!("`rustc -vV` does not name its host: {}", version.trim()),
    })
}

async fn rustc(workspace_dir: &Path, arguments: &[&str]) -> Result<String, ArtifactError> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(arguments)
        .current_dir(workspace_dir)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| ArtifactError::Start { program: rustc.to_string_lossy().into_owned(), source })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(ArtifactError::Compiler { reason })
    }
}

/// Lists the installed targets: those whose folder in the sysroot has libraries.
fn installed_targets(sysroot: &Path) -> BTreeSet<String> {
    let Ok(folders) = std::fs::read_dir(sysroot.join("lib/rustlib")) else {
        return BTreeSet::new();
    };
    let names = folders.filter_map(|folder| {
        let folder = folder.ok()?;
        let mut libraries = std::fs::read_dir(folder.path().join("lib")).ok()?;
        let std =
            libraries.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-")));
        std.then(|| folder.file_name().into_string().ok()).flatten()
    });
    names.collect()
}

fn linker(workspace_dir: &Path, triple: &str, host: &str) -> Option<Linker> {
    if env::var_os(target::linker_variable(triple)).is_some() || configured(workspace_dir, triple) {
        return Some(Linker::Configured);
    }
    let found = target::compilers(triple, host).into_iter().find(|program| on_path(program))?;
    // Rust's musl targets link with the machine's own `cc`; `musl-gcc` is there for the C code of dependencies, and
    // they find it by its name.
    Some(if found == "musl-gcc" { Linker::Implied } else { Linker::Found(found.to_owned()) })
}

/// Tells whether one of Cargo's configuration files names a linker for the triple.
fn configured(workspace_dir: &Path, triple: &str) -> bool {
    let names_linker = |(_, config): (_, toml::Table)| config.get("target")?.get(triple)?.get("linker").map(|_| ());
    configurations(workspace_dir).any(|file| names_linker(file).is_some())
}

/// Returns where Cargo is told to build for this machine's own processor, whose instructions Lambda's may lack. As with Cargo the
/// environment counts before the files, and in these a target's flags before those of all builds ("build.rustflags").
pub fn native_processor(workspace_dir: &Path, triple: &str) -> Option<String> {
    let by_target = format!("CARGO_TARGET_{}_RUSTFLAGS", triple.to_uppercase().replace('-', "_"));
    let variables = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"].map(str::to_owned);
    let set = |name: &String| env::var(name).ok();
    if let Some(name) = variables.iter().find(|name| set(name).is_some()) {
        return set(name).filter(|flags| says_native(flags)).map(|_| name.clone());
    }
    if let Some(flags) = set(&by_target) {
        return says_native(&flags).then_some(by_target);
    }
    let files: Vec<_> = configurations(workspace_dir).collect();
    let found = |of: &dyn Fn(&toml::Table) -> Vec<String>| {
        let all = files.iter().map(|(file, config)| (file, of(config).join(" ")));
        let all: Vec<_> = all.filter(|(_, flags)| !flags.is_empty()).collect();
        let native = all.iter().find(|(_, flags)| says_native(flags)).map(|(file, _)| file.display().to_string());
        (!all.is_empty()).then_some(native)
    };
    let of_target = found(&|config| {
        let targets = config.get("target").and_then(toml::Value::as_table).into_iter().flatten();
        let ours = targets.filter(|(name, _)| *name == triple || name.starts_with("cfg("));
        ours.flat_map(|(_, target)| flags(target.get("rustflags"))).collect()
    });
    let of_all = || match env::var("CARGO_BUILD_RUSTFLAGS") {
        Ok(flags) => Some(says_native(&flags).then(|| "CARGO_BUILD_RUSTFLAGS".to_owned())),
        Err(_) => found(&|config| flags(config.get("build").and_then(|build| build.get("rustflags")))),
    };
    of_target.or_else(of_all).flatten()
}

fn flags(value: Option<&toml::Value>) -> Vec<String> {
    match value {
        Some(toml::Value::String(flags)) => vec![flags.clone()],
        Some(toml::Value::Array(flags)) => flags.iter().filter_map(|flag| Some(flag.as_str()?.to_owned())).collect(),
        _ => Vec::new(),
    }
}

fn says_native(flags: &str) -> bool {
    // Cargo separates encoded flags by this character.
    flags.split([' ', '\u{1f}']).any(|flag| flag.trim_start_matches("-C") == "target-cpu=native")
}

/// Reads Cargo's configuration files, the nearest first; those that are broken are passed over: Cargo says so.
fn configurations(workspace_dir: &Path) -> impl Iterator<Item = (PathBuf, toml::Table)> + use<> {
    let workspace_dir = std::path::absolute(workspace_dir).unwrap_or_else(|_| workspace_dir.to_owned());
    let folders: Vec<_> = workspace_dir.ancestors().map(|folder| folder.join(".cargo")).chain(cargo_home()).collect();
    let files = folders.into_iter().flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    files.filter_map(|file| {
        let config = std::fs::read_to_string(&file).ok()?.parse().ok()?;
        Some((file, config))
    })
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// Looks for a subcommand in the folder where Cargo finds its own even when it is not on the `PATH`.
fn in_cargo_home(program: &str) -> bool {
    cargo_home().is_some_and(|home| is_program(&home.join("bin"), program.as_ref()))
}

fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| is_program(&folder, program.as_ref())))
}

fn is_program(folder: &Path, program: &OsStr) -> bool {
    let mut file = folder.join(program).into_os_string();
    file.push(env::consts::EXE_SUFFIX);
    Path::new(&file).is_file()
}

/// Looks for Zig where `cargo zigbuild` looks for it.
async fn zig() -> bool {
    if env::var_os("CARGO_ZIGBUILD_ZIG_PATH").is_some() || on_path("zig") {
        return true;
    }
    let python = Command::new("python3")
        .args(["-m", "ziglang", "version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    python.await.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_target_counts_when_its_standard_library_is_there() {
        let sysroot = tempfile::tempdir().expect("temporary folder");
        for file in ["lib/rustlib/a-b-c/lib/libstd-0123.rlib", "lib/rustlib/d-e-f/lib/other", "lib/rustlib/etc/x"] {
            let file = sysroot.path().join(file);
            fs::create_dir_all(file.parent().expect("folder")).expect("writable");
            fs::write(file, "").expect("writable");
        }
        assert_eq!(installed_targets(sysroot.path()), BTreeSet::from(["a-b-c".to_owned()]));
        assert_eq!(installed_targets(&sysroot.path().join("nowhere")), BTreeSet::new());
    }

    #[test]
    fn a_configured_linker_is_found_from_below_and_broken_files_are_passed_over() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let below = folder.path().join("workspace");
        fs::create_dir_all(below.join(".cargo")).expect("writable");
        fs::create_dir_all(folder.path().join(".cargo")).expect("writable");
        fs::write(below.join(".cargo/config.toml"), "not toml [").expect("writable");
        let triple = "test-unknown-linux-gnu";
        assert!(!configured(&below, triple));
        let config = format!("[target.{triple}]\nlinker = \"some-gcc\"\n");
        fs::write(folder.path().join(".cargo/config.toml"), config).expect("writable");
        assert!(configured(&below, triple));
        assert!(!configured(&below, "other-unknown-linux-gnu"));
    }

    #[test]
    fn a_build_for_this_machines_processor_is_found() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (workspace, triple) = (folder.path().join("workspace"), "test-unknown-linux-gnu");
        let write = |at: &Path, config: &str| {
            fs::create_dir_all(at.join(".cargo")).expect("writable");
            fs::write(at.join(".cargo/config.toml"), config).expect("writable");
        };
        let native = || {
            native_processor(&workspace, triple).map(|place| place.replace(&folder.path().display().to_string(), ""))
        };
        write(folder.path(), "[build]\nrustflags = [\"-C\", \"target-cpu=native\"]\n");
        write(&workspace, "[build]\njobs = 2\n");
        assert_eq!(native().as_deref(), Some("/.cargo/config.toml"));
        write(&workspace, &format!("[target.{triple}]\nrustflags = \"-C opt-level=3\"\n"));
        assert_eq!(native(), None, "a target's flags count before those of all builds");
        write(&workspace, "[target.'cfg(unix)']\nrustflags = \"-Ctarget-cpu=native\"\n");
        assert_eq!(native().as_deref(), Some("/workspace/.cargo/config.toml"));
        write(&workspace, "[target.other]\nrustflags = \"-Ctarget-cpu=native\"\n");
        write(folder.path(), "[build]\nrustflags = \"-C target-cpu=x86-64-v3\"\n");
        assert_eq!(native(), None);
    }

    #[tokio::test]
    async fn the_toolchain_of_this_machine_is_found() {
        let toolchain =
            find_toolchain(Path::new("."), FunctionArchitecture::X86_64).await.expect("rustc runs, it built this test");
        assert!(toolchain.targets.contains(&toolchain.host), "{toolchain:?}");
    }
}

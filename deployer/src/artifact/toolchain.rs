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
    let names_linker = |file: PathBuf| {
        let config = std::fs::read_to_string(file).ok()?.parse::<toml::Table>().ok()?;
        config.get("target")?.get(triple)?.get("linker").map(|_| ())
    };
    let workspace_dir = std::path::absolute(workspace_dir).unwrap_or_else(|_| workspace_dir.to_owned());
    let folders = workspace_dir.ancestors().map(|folder| folder.join(".cargo")).chain(cargo_home());
    let mut files = folders.flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    files.any(|file| names_linker(file).is_some())
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

    #[tokio::test]
    async fn the_toolchain_of_this_machine_is_found() {
        let toolchain =
            find_toolchain(Path::new("."), FunctionArchitecture::X86_64).await.expect("rustc runs, it built this test");
        assert!(toolchain.targets.contains(&toolchain.host), "{toolchain:?}");
    }
}

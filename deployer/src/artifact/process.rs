//! Cargo as a process.

use super::error::ArtifactError;
use std::ffi::OsString;
use std::path::Path;
use std::{env, io};
use tokio::process::Command;

/// Returns a command that starts Cargo in `folder`: the Cargo that started this process, if one did.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).kill_on_drop(true);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_about_this_process) {
            command.env_remove(name);
        }
    }
    // The small workspaces of the tests are built beside their manifests, wherever the tests themselves are built.
    #[cfg(test)]
    command.env_remove("CARGO_TARGET_DIR");
    command
}

/// Tells whether Cargo sets the variable for a process that it runs or tests. Build scripts that watch such a variable would run again
/// whenever this program is started by Cargo and when it is not.
fn is_about_this_process(variable: &str) -> bool {
    const NAMES: [&str; 8] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    const PREFIXES: [&str; 2] = ["CARGO_PKG_", "CARGO_BIN_EXE_"];
    NAMES.contains(&variable) || PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

/// Returns the error of a Cargo that does not start.
pub fn start_error(source: io::Error) -> ArtifactError {
    ArtifactError::Start { program: program().to_string_lossy().into_owned(), source }
}

fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::is_about_this_process;

    #[test]
    fn cargo_does_not_inherit_what_it_set_for_this_process() {
        for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_BIN_EXE_deployer", "OUT_DIR"] {
            assert!(is_about_this_process(variable), "{variable}");
        }
        for variable in ["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_PROFILE_RELEASE_LTO", "PATH"] {
            assert!(!is_about_this_process(variable), "{variable}");
        }
    }
}

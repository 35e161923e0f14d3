//! Makes the code of Lambda functions for tests.

use crate::program::built;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Writes the code of a function into `dir`: a program that starts and fails, which both Lambda and this machine can run, and a
/// file that tells `version` from other versions.
///
/// # Panics
/// If `dir` cannot be written.
pub fn write(dir: &Path, version: &str) {
    fs::create_dir_all(dir).expect("a directory in the sandbox");
    fs::write(dir.join("version.txt"), version).expect("a file in the sandbox");
    let program = dir.join("bootstrap");
    fs::write(&program, "#!/bin/sh\nexit 1\n").expect("a file in the sandbox");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("our own file");
    }
}

/// Returns the zip of the order function for this machine.
pub fn orders() -> &'static Path {
    static ZIP: OnceLock<PathBuf> = OnceLock::new();
    ZIP.get_or_init(|| zip("orders-under-test"))
}

/// Returns the zip of the function that expires old orders, for this machine.
pub fn expiry() -> &'static Path {
    static ZIP: OnceLock<PathBuf> = OnceLock::new();
    ZIP.get_or_init(|| zip("expiry-under-test"))
}

/// Returns the zip of the function that tells a queue of changes, for this machine.
pub fn outbox() -> &'static Path {
    static ZIP: OnceLock<PathBuf> = OnceLock::new();
    ZIP.get_or_init(|| zip("outbox-under-test"))
}

/// Returns the zip of a function that tells its log of the records that it gets, `got A, B`, and fails where one says `fail`. The
/// changes of a table are told by the key `id`.
pub fn consumer() -> &'static Path {
    static ZIP: OnceLock<PathBuf> = OnceLock::new();
    ZIP.get_or_init(|| zip("consumer-under-test"))
}

/// Returns the zip of a program. It is made once for each build of the program, because to pack a debug build takes seconds.
fn zip(name: &str) -> PathBuf {
    let program = built(name);
    let made = fs::metadata(&program).and_then(|meta| meta.modified()).expect("a file has a time");
    let made = made.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let zip = program.with_file_name(format!("{name}-zip")).join(format!("{made}.zip"));
    if !zip.exists() {
        pack(&program, &zip);
    }
    zip
}

/// Packs a program into a zip with the `deployer` under test. The zip is renamed into place, because another test process may
/// make the same zip at the same time.
fn pack(program: &Path, zip: &Path) {
    let project = tempfile::tempdir().expect("a temporary directory");
    let description = format!("name = \"orders\"\n[function.api]\nartifact = {:?}\n", program.display().to_string());
    fs::write(project.path().join("deployer.toml"), description).expect("a file in a fresh directory");
    let output = Command::new(built("deployer-under-test"))
        .args(["build", "--local", "--zip", "."])
        .current_dir(project.path())
        .output()
        .expect("the program under test starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let dir = zip.parent().expect("a file has a directory");
    fs::create_dir_all(dir).expect("a directory beside the program");
    // Removes the zips of earlier builds.
    for old in fs::read_dir(dir).into_iter().flatten().flatten() {
        let _ = fs::remove_file(old.path());
    }
    let aside = zip.with_extension(format!("{}.tmp", std::process::id()));
    fs::copy(project.path().join("api.zip"), &aside).expect("the zip was made");
    fs::rename(&aside, zip).expect("a rename in one directory");
}

//! A Python environment below `target/` for moto, boto3 and other programs of other projects. It is made on first use.

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder of the project's Python scripts, with `requirements.txt`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/referee/python")
}

/// Returns the path of a program of the environment. The first test that needs the environment makes it, with everything in
/// `requirements.txt`, and makes it again when that file has changed.
///
/// # Panics
/// Without Python 3, or if the environment cannot be made: tests must fail rather than be skipped.
pub fn program(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let environment = target.join("venv");
    let (programs, made) = (environment.join("bin"), environment.join("requirements.txt"));
    fs::create_dir_all(&target).expect("target/ can be made");
    let lock = File::create(target.join("venv.lock")).expect("target/ can be written");
    lock.lock().expect("target/venv.lock can be locked");
    let requirements = folder().join("requirements.txt");
    let wanted = fs::read(&requirements).expect("the requirements are there");
    if fs::read(&made).ok().as_ref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        run(Command::new(programs.join("python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(requirements));
        fs::write(&made, wanted).expect("target/venv can be written");
    }
    programs.join(name)
}

/// Runs a command that must succeed.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("these tests need Python 3 with venv and pip, and {command:?} does not start: {error}")
    });
    assert!(
        output.status.success(),
        "these tests need Python 3 with venv and pip; {command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

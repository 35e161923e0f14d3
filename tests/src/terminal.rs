//! Runs `deployer` on a terminal and answers its questions. Python makes the terminal.

use crate::program::RunningProgram;
use crate::{ProgramOutput, Sandbox};
use serde_json::json;
use std::process::Command;

const SCRIPT: &str = include_str!("terminal.py");

/// Runs `deployer ARGS` on a terminal. For each pair of `answers`, in order, it waits until the program prints the first text and
/// types the second. The whole output is in `stdout`.
///
/// # Panics
/// If the program does not print one of the texts.
#[track_caller]
pub fn talk(sandbox: &Sandbox, args: &[&str], answers: &[(&str, &str)]) -> ProgramOutput {
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(json!(answers).to_string());
    let mut command = sandbox.launched(python, args);
    command.env("TERM", "xterm");
    let outcome = RunningProgram::start(command, args.join(" "), None).finish();
    assert!(!outcome.stderr.contains("it never said"), "{outcome}");
    outcome
}

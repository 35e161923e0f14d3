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
    let program = sandbox.command(args);
    let mut command = Command::new("python3");
    command.args(["-c", SCRIPT]).arg(json!(answers).to_string()).arg(program.get_program()).args(program.get_args());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(sandbox.project()).env("TERM", "xterm");
    let outcome = RunningProgram::start(command, args.join(" "), None).finish();
    assert!(!outcome.stderr.contains("it never said"), "{outcome}");
    outcome
}

//! `deployer` on a terminal, with somebody who answers its questions. Python makes the terminal.

use crate::program::Spawned;
use crate::{Outcome, Sandbox};
use serde_json::json;
use std::process::Command;

const SCRIPT: &str = include_str!("terminal.py");

/// Runs `deployer ARGS` on a terminal. Whenever it says the first text of a pair, the second is typed. What it says is in `stdout`.
///
/// # Panics
/// When it does not say one of the texts.
#[track_caller]
pub fn talk(sandbox: &Sandbox, args: &[&str], answers: &[(&str, &str)]) -> Outcome {
    let program = sandbox.command(args);
    let mut command = Command::new("python3");
    command.args(["-c", SCRIPT]).arg(json!(answers).to_string()).arg(program.get_program()).args(program.get_args());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(sandbox.project()).env("TERM", "xterm");
    let outcome = Spawned::start(command, args.join(" "), None).finish();
    assert!(!outcome.stderr.contains("it never said"), "{outcome}");
    outcome
}

//! `deployer completions`: a script for a shell.

use super::args;
use super::args::{CompletionsArgs, exit_code};
use super::failure::CommandFailure;
use crate::ui::Screen;

/// Runs the command.
pub fn run(args: &CompletionsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    screen.data(&args::completions(args.shell))?;
    Ok(exit_code::DONE)
}

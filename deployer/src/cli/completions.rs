//! `deployer completions`: a script for a shell.

use super::args;
use super::args::{Completions, code};
use super::failure::Failure;
use crate::ui::Screen;

/// Runs the command.
pub fn run(args: &Completions, screen: &Screen) -> Result<u8, Failure> {
    screen.data(&args::completions(args.shell))?;
    Ok(code::DONE)
}

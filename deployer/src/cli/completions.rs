//! `deployer completions`: a script for a shell.

use super::exit::exit_code;
use super::failure::CommandFailure;
use crate::ui::Screen;
use clap::{Args, Command};
use clap_complete::Shell;

/// `deployer completions`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer completions bash > ~/.local/share/bash-completion/completions/deployer
  deployer completions fish > ~/.config/fish/completions/deployer.fish
  deployer completions zsh > ~/.zfunc/_deployer")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Runs the command.
pub fn run(args: &CompletionsArgs, mut program: Command, screen: &Screen) -> Result<u8, CommandFailure> {
    screen.data(&script(args.shell, &mut program))?;
    Ok(exit_code::DONE)
}

/// Returns the completion script of a program for a shell.
fn script(shell: Shell, program: &mut Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, program, "deployer", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::command_line::CliArgs;
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn scripts_know_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell, &mut CliArgs::command());
            assert!(script.contains("detailed-exitcode") && script.contains("outputs"), "{shell}");
        }
    }
}

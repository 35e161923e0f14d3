//! `deployer completions`: a script for a shell, and the answers that the script asks for.

use super::command_line::CliArgs;
use super::exit::exit_code;
use super::failure::CommandFailure;
use crate::error::Error;
use crate::ui::Screen;
use clap::{Args, CommandFactory};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use std::env;
use std::ffi::OsString;

/// The variable by which a script asks. Not clap's own, `COMPLETE`, which others may have set for something else.
const VARIABLE: &str = "DEPLOYER_COMPLETE";

/// `deployer completions`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The script asks the program for what can follow, so that it completes the stages, functions, tables,
schedules and outputs of the stack too. Let the shell make it anew when it starts:

Examples:
  echo 'source <(deployer completions bash)' >> ~/.bashrc
  echo 'source <(deployer completions zsh)' >> ~/.zshrc          below `compinit`
  echo 'deployer completions fish | source' >> ~/.config/fish/config.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// Runs the command.
pub fn run(args: &CompletionsArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    screen.data(&script(args.shell)?)?;
    Ok(exit_code::DONE)
}

/// Answers the script of a shell, where it is a script that asks; tells whether it was.
///
/// # Errors
/// When the variable names no shell that is known.
pub fn answer(args: &[OsString]) -> Result<bool, clap::Error> {
    CompleteEnv::with_factory(CliArgs::command)
        .var(VARIABLE)
        .try_complete(args.iter().cloned(), env::current_dir().ok().as_deref())
}

/// Returns the completion script for a shell.
fn script(shell: Shell) -> Result<String, Error> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let completer = shells.completer(&name).ok_or_else(|| Error::internal(format!("no completions for {name}")))?;
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "deployer", "deployer", "deployer", &mut script)
        .map_err(|error| Error::internal(format!("no completions for {name}: {error}")))?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn there_is_a_script_for_each_shell() {
        for shell in Shell::value_variants() {
            let script = script(*shell).expect("it is known");
            assert!(script.contains(VARIABLE) && script.contains("deployer"), "{shell}: {script}");
        }
    }
}

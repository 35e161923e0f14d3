//! `deployer man`: the manual pages, made from the commands themselves.

use super::exit::exit_code;
use super::failure::CommandFailure;
use crate::error::Error;
use crate::ui::Screen;
use clap::{Args, Command, ValueHint};
use std::path::PathBuf;
use std::{fs, io};

/// `deployer man`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer man | man -l -                                   read the page of the program
  deployer man --out ~/.local/share/man/man1                one page for each command: `man deployer-up`")]
pub struct ManArgs {
    /// Write the pages of all commands into this folder, instead of the program's to stdout
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// Runs the command. `program` is the whole command line.
pub fn run(args: &ManArgs, program: Command, screen: &Screen) -> Result<u8, CommandFailure> {
    // A page about asking for help says nothing.
    let program = program.disable_help_subcommand(true);
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page).map_err(|error| unwritten(&error, "stdout"))?;
        screen.data(&String::from_utf8_lossy(&page))?;
        return Ok(exit_code::DONE);
    };
    let shown = folder.display().to_string();
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(program, folder))
        .map_err(|error| unwritten(&error, &shown))?;
    screen.note(&format!("the pages are in {shown}"));
    Ok(exit_code::DONE)
}

fn unwritten(error: &io::Error, place: &str) -> Error {
    Error::io(format!("the manual pages could not be written to {place}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::CliArgs;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    fn program() -> Command {
        CliArgs::command().disable_help_subcommand(true)
    }

    /// The names of the pages of a command and of all below it.
    fn pages(command: &Command, name: &str, out: &mut BTreeSet<String>) {
        out.insert(format!("{name}.1"));
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            pages(below, &format!("{name}-{}", below.get_name()), out);
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_options() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        clap_mangen::generate_to(program(), folder.path()).expect("pages");
        let written: BTreeSet<_> = fs::read_dir(folder.path())
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        let mut expected = BTreeSet::new();
        pages(&program(), "deployer", &mut expected);
        assert_eq!(written, expected);
        let up = fs::read_to_string(folder.path().join("deployer-up.1")).expect("a page");
        assert!(up.starts_with(".ie") && up.contains("deployer\\-up") && up.contains("\\-\\-delete\\-data"), "{up}");
    }
}

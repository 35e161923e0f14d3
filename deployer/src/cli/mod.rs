//! The commands, one file each. A command reads its arguments, lets the engine work and gives what came out to `ui`.

pub mod args;
mod backup;
mod build;
mod code;
mod completions;
mod consent;
mod down;
mod failure;
mod import_terraform;
mod invoke;
mod local;
mod logs;
mod openapi;
mod outputs;
mod plan;
mod policy;
mod restore;
mod run;
mod schedule;
mod signals;
mod status;
mod target;
mod up;
mod validate;

use crate::ui::{ColorWhen, Format, Screen};
use args::{Cli, Command, code as exit};
use failure::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program: reads the command line, does what it says, shows the outcome.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(shown) => return ExitCode::from(shown.show(&Screen::detect(Format::Human, ColorWhen::Auto, false))),
    };
    let screen = Screen::detect(cli.global.output, cli.global.color, cli.global.verbose);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.errors(
                &[crate::error::Error::new("io", format!("the program could not start: {error}"))],
                exit::FAILED,
            );
            return ExitCode::from(exit::FAILED);
        }
    };
    let code = match runtime.block_on(dispatch(&cli, &screen)) {
        Ok(code) => code,
        Err(failure) => failure.show(&screen),
    };
    // A thread that still waits for standard input must not keep the process.
    runtime.shutdown_background();
    ExitCode::from(code)
}

async fn dispatch(cli: &Cli, screen: &Screen) -> Result<u8, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Up(args) => up::run(global, args, screen).await,
        Command::Plan(args) => plan::run(global, args, screen).await,
        Command::Status(args) => status::run(global, args, screen).await,
        Command::Outputs(args) => outputs::run(global, args, screen).await,
        Command::Openapi => openapi::run(global, screen).await,
        Command::Validate => validate::run(global, screen),
        Command::Down(args) => down::run(global, args, screen).await,
        Command::Backup(args) => backup::run(global, args, screen).await,
        Command::Restore(args) => restore::run(global, args, screen).await,
        Command::Logs(args) => logs::run(global, args, screen).await,
        Command::Invoke(args) => invoke::run(global, args, screen).await,
        Command::Schedule(args) => schedule::run(global, args, screen).await,
        Command::Policy(args) => policy::run(global, args, screen),
        Command::Build(args) => build::run(global, args, screen).await,
        Command::Local(args) => local::run(global, args, screen).await,
        Command::ImportTerraform(args) => import_terraform::run(global, args, screen).await,
        Command::Completions(args) => completions::run(args, screen),
    }
}

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

use crate::ui::{ColorWhen, OutputFormat, Screen};
use args::{CliArgs, CliCommand, exit_code};
use failure::CommandFailure;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program: reads the command line, does what it says, shows the outcome.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(shown) => return ExitCode::from(shown.show(&Screen::detect(OutputFormat::Human, ColorWhen::Auto, false))),
    };
    let screen = Screen::detect(cli.global.output, cli.global.color, cli.global.verbose);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen
                .errors(&[crate::error::Error::io(format!("the program could not start: {error}"))], exit_code::FAILED);
            return ExitCode::from(exit_code::FAILED);
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

async fn dispatch(cli: &CliArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let global = &cli.global;
    match &cli.command {
        CliCommand::Up(args) => up::run(global, args, screen).await,
        CliCommand::Plan(args) => plan::run(global, args, screen).await,
        CliCommand::Status(args) => status::run(global, args, screen).await,
        CliCommand::Outputs(args) => outputs::run(global, args, screen).await,
        CliCommand::Openapi => openapi::run(global, screen).await,
        CliCommand::Validate => validate::run(global, screen),
        CliCommand::Down(args) => down::run(global, args, screen).await,
        CliCommand::Backup(args) => backup::run(global, args, screen).await,
        CliCommand::Restore(args) => restore::run(global, args, screen).await,
        CliCommand::Logs(args) => logs::run(global, args, screen).await,
        CliCommand::Invoke(args) => invoke::run(global, args, screen).await,
        CliCommand::Schedule(args) => schedule::run(global, args, screen).await,
        CliCommand::Policy(args) => policy::run(global, args, screen),
        CliCommand::Build(args) => build::run(global, args, screen).await,
        CliCommand::Local(args) => local::run(global, args, screen).await,
        CliCommand::ImportTerraform(args) => import_terraform::run(global, args, screen).await,
        CliCommand::Completions(args) => completions::run(args, screen),
    }
}

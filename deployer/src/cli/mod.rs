//! The commands, one file each. A command reads its arguments, lets the engine work and gives what came out to `ui`.

mod backup;
mod build;
mod candidates;
mod code;
mod command;
mod command_line;
mod completions;
mod consent;
mod dev;
mod down;
mod exit;
mod failure;
mod global;
mod graph;
mod import_terraform;
mod init;
mod invoke;
mod local;
mod local_requests;
mod local_states;
mod log_stream;
mod logs;
mod man;
mod metrics;
mod openapi;
mod outputs;
#[cfg(test)]
mod pages;
mod plan;
mod policy;
mod queue;
mod restore;
mod run;
mod schedule;
mod schema;
mod signals;
mod status;
mod target;
mod up;
mod validate;
mod value;

use crate::ui::{ColorWhen, OutputFormat, Screen};
use clap::CommandFactory;
use exit::exit_code;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program: reads the command line, does what it says, shows the outcome.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    match completions::answer(&args) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => error.exit(),
    }
    let cli = match command_line::parse(args) {
        Ok(cli) => cli,
        Err(shown) => return ExitCode::from(shown.show(&Screen::detect(OutputFormat::Human, ColorWhen::Auto, false))),
    };
    let screen =
        Screen::detect(cli.global.output, cli.global.color, cli.global.verbose).repeating(cli.global.repeated.clone());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen
                .errors(&[crate::error::Error::io(format!("the program could not start: {error}"))], exit_code::FAILED);
            return ExitCode::from(exit_code::FAILED);
        }
    };
    if cli.command.begins_by_reading() {
        signals::say_that_nothing_changed(screen.clone());
    }
    let code = match runtime.block_on(cli.command.run(&cli.global, command_line::CliArgs::command, &screen)) {
        Ok(code) => code,
        Err(failure) => failure.show(&screen),
    };
    // A thread that still waits for standard input must not keep the process.
    runtime.shutdown_background();
    ExitCode::from(code)
}

//! The command line: what can be asked for, and the help. Pure: nothing is read but the arguments and, where the help says
//! so, the environment.

mod overview;
#[cfg(test)]
mod tests;

use super::command::CliCommand;
use super::exit::EarlyExit;
use super::global::GlobalArgs;
use crate::ui::{OutputFormat, RepeatedOptions};
use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().effects(Effects::BOLD))
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// Puts a serverless service on AWS from one TOML file, and keeps it as described
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "deployer",
    version,
    styles = STYLES,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
Every run reads the live state from AWS and changes only what differs from the description. There is
no state file; an interrupted run is finished by the next.

Examples:
  deployer up --local           try the stack on this machine, without an account
  deployer plan                 show what would change
  deployer up                   create or update everything that is described
  deployer outputs endpoint     print where the API answers
  deployer down                 remove it all; tables that hold data stay

Exit codes: 0 done, 1 failed, 2 differences (only with --detailed-exitcode), 130 interrupted."
)]
pub struct CliArgs {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// Reads the command line, and `DEPLOYER_CONFIG` and `DEPLOYER_STAGE` for what it does not name; the first argument is the
/// program.
///
/// # Errors
/// What is to be shown instead of running a command: the help or the version, or what is wrong with the arguments.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<CliArgs, EarlyExit> {
    parse_with(args, |name| std::env::var_os(name))
}

fn parse_with(
    args: impl IntoIterator<Item = OsString>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<CliArgs, EarlyExit> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut cli = CliArgs::try_parse_from(&args).map_err(|error| EarlyExit::from_clap(overview(error, &args)))?;
    let is_of_cloud = matches!(cli.command, CliCommand::Local(_));
    complete(&mut cli.global, is_of_cloud, lookup)
        .and_then(|()| check(&cli))
        .map_err(|(kind, message)| EarlyExit::from_clap(CliArgs::command().error(kind, message)))?;
    Ok(cli)
}

/// Returns the help of the program itself with its commands in groups, and anything else as it is.
fn overview(error: clap::Error, args: &[OsString]) -> clap::Error {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    let names_command = |arg: &OsString| {
        let command = CliArgs::command();
        arg.to_str().is_some_and(|arg| command.find_subcommand(arg).is_some())
    };
    if !is_help || args.iter().skip(1).any(names_command) {
        return error;
    }
    let is_short = !args.iter().any(|arg| arg == "--help" || arg == "help");
    overview::grouped(CliArgs::command(), is_short).try_get_matches_from(args).err().unwrap_or(error)
}

/// Fills in what only the environment names. An empty variable is as good as none, which clap would take for an empty value. A command
/// that is about the embedded cloud acts there without being told so; what it suggests has to be told.
fn complete(
    global: &mut GlobalArgs,
    is_of_cloud: bool,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<(), (ErrorKind, String)> {
    let place = GlobalArgs { local: global.local || is_of_cloud, ..global.clone() }.place();
    global.repeated = RepeatedOptions::new(place, CliCommand::deaf_to());
    let variable = |name| lookup(name).filter(|value| !value.is_empty());
    if global.json {
        global.output = OutputFormat::Json;
    }
    if global.config.is_none() {
        global.config = variable("DEPLOYER_CONFIG").map(PathBuf::from);
    }
    if let (None, Some(stage)) = (&global.stage, variable("DEPLOYER_STAGE")) {
        let stage = stage.into_string().map_err(|stage| {
            let message = format!("DEPLOYER_STAGE is not UTF-8: {}", stage.display());
            (ErrorKind::InvalidUtf8, message)
        })?;
        global.stage = Some(stage);
    }
    Ok(())
}

/// Checks the rules between options. Global options may stand on either side of the command, where clap does not compare them.
fn check(cli: &CliArgs) -> Result<(), (ErrorKind, String)> {
    let global = &cli.global;
    if !crate::local::IS_BUILT_IN && (global.local || matches!(cli.command, CliCommand::Local(_))) {
        let message = "this deployer was built without the embedded cloud: install one that has it, with \
                       `cargo install --path deployer` and without `--no-default-features`";
        return Err((ErrorKind::InvalidValue, message.to_owned()));
    }
    if global.local && global.endpoint_url.is_some() {
        let message = "--local and --endpoint-url exclude each other: both say where to act";
        return Err((ErrorKind::ArgumentConflict, message.to_owned()));
    }
    if global.local && global.profile.is_some() {
        let message = "--local and --profile exclude each other: the embedded cloud needs no credentials";
        return Err((ErrorKind::ArgumentConflict, message.to_owned()));
    }
    let misplaced = match global.output {
        OutputFormat::Human | OutputFormat::Json => None,
        OutputFormat::Markdown if matches!(cli.command, CliCommand::Plan(_)) => None,
        OutputFormat::Markdown => Some(("markdown", "plan")),
        _ if matches!(cli.command, CliCommand::Graph(_)) => None,
        OutputFormat::Mermaid => Some(("mermaid", "graph")),
        OutputFormat::Dot => Some(("dot", "graph")),
        OutputFormat::Svg if matches!(cli.command, CliCommand::Metrics(_)) => None,
        OutputFormat::Svg => Some(("svg", "graph` and `metrics")),
    };
    if let Some((format, command)) = misplaced {
        let message = format!("--output {format} is for `{command}` alone: use `human` or `json`");
        return Err((ErrorKind::ValueValidation, message));
    }
    if let Some(code) = cli.command.code() {
        let mut seen = BTreeSet::new();
        if let Some(twice) = code.artifacts.iter().find(|artifact| !seen.insert(&artifact.function)) {
            let message = format!("--artifact names the function `{}` twice: give it one path", twice.function);
            return Err((ErrorKind::ValueValidation, message));
        }
    }
    Ok(())
}

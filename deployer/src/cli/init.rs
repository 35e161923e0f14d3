//! `deployer init`: a stack description for the Cargo project that is there, or a small project with one.

mod description;
mod package;
mod project;
mod workflow;

use self::description::{DESCRIPTION, NewDescription, SCHEMA};
use self::project::FoundProject;
use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::schema;
use crate::artifact::{CargoWorkspace, FunctionCandidate, FunctionLibrary, find_workspace};
use crate::error::Error;
use crate::kinds::sections;
use crate::stack;
use crate::stack::{DocumentDrift, StackSource};
use crate::ui::Screen;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// `deployer init`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
A function is a program that runs lambda_http, for requests, or lambda_runtime, for other events.
In a Cargo project its only such binary is taken. In a folder without one a small project is written.
No file that is there is changed.

Examples:
  deployer init                         the description, from what Cargo says of the project
  deployer init --bin shop-api          of several binaries, this one
  deployer init --table orders --ci github")]
pub struct InitArgs {
    /// Binary that becomes the function [default: the only one that uses lambda_http or lambda_runtime]
    #[arg(long, value_name = "BIN", value_parser = NonEmptyStringValueParser::new())]
    pub bin: Option<String>,
    /// Name of the stack [default: the package's name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Id of the table that the function may read and write [default: items]
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "no_table")]
    pub table: Option<String>,
    /// Describe no table
    #[arg(long)]
    pub no_table: bool,
    /// Write a workflow too: the plan on every pull request, `up` for what is merged
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub ci: Option<CiService>,
}

/// A service that runs workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CiService {
    /// GitHub Actions.
    Github,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &InitArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let folder = env::current_dir().map_err(|e| Error::io(format!("the current directory cannot be read: {e}")))?;
    if let Some(found) = existing() {
        return Err(Error::usage(format!("there is a stack description already: {}", found.display()))
            .hint("`deployer validate` checks it, `deployer plan` shows what it would do.")
            .into());
    }
    let mut files = BTreeMap::new();
    let candidate = match find_workspace(&folder) {
        Some(manifest) => {
            let workspace = CargoWorkspace::load(&manifest).await?;
            let project = FoundProject { candidates: workspace.function_candidates(), folder: &folder };
            project.choose(args.bin.as_deref(), screen)?
        }
        None => {
            let name = package::name(&folder);
            files.extend(package::files(&name));
            FunctionCandidate { bin: name.clone(), package: name, folder, library: Some(FunctionLibrary::Http) }
        }
    };
    let table = (!args.no_table).then(|| args.table.as_deref().unwrap_or("items"));
    let description = NewDescription {
        stack: args.name.clone().unwrap_or_else(|| description::stack_name(&candidate.package)),
        region: global.region.as_deref(),
        candidate: &candidate,
        table,
    };
    let text = description.text();
    let source = StackSource { path: DESCRIPTION.into(), text: text.clone() };
    // A name or an id of the command line that the description may not have is told as `validate` would.
    stack::check(source, None, &sections(), DocumentDrift::Refused)?;
    files.insert(DESCRIPTION.to_owned(), text);
    files.insert(SCHEMA.to_owned(), schema::text());
    if args.ci == Some(CiService::Github) {
        files.insert(workflow::PATH.to_owned(), workflow::text(workflow::INSTALL, global.region.as_deref()));
    }
    write(&files)?;
    let next = next_steps(description.has_api());
    screen.answer(
        |_| {
            let mut out = String::new();
            for path in files.keys() {
                let _ = writeln!(out, "wrote {path}");
            }
            let _ = writeln!(out, "\nNext:");
            for (command, what) in &next {
                let _ = writeln!(out, "  {command:<48}{what}");
            }
            out
        },
        || json!({"written": files.keys().collect::<Vec<_>>(), "package": candidate.package, "bin": candidate.bin, "next": next.iter().map(|(command, _)| command).collect::<Vec<_>>()}),
    )?;
    Ok(exit_code::DONE)
}

/// Returns the stack description of this folder. Another program's only file in `config/` is none.
fn existing() -> Option<PathBuf> {
    let found = stack::find(None, None, Path::new("")).ok()?;
    let table: toml::Table = fs::read_to_string(&found).ok()?.parse().unwrap_or_default();
    let is_ours = sections().iter().any(|section| table.contains_key(section.name));
    (is_ours || found == Path::new(DESCRIPTION)).then_some(found)
}

/// Returns the commands that one would run next, and what each is for.
fn next_steps(has_api: bool) -> Vec<(&'static str, &'static str)> {
    let call = if has_api {
        ("curl \"$(deployer outputs endpoint --local)/\"", "call it")
    } else {
        ("deployer invoke function --local", "call it")
    };
    vec![
        ("deployer up --local", "run it on this machine: no account, no costs"),
        call,
        ("deployer plan", "see what `deployer up` would put on AWS"),
    ]
}

/// Writes all the files, or none when one of them is there.
fn write(files: &BTreeMap<String, String>) -> Result<(), Error> {
    let taken: Vec<_> = files.keys().filter(|path| Path::new(path).symlink_metadata().is_ok()).cloned().collect();
    if !taken.is_empty() {
        return Err(Error::usage(format!("already there: {}; nothing was written", taken.join(", ")))
            .hint("Move it away, or begin in another folder."));
    }
    for (path, text) in files {
        let io = |e: std::io::Error| Error::io(format!("cannot write {path}: {e}"));
        if let Some(folder) = Path::new(path).parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        fs::write(path, text).map_err(io)?;
    }
    Ok(())
}

//! `deployer backup`: on-demand backups, and items in a file.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::signal;
use super::target::StartPolicy;
use super::value::FileOrStdio;
use super::{candidates, target, value};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::kinds::{ResourceRef, StepContext, backup, named, transfer};
use crate::ui::transfer::amount;
use crate::ui::{Screen, backups, target as shown};
use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCandidates;
use futures::future::join_all;
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::{fs, io};
use tempfile::NamedTempFile;
use tokio::io::AsyncWrite;

/// `deployer backup`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum BackupArgs {
    /// Make an on-demand backup
    Create(BackupCreate),
    /// List the backups of the stack's tables
    List(BackupList),
    /// Write the items of a table as JSON Lines
    Export(BackupExport),
}

/// `deployer backup create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
AWS keeps a backup, and charges for it, until somebody deletes it; it outlives its table.

Examples:
  deployer backup create
  deployer backup create orders --output json | jq -r '.[].arn'")]
pub struct BackupCreate {
    /// Tables of the stack, by id or name [default: all that are described]
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::tables))]
    pub tables: Vec<String>,
}

/// `deployer backup list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer backup list
  deployer backup list Orders-old       of a table that is gone, by its name")]
pub struct BackupList {
    /// Tables by id or name, including deleted ones [default: all that are described]
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::tables))]
    pub tables: Vec<String>,
}

/// `deployer backup export`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The form is that of AWS's own export to S3: {\"Item\":{\"order_id\":{\"S\":\"1\"}}}. What is written
while the export runs may be in it or not. A file is there when it is complete, or not at all.

Examples:
  deployer backup export orders --to orders.jsonl
  deployer backup export orders | gzip > orders.jsonl.gz")]
pub struct BackupExport {
    /// Table of the stack, by id or name
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::tables))]
    pub table: String,
    /// File to write, or - for stdout
    #[arg(long, value_name = "FILE", default_value_t, allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = OsStringValueParser::new().try_map(value::channel))]
    pub to: FileOrStdio,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &BackupArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    match args {
        BackupArgs::Create(args) => create(global, args, screen).await,
        BackupArgs::List(args) => list(global, args, screen).await,
        BackupArgs::Export(args) => export(global, args, screen).await,
    }
}

/// Backs up all tables at the same time. What succeeded is shown also when another one failed.
async fn create(global: &GlobalArgs, args: &BackupCreate, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let places = places(named::described(&stack), &args.tables, |text| named::any_table(&stack, text))?;
    let session = target::session(global, stack, StartPolicy::No).await?;
    screen.say(&shown::render(&engine::target(&session).await?, screen.verbose, &screen.err));
    let made = join_all(places.iter().map(|place| async {
        let cx = StepContext::silent(&session, place);
        named::observed(&cx).await?;
        backup::create(&cx).await.map_err(|failure| Error::from(failure).fact("table", &place.name))
    }));
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for result in made.await {
        match result {
            Ok(backup) => done.push(backup),
            Err(error) => errors.push(error),
        }
    }
    if done.is_empty() && !errors.is_empty() {
        return Err(errors.into());
    }
    screen.answer(|look| backups::render(&done, look), || &done)?;
    if errors.is_empty() {
        return Ok(exit_code::DONE);
    }
    // Stdout has the answer already, whatever its form.
    screen.complain(&errors);
    Ok(exit_code::FAILED)
}

async fn list(global: &GlobalArgs, args: &BackupList, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let places = places(named::described(&stack), &args.tables, |text| named::any_table(&stack, text))?;
    // Backups outlive the stack: after `down` the embedded cloud is asleep and still has them.
    let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
    let lists =
        join_all(places.iter().map(|place| async { backup::list(&StepContext::silent(&session, place)).await }));
    let mut all = Vec::new();
    for (place, list) in places.iter().zip(lists.await) {
        let list = list.map_err(|error| Error::from(error).fact("table", &place.name))?;
        if list.is_empty() {
            screen.note(&format!("there is no backup of table {}", place.name));
        }
        all.extend(list);
    }
    screen.answer(|look| backups::render(&all, look), || &all)?;
    Ok(exit_code::DONE)
}

/// Returns the tables that are named, each once, or all that are described.
fn places(
    described: Vec<ResourceRef>,
    names: &[String],
    find: impl Fn(&str) -> ResourceRef,
) -> Result<Vec<ResourceRef>> {
    let mut out: Vec<ResourceRef> = Vec::new();
    for place in names.iter().map(|name| find(name)) {
        if !out.contains(&place) {
            out.push(place);
        }
    }
    match (out.is_empty(), described.is_empty()) {
        (false, _) => Ok(out),
        (true, false) => Ok(described),
        (true, true) => Err(Error::usage("the stack has no tables").hint("Name one, or describe one: `[table.ID]`.")),
    }
}

async fn export(global: &GlobalArgs, args: &BackupExport, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let place = named::any_table(&stack, &args.table);
    let session = target::session(global, stack, StartPolicy::No).await?;
    let cx = StepContext::silent(&session, &place);
    let moved = transfer::TransferCount::default();
    let work = async {
        named::observed(&cx).await?;
        match &args.to {
            FileOrStdio::Standard => {
                let mut out = tokio::io::stdout();
                write(&cx, &mut out, &moved, screen, !io::stdout().is_terminal()).await
            }
            FileOrStdio::File(path) => to_file(&cx, path, &moved, screen).await,
        }
    };
    let ended = tokio::select! {
        out = work => Some(out),
        () = signal() => None,
    };
    let amount = amount(moved.items.get(), moved.bytes.get());
    let interrupted = || Err(Error::interrupted("the export was interrupted: it is not complete"));
    let result = ended.unwrap_or_else(interrupted).map_err(|error| match moved.items.get() {
        0 => error,
        _ => error.fact("exported so far", &amount),
    });
    let exit_code = match &result {
        Ok(()) => exit_code::DONE,
        Err(error) if error.kind == ErrorKind::Interrupted => exit_code::INTERRUPTED,
        Err(_) => exit_code::FAILED,
    };
    match (&args.to, result) {
        // Stdout has the items: nothing else goes there, whatever the form of answers.
        (FileOrStdio::Standard, Ok(())) => screen.note(&format!("exported {amount} of table {}", place.name)),
        (FileOrStdio::Standard, Err(error)) => screen.complain(&[error]),
        (FileOrStdio::File(path), Ok(())) => screen.answer(
            |_| {
                screen.note(&format!("exported {amount} of table {} to {}", place.name, path.display()));
                String::new()
            },
            || json!({"table": place.name, "file": path.display().to_string(), "items": moved.items.get(), "bytes": moved.bytes.get()}),
        )?,
        (FileOrStdio::File(path), Err(error)) => {
            screen.errors(&[error.fact("file", format!("{} was not written", path.display()))], exit_code);
        }
    }
    Ok(exit_code)
}

async fn write(
    cx: &StepContext<'_>,
    out: &mut (impl AsyncWrite + Unpin),
    moved: &transfer::TransferCount,
    screen: &Screen,
    shown: bool,
) -> Result<()> {
    // Items that scroll by are progress enough.
    let progress = shown.then(|| screen.transfer(&format!("exporting {}", cx.place.name)));
    let tell = || {
        if let Some(progress) = &progress {
            progress.tell(moved.items.get(), moved.bytes.get());
        }
    };
    Ok(transfer::export(cx, out, moved, &tell).await?)
}

/// Writes the items of a table into a file. Until it is complete the file has another name in the same folder, and is removed
/// when this process ends early. Only its owner can read it, because it holds the users' data.
async fn to_file(cx: &StepContext<'_>, path: &Path, moved: &transfer::TransferCount, screen: &Screen) -> Result<()> {
    let failed = |error: &io::Error| cannot(&path.display().to_string(), error);
    // What is no file, such as a pipe or a device, is written to and not replaced; a link stays a link.
    let path = match fs::metadata(path) {
        Ok(there) if there.is_file() => &fs::canonicalize(path).map_err(|error| failed(&error))?,
        Ok(there) if there.is_dir() => return Err(failed(&io::ErrorKind::IsADirectory.into())),
        Ok(_) => {
            let mut out = tokio::fs::OpenOptions::new().write(true).open(path).await.map_err(|error| failed(&error))?;
            return write(cx, &mut out, moved, screen, true).await;
        }
        Err(_) => path,
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let partial = NamedTempFile::new_in(dir).map_err(|error| failed(&error))?;
    let file = partial.reopen().map_err(|error| failed(&error))?;
    let mut out = tokio::fs::File::from_std(file);
    write(cx, &mut out, moved, screen, true).await?;
    out.sync_all().await.map_err(|error| failed(&error))?;
    partial.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

fn cannot(what: &str, error: &io::Error) -> Error {
    Error::io(format!("{what} cannot be written: {error}"))
}

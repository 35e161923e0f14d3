//! `deployer local snapshot` and `deployer local reset`: the items of a stage's tables, kept under a name, brought back, or begun anew.
//!
//! A snapshot is a folder with a file for each table, in the form of `backup export`. Everything here is about the tables of one stage of
//! one stack: what else the embedded cloud holds is not touched.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::signal;
use super::target::StartPolicy;
use super::{target, up, value};
use crate::error::{Error, Result};
use crate::kinds::{ResourceRef, RunSession, StepContext, emptying, item_file, named, seed, transfer};
use crate::stack::{Stack, project_dir};
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use crate::ui::{Screen, measure, text};
use crate::{engine, local};
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// `deployer local snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LocalSnapshot {
    /// Keep the items of the stage's tables under a name
    Save(SnapshotSave),
    /// Put the items of a snapshot in place of those that are there
    Load(SnapshotLoad),
    /// List the snapshots of the stage
    List,
}

/// `deployer local snapshot save`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
A snapshot has the items of all tables of the stage, in the form of `backup export`, below `.deployer/snapshots/`. What is
written meanwhile may be in it or not.

Examples:
  deployer local snapshot save before-migration
  deployer local snapshot save demo --replace --stage dev")]
pub struct SnapshotSave {
    /// Name: letters, digits, - and _
    #[arg(value_name = "NAME", value_parser = value::snapshot_name)]
    pub name: String,
    /// Replace a snapshot of this name
    #[arg(long)]
    pub replace: bool,
}

/// `deployer local snapshot load`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
A table that the snapshot does not have stays as it is, and so does every other stage. After an interruption the same
command goes on.

Examples:
  deployer local snapshot load before-migration
  deployer local snapshot load demo --yes --stage dev")]
pub struct SnapshotLoad {
    /// Name of the snapshot
    #[arg(value_name = "NAME", value_parser = value::snapshot_name)]
    pub name: String,
    /// Replace items without asking
    #[arg(long, short)]
    pub yes: bool,
}

/// `deployer local reset`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The tables of the stage are emptied; those with `seed = \"FILE\"` get its items. Resources, logs and the clock stay, and so does
every other stage.

Examples:
  deployer local reset
  deployer local snapshot save mine && deployer local reset --yes")]
pub struct LocalReset {
    /// Delete items without asking
    #[arg(long, short)]
    pub yes: bool,
}

/// Runs `deployer local snapshot`.
pub(super) async fn snapshot(global: &GlobalArgs, args: &LocalSnapshot, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    match args {
        LocalSnapshot::Save(args) => save(global, stack, args, screen).await,
        LocalSnapshot::Load(args) => load(global, stack, args, screen).await,
        LocalSnapshot::List => list(&stack, screen),
    }
}

/// Runs `deployer local reset`.
pub(super) async fn reset(global: &GlobalArgs, args: &LocalReset, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let tables = described(&stack)?;
    seed::check(&stack, &tables).await?;
    let session = session(global, stack).await?;
    let about = format!("The items of {} are deleted.", names(&session, &tables));
    agree(args.yes, screen, &session, &tables, &about).await?;
    let work = async {
        let mut done = BTreeMap::new();
        for place in &tables {
            let deleted = empty(&session, place, screen).await?;
            let seeded = seed::plant(&session, place).await?;
            done.insert(&place.name, json!({"deleted": deleted, "seeded": seeded}));
            let seeded = seeded.map(|items| format!(", {} put in", items_text(items))).unwrap_or_default();
            screen.note(&format!("table {}: {} deleted{seeded}", place.name, items_text(deleted)));
        }
        Ok(done)
    };
    let done = until_signal(work, "Run the same command again to go on.").await?;
    screen.answer(|_| String::new(), || json!({"tables": done}))?;
    Ok(exit_code::DONE)
}

async fn save(global: &GlobalArgs, stack: Stack, args: &SnapshotSave, screen: &Screen) -> Result<u8, CommandFailure> {
    let tables = described(&stack)?;
    let (all, dir) = (folder(&stack), folder(&stack).join(&args.name));
    if dir.exists() && !args.replace {
        return Err(Error::usage(format!("there is a snapshot {} already", args.name))
            .hint("Choose another name, or replace it: --replace.")
            .into());
    }
    let session = session(global, stack).await?;
    let failed = |error: io::Error| Error::io(format!("{} cannot be written: {error}", dir.display()));
    fs::create_dir_all(&all).map_err(failed)?;
    // It has its name when it is complete, or not at all. Nobody else reads it: it holds what the tables hold.
    let partial = tempfile::Builder::new().prefix(".partial-").tempdir_in(&all).map_err(failed)?;
    let work = async {
        let mut done = BTreeMap::new();
        for place in &tables {
            let cx = StepContext::silent(&session, place);
            named::observed(&cx).await?;
            let file = fs::File::create_new(partial.path().join(file_name(place))).map_err(failed)?;
            let mut out = tokio::fs::File::from_std(file);
            let moved = transfer::TransferCount::default();
            let progress = screen.transfer(&format!("exporting {}", place.name));
            let tell = || progress.tell(moved.items.get(), moved.bytes.get());
            transfer::export(&cx, &mut out, &moved, &tell).await?;
            out.sync_all().await.map_err(failed)?;
            done.insert(&place.name, moved.items.get());
        }
        Ok(done)
    };
    let done = until_signal(work, "Nothing was kept.").await?;
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(failed)?;
    }
    fs::rename(partial.keep(), &dir).map_err(failed)?;
    let items = done.values().sum();
    screen.answer(
        |_| {
            screen.note(&format!("snapshot {} of {} has {}", args.name, names(&session, &tables), items_text(items)));
            String::new()
        },
        || json!({"snapshot": args.name, "stage": session.stack.stage, "tables": done}),
    )?;
    Ok(exit_code::DONE)
}

async fn load(global: &GlobalArgs, stack: Stack, args: &SnapshotLoad, screen: &Screen) -> Result<u8, CommandFailure> {
    let dir = folder(&stack).join(&args.name);
    if !dir.is_dir() {
        let mut error = Error::usage(format!("stage {} has no snapshot {}", stack.stage, args.name));
        if let Some(near) = crate::stack::nearest(&args.name, kept(&stack).iter().map(String::as_str)) {
            error = error.hint(format!("Did you mean {near}?"));
        }
        return Err(error.hint("`deployer local snapshot list` lists them.").into());
    }
    let described = described(&stack)?;
    let session = session(global, stack).await?;
    let mut tables = Vec::new();
    for place in described {
        let file = dir.join(file_name(&place));
        if !file.exists() {
            screen.note(&format!("table {} is not in the snapshot: it stays as it is", place.name));
            continue;
        }
        let table = named::observed(&StepContext::silent(&session, &place)).await?;
        item_file::check(&file, &table.spec).await.map_err(|error| error.hint("Nothing was changed."))?;
        tables.push(place);
    }
    if tables.is_empty() {
        return Err(Error::usage(format!("snapshot {} has none of the tables that are described", args.name)).into());
    }
    let about = format!("Snapshot {} takes the place of the items of {}.", args.name, names(&session, &tables));
    agree(args.yes, screen, &session, &tables, &about).await?;
    let work = async {
        let mut done = BTreeMap::new();
        for place in &tables {
            empty(&session, place, screen).await?;
            let cx = StepContext::silent(&session, place);
            let table = named::observed(&cx).await?;
            let file = dir.join(file_name(place));
            let from = file.display().to_string();
            let lines = transfer::ItemLines::new(item_file::open(&file).await?, &from, &table.spec);
            let moved = transfer::TransferCount::default();
            let progress = screen.transfer(&format!("importing into {}", place.name));
            transfer::import(&cx, lines, &moved, &|| progress.tell(moved.items.get(), moved.bytes.get())).await?;
            done.insert(&place.name, moved.items.get());
        }
        Ok(done)
    };
    let done = until_signal(work, "Run the same command again to go on.").await?;
    let items = done.values().sum();
    screen.answer(
        |_| {
            screen.note(&format!("{} put into {}", items_text(items), names(&session, &tables)));
            String::new()
        },
        || json!({"snapshot": args.name, "stage": session.stack.stage, "tables": done}),
    )?;
    Ok(exit_code::DONE)
}

fn list(stack: &Stack, screen: &Screen) -> Result<u8, CommandFailure> {
    let names = kept(stack);
    if names.is_empty() {
        screen.note(&format!("stage {} has no snapshots", stack.stage));
    }
    screen.answer(
        |_| names.iter().map(|name| format!("{}\n", text::clean(name))).collect::<String>(),
        || json!({"stage": stack.stage, "snapshots": names}),
    )?;
    Ok(exit_code::DONE)
}

/// Returns where the snapshots of a stage are.
fn folder(stack: &Stack) -> PathBuf {
    let data = local::data_dir(&project_dir(&stack.path));
    // Names of stacks and stages have no characters that a path would take for something else.
    [Path::new("snapshots"), Path::new(&stack.name), Path::new(&stack.stage)]
        .iter()
        .fold(data, |dir, part| dir.join(part))
}

/// Lists the snapshots of a stage, in the order of their names.
fn kept(stack: &Stack) -> Vec<String> {
    let entries = fs::read_dir(folder(stack)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| value::snapshot_name(name).is_ok())
        .collect();
    names.sort();
    names
}

fn file_name(place: &ResourceRef) -> String {
    format!("{}.jsonl", place.id.name)
}

fn described(stack: &Stack) -> Result<Vec<ResourceRef>> {
    let tables = named::described(stack);
    if tables.is_empty() { Err(Error::usage("the stack has no tables")) } else { Ok(tables) }
}

/// Connects to the embedded cloud, whatever else the options say.
async fn session(global: &GlobalArgs, stack: Stack) -> Result<RunSession, CommandFailure> {
    let global = GlobalArgs { local: true, profile: None, endpoint_url: None, ..global.clone() };
    let session = target::session(&global, stack, StartPolicy::IfNeeded).await?;
    engine::target(&session).await?;
    Ok(session)
}

/// Asks before items are lost, unless that is agreed to or there are none.
async fn agree(
    yes: bool,
    screen: &Screen,
    session: &RunSession,
    tables: &[ResourceRef],
    about: &str,
) -> Result<(), CommandFailure> {
    let mut holds = false;
    for place in tables {
        let cx = StepContext::silent(session, place);
        named::observed(&cx).await?;
        holds |= transfer::holds(&cx).await.map_err(Error::from)?;
    }
    if yes || up::ci() || !holds {
        return Ok(());
    }
    match screen.ask(ConfirmQuestion::YesNo(&format!("{about} Go on?"))) {
        ConfirmAnswer::Yes => Ok(()),
        ConfirmAnswer::No => Err(CommandFailure::Declined("Nothing was changed.")),
        ConfirmAnswer::NotATerminal => Err(up::nobody_to_ask("delete items")),
    }
}

/// Deletes the items of a table. Returns how many.
async fn empty(session: &RunSession, place: &ResourceRef, screen: &Screen) -> Result<u64> {
    let cx = StepContext::silent(session, place);
    let table = named::observed(&cx).await?;
    let moved = transfer::TransferCount::default();
    let progress = screen.transfer(&format!("emptying {}", place.name));
    emptying::empty(&cx, &table.spec, &moved, &|| progress.tell(moved.items.get(), 0)).await?;
    Ok(moved.items.get())
}

async fn until_signal<T>(work: impl Future<Output = Result<T>>, hint: &str) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = signal() => Err(Error::interrupted("it was interrupted, and is not complete").hint(hint)),
    }
}

/// Words which tables are meant, with their stage.
fn names(session: &RunSession, tables: &[ResourceRef]) -> String {
    let names: Vec<_> = tables.iter().map(|place| place.name.as_str()).collect();
    let tables = if names.len() == 1 { "table" } else { "tables" };
    format!("{tables} {} (stage {})", names.join(", "), session.stack.stage)
}

fn items_text(items: u64) -> String {
    measure::count(usize::try_from(items).unwrap_or(usize::MAX), "item")
}

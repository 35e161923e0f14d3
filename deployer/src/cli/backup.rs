//! `deployer backup`: on-demand backups, and items in a file.

use super::args::{Backup as Args, BackupCreate, BackupExport, BackupList, Channel, Global, code};
use super::failure::Failure;
use super::signals::signal;
use super::target;
use super::target::Start;
use crate::engine;
use crate::error::{Error, Result};
use crate::kinds::{Cx, Place, backup, named, transfer};
use crate::ui::transfer::amount;
use crate::ui::{Screen, backups, error, target as shown};
use futures::future::join_all;
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::{fs, io};
use tempfile::NamedTempFile;
use tokio::io::AsyncWrite;

/// Runs the command.
pub async fn run(global: &Global, args: &Args, screen: &Screen) -> Result<u8, Failure> {
    match args {
        Args::Create(args) => create(global, args, screen).await,
        Args::List(args) => list(global, args, screen).await,
        Args::Export(args) => export(global, args, screen).await,
    }
}

/// Every table is backed up beside the others; what succeeded is shown also when another failed.
async fn create(global: &Global, args: &BackupCreate, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let places = places(named::described(&stack), &args.tables, |text| named::any_table(&stack, text))?;
    let session = target::session(global, stack, Start::No).await?;
    screen.say(&shown::render(&engine::target(&session).await?, screen.verbose, &screen.err));
    let made = join_all(places.iter().map(|place| async {
        let cx = Cx { session: &session, place, tell: &|_| () };
        named::live(&cx).await?;
        backup::create(&cx).await.map_err(|failure| Error::from(failure).fact("table", &place.name))
    }));
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for result in made.await {
        match result {
            Ok(backup) => done.push(backup),
            Err(error) => errors.push(error),
        }
    }
    match errors.is_empty() || !done.is_empty() {
        true => screen.answer(|look| backups::render(&done, look), || &done)?,
        false => return Err(errors.into()),
    }
    if errors.is_empty() {
        return Ok(code::DONE);
    }
    // Stdout has the answer already, whatever its form.
    screen.say(&error::render_all(&errors, &screen.err));
    Ok(code::FAILED)
}

async fn list(global: &Global, args: &BackupList, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let places = places(named::described(&stack), &args.tables, |text| named::any_table(&stack, text))?;
    // Backups outlive the stack: after `down` the embedded cloud is asleep and still has them.
    let session = target::session(global, stack, Start::IfNeeded).await?;
    let lists = join_all(
        places.iter().map(|place| async { backup::list(&Cx { session: &session, place, tell: &|_| () }).await }),
    );
    let mut all = Vec::new();
    for (place, list) in places.iter().zip(lists.await) {
        let list = list.map_err(|error| Error::from(error).fact("table", &place.name))?;
        if list.is_empty() {
            screen.note(&format!("there is no backup of table {}", place.name));
        }
        all.extend(list);
    }
    screen.answer(|look| backups::render(&all, look), || &all)?;
    Ok(code::DONE)
}

/// The tables that are named, each once, or all that are described.
fn places(described: Vec<Place>, names: &[String], find: impl Fn(&str) -> Place) -> Result<Vec<Place>> {
    let mut out: Vec<Place> = Vec::new();
    for place in names.iter().map(|name| find(name)) {
        if !out.contains(&place) {
            out.push(place);
        }
    }
    match (out.is_empty(), described.is_empty()) {
        (false, _) => Ok(out),
        (true, false) => Ok(described),
        (true, true) => {
            Err(Error::new("usage", "the stack has no tables").hint("Name one, or describe one: `[table.ID]`."))
        }
    }
}

async fn export(global: &Global, args: &BackupExport, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load(global, screen)?;
    let place = named::any_table(&stack, &args.table);
    let session = target::session(global, stack, Start::No).await?;
    let cx = Cx { session: &session, place: &place, tell: &|_| () };
    let moved = transfer::Moved::default();
    let work = async {
        named::live(&cx).await?;
        match &args.to {
            Channel::Standard => {
                let mut out = tokio::io::stdout();
                write(&cx, &mut out, &moved, screen, !io::stdout().is_terminal()).await
            }
            Channel::File(path) => to_file(&cx, path, &moved, screen).await,
        }
    };
    let ended = tokio::select! {
        out = work => Some(out),
        () = signal() => None,
    };
    let amount = amount(moved.items.get(), moved.bytes.get());
    let interrupted = || Err(Error::new("interrupted", "the export was interrupted: it is not complete"));
    let result = ended.unwrap_or_else(interrupted).map_err(|error| match moved.items.get() {
        0 => error,
        _ => error.fact("exported so far", &amount),
    });
    let exit_code = match &result {
        Ok(()) => code::DONE,
        Err(error) if error.kind == "interrupted" => code::INTERRUPTED,
        Err(_) => code::FAILED,
    };
    match (&args.to, result) {
        // Stdout has the items: nothing else goes there, whatever the form of answers.
        (Channel::Standard, Ok(())) => screen.note(&format!("exported {amount} of table {}", place.name)),
        (Channel::Standard, Err(error)) => screen.say(&error::render(&error, &screen.err)),
        (Channel::File(path), Ok(())) => screen.answer(
            |_| {
                screen.note(&format!("exported {amount} of table {} to {}", place.name, path.display()));
                String::new()
            },
            || json!({"table": place.name, "file": path.display().to_string(), "items": moved.items.get(), "bytes": moved.bytes.get()}),
        )?,
        (Channel::File(path), Err(error)) => {
            screen.errors(&[error.fact("file", format!("{} was not written", path.display()))], exit_code);
        }
    }
    Ok(exit_code)
}

async fn write(
    cx: &Cx<'_>,
    out: &mut (impl AsyncWrite + Unpin),
    moved: &transfer::Moved,
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

/// The file appears when it is complete; until then it has another name, beside it, and goes with this process. Only its owner can
/// read it: items are nobody else's business.
async fn to_file(cx: &Cx<'_>, path: &Path, moved: &transfer::Moved, screen: &Screen) -> Result<()> {
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
    Error::new("io", format!("{what} cannot be written: {error}"))
}

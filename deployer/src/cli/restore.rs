//! `deployer restore`: a table from a backup, or items from a file.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::signals::{listening, signal};
use super::target::StartPolicy;
use super::value::{BackupSource, FileOrStdio};
use super::{candidates, consent, run, target, value};
use crate::engine;
use crate::engine::{RunEvent, StackRun, StepAction, StopRequest};
use crate::error::{Error, Result};
use crate::kinds::{
    ResourceRef, RunSession, StepContext, TableKind, backup, item_file, kinds_with, named, restore, transfer,
};
use crate::ui::human::ShownParts;
use crate::ui::plan::PlanStyle;
use crate::ui::transfer::amount;
use crate::ui::{RunReporter, Screen, target as shown};
use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use clap::{Args, ValueHint};
use clap_complete::ArgValueCandidates;
use serde_json::json;
use tokio::io::{AsyncBufRead, BufReader};

/// `deployer restore`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
AWS restores a backup into a new table only: where the table exists, --to makes another one beside
it. The table is brought to its description as by `up`. After an interruption the same command
goes on.

Examples:
  deployer restore orders --from latest
  deployer restore orders --from arn:aws:dynamodb:… --to Orders-yesterday
  deployer restore orders --import orders.jsonl
  gunzip -c orders.jsonl.gz | deployer restore orders --import -")]
pub struct RestoreArgs {
    /// Table of the stack, by id or name
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::tables))]
    pub table: String,
    /// Make the table from this backup: its ARN, or `latest`
    #[arg(long, value_name = "BACKUP", required_unless_present = "import", conflicts_with = "import", value_parser = value::backup_source)]
    pub from: Option<BackupSource>,
    /// Name of the new table [default: the one that is described]
    #[arg(long, value_name = "NAME", conflicts_with = "import", value_parser = value::table_name)]
    pub to: Option<String>,
    /// Put the items of this file into the table, or of stdin with -, in the form of `backup export`
    #[arg(long, value_name = "FILE", allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = OsStringValueParser::new().try_map(value::channel))]
    pub import: Option<FileOrStdio>,
    /// Import into a table that holds items: those with the same key are replaced, the others stay
    #[arg(long, conflicts_with = "from")]
    pub overwrite: bool,
    /// Name the stage where `production = true` asks for it, before items are replaced
    #[arg(long, value_name = "STAGE", requires = "overwrite", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::stages))]
    pub confirm_stage: Option<String>,
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &RestoreArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    consent::stage_is(&stack, args.confirm_stage.as_deref())?;
    let place = named::table(&stack, &args.table)?;
    match (&args.from, &args.import) {
        (Some(source), _) => {
            let place = beside(&named::described(&stack), place, args.to.as_deref())?;
            let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
            let mut reporter = screen.reporter(ShownParts { plan: Some(PlanStyle::default()), verbose: false });
            match from_backup(&session, &place, source, reporter.as_mut()).await {
                Ok(code) => Ok(code),
                Err(failure) => run::abandon(failure, reporter.as_mut()),
            }
        }
        (None, Some(channel)) => {
            let session = target::session(global, stack, StartPolicy::IfNeeded).await?;
            import(args, &session, &place, channel, screen).await
        }
        (None, None) => Err(Error::usage("neither --from nor --import says what to restore").into()),
    }
}

/// Returns the place of the new table.
fn beside(described: &[ResourceRef], place: ResourceRef, to: Option<&str>) -> Result<ResourceRef> {
    let Some(name) = to else { return Ok(place) };
    match described.iter().find(|other| other.name == name && other.id != place.id) {
        Some(other) => Err(Error::usage(format!("--to names {name}, which is {}", other.id))
            .hint(format!("Give another name, or restore that table: `deployer restore {} --from …`.", other.id.name))),
        None => Ok(ResourceRef { name: name.to_owned(), ..place }),
    }
}

async fn from_backup(
    session: &RunSession,
    place: &ResourceRef,
    source: &BackupSource,
    reporter: &mut dyn RunReporter,
) -> Result<u8, CommandFailure> {
    let target = engine::target(session).await?;
    reporter.event(&RunEvent::Target(target.clone()));
    let backup = find(session, place, source).await?;
    restore::fits(&backup, &session.stack, &place.id.name)?;
    let wanted = restore::TableRestore { table: place.name.clone(), backup: backup.arn.clone() };
    let table = TableKind::restoring(wanted.clone());
    let kinds = kinds_with(&table);
    let stack_run = StackRun { kinds: &kinds, session };
    let (observed_stack, plan) = engine::plan_resource(stack_run, target, place).await?;
    for step in &plan.steps {
        if let (StepAction::Update { changes, .. }, Some(observed)) = (&step.action, observed_stack.found.get(place)) {
            restore::goes_on(&wanted, place, observed, changes)?;
        }
    }
    reporter.event(&RunEvent::Note {
        message: format!("backup of table {} from {}: {}", backup.table, backup.created, backup.arn),
    });
    reporter.event(&RunEvent::Planned(plan.clone()));
    let stop = StopRequest::default();
    let outcome = listening(
        &stop,
        engine::execute(stack_run, &observed_stack, &plan, &stop, &mut |event| reporter.event(&event)),
    )
    .await;
    run::finish(stack_run, outcome, stack_run.outputs(), reporter)
}

/// Returns the backup that is meant, which must be complete.
async fn find(session: &RunSession, place: &ResourceRef, source: &BackupSource) -> Result<backup::TableBackup> {
    // The newest backup of the table that is described, wherever it is restored to.
    let described = named::table(&session.stack, &place.id.name)?;
    let cx = StepContext::silent(session, &described);
    let arn = match source {
        BackupSource::Latest => backup::latest(&cx).await?.arn,
        BackupSource::Arn(arn) => arn.clone(),
    };
    let found = backup::describe(&cx, &arn).await?;
    match found.status.as_str() {
        "AVAILABLE" => Ok(found),
        status => Err(Error::refused(format!("the backup {arn} is {status}, not AVAILABLE"))
            .hint("Wait until it is complete: `deployer backup list` shows it.")),
    }
}

async fn import(
    args: &RestoreArgs,
    session: &RunSession,
    place: &ResourceRef,
    channel: &FileOrStdio,
    screen: &Screen,
) -> Result<u8, CommandFailure> {
    let target = engine::target(session).await?;
    screen.say(&shown::render(&target, screen.verbose, &screen.err));
    let cx = StepContext::silent(session, place);
    let table = named::observed(&cx).await?;
    if transfer::holds(&cx).await? {
        if !args.overwrite {
            return Err(Error::refused(format!("table {} holds items; nothing was written", place.name))
                .hint(
                    "With --overwrite the items of the file are put over those with the same key, and the others stay.",
                )
                .into());
        }
        let about = format!("Items of table {} are replaced.", place.name);
        consent::stage(screen, session, args.confirm_stage.as_deref(), &about)?;
    }
    let moved = transfer::TransferCount::default();
    let work = async {
        match channel {
            FileOrStdio::Standard => {
                let lines = transfer::ItemLines::new(BufReader::new(tokio::io::stdin()), "stdin", &table.spec);
                put(&cx, lines, &moved, screen).await
            }
            FileOrStdio::File(path) => {
                let from = path.display().to_string();
                // What is no file, such as a pipe, can be read once.
                if std::fs::metadata(path).is_ok_and(|there| there.is_file()) {
                    item_file::check(path, &table.spec).await?;
                }
                put(&cx, transfer::ItemLines::new(item_file::open(path).await?, &from, &table.spec), &moved, screen)
                    .await
            }
        }
    };
    let ended = tokio::select! {
        out = work => Some(out),
        () = signal() => None,
    };
    let (items, amount) = (moved.items.get(), amount(moved.items.get(), moved.bytes.get()));
    let again = "What is written stays. Run the same command with --overwrite to go on: an item that is written twice is one item.";
    match ended {
        Some(Err(error)) if items > 0 => return Err(error.fact("written", amount).hint(again).into()),
        Some(Err(error)) => return Err(error.hint("Nothing was written.").into()),
        None => {
            let error = Error::interrupted("the import was interrupted: it is not complete").fact("written", amount);
            screen.errors(&[error.hint(again)], exit_code::INTERRUPTED);
            return Ok(exit_code::INTERRUPTED);
        }
        Some(Ok(())) => screen.answer(
            |_| {
                screen.note(&format!("imported {amount} into table {}", place.name));
                String::new()
            },
            || json!({"table": place.name, "file": channel.to_string(), "items": items, "bytes": moved.bytes.get()}),
        )?,
    }
    Ok(exit_code::DONE)
}

async fn put<R: AsyncBufRead + Unpin>(
    cx: &StepContext<'_>,
    lines: transfer::ItemLines<'_, R>,
    moved: &transfer::TransferCount,
    screen: &Screen,
) -> Result<()> {
    let progress = screen.transfer(&format!("importing into {}", cx.place.name));
    transfer::import(cx, lines, moved, &|| progress.tell(moved.items.get(), moved.bytes.get())).await?;
    Ok(())
}

//! A table that is made from a backup. Everything after its making is what any table goes through: it is looked at until it is as
//! described.

use super::backup::TableBackup;
use super::block::{KeyAttribute, TableBlock};
use crate::aws::op;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::diff::FieldChange;
use crate::kinds::{ErasedResource, ResourceRef, StepContext, StepResult, WriteProgress};
use crate::stack::Stack;
use aws_sdk_dynamodb::types::TableDescription;

/// Private state of a live table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableState {
    /// ARN of the backup that the table was made from.
    pub restored_from: Option<String>,
}

/// The change without which a table is nobody's.
const UNTAGGED: &str = "tags.deployer:stack";

/// A table that is made from a backup instead of empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRestore {
    /// Name of the table.
    pub table: String,
    /// ARN of the backup.
    pub backup: String,
}

/// Begins the restore. AWS gives the new table neither tags nor time to live, recovery or protection ("Restoring a DynamoDB table from a backup").
pub(super) async fn start(cx: &StepContext<'_>, restore: &TableRestore) -> StepResult<WriteProgress> {
    let db = &cx.clients().dynamodb;
    cx.call(&op::RESTORE_TABLE_FROM_BACKUP, || {
        db.restore_table_from_backup().target_table_name(cx.name()).backup_arn(&restore.backup).send()
    })
    .await?;
    cx.exists();
    Ok(WriteProgress::Settling)
}

/// Returns which backup a live table was made from.
pub(super) fn source(table: &TableDescription) -> Option<&str> {
    table.restore_summary().and_then(|summary| summary.source_backup_arn())
}

/// Tells whose a table is: one that this restore made has no tags yet, but says which backup it came from.
pub(super) fn owner(restore: Option<&TableRestore>, table: &TableDescription, tagged: ResourceOwner) -> ResourceOwner {
    let made_here = restore.is_some_and(|restore| source(table) == Some(restore.backup.as_str()));
    if tagged == ResourceOwner::Nobody && made_here { ResourceOwner::Ours } else { tagged }
}

/// Checks that a table which is there already was begun by this restore and is not complete: then the restore goes on. Whoever asks
/// again for a table that was restored and used since means something else.
///
/// # Errors
/// `refused` when another table is there.
pub fn goes_on(
    restore: &TableRestore,
    place: &ResourceRef,
    observed: &ErasedResource,
    changes: &[FieldChange],
) -> Result<()> {
    let state = observed.state.get::<TableState>();
    let restored = state.and_then(|state| state.restored_from.as_ref()) == Some(&restore.backup);
    let half_done = observed.settling.is_some() || changes.iter().any(|change| change.path == UNTAGGED);
    if observed.owner == ResourceOwner::Ours && restored && half_done {
        return Ok(());
    }
    let ResourceRef { id, name } = place;
    let already = if restored { ", and was made from this backup" } else { "" };
    Err(Error::refused(format!(
        "table {name} exists{already}; AWS restores into a new table only, and nothing was changed"
    ))
    .fact("resource", id.to_string())
    .hint(format!("To restore it beside: `--to {name}-restored`. Give that as `name` in [{id}], and `deployer up` uses it instead."))
    .hint(format!("To put its items into {name}: restore it beside, `deployer backup export {name}-restored --to items.jsonl`, `deployer restore {} --import items.jsonl --overwrite`.", id.name)))
}

/// Tells whether a backup has the keys that the table is described with: they cannot be changed afterwards.
///
/// # Errors
/// `refused` when it has others.
pub fn fits(backup: &TableBackup, stack: &Stack, id: &str) -> Result<()> {
    let Some(block) = stack.get::<TableBlock>(id) else { return Ok(()) };
    let described: Vec<String> = std::iter::once(&block.partition_key)
        .chain(&block.sort_key)
        .map(|KeyAttribute { name, .. }| name.clone())
        .collect();
    if backup.keys == described {
        return Ok(());
    }
    Err(Error::refused(format!("the backup is of a table with other keys than table.{id} is described with"))
        .fact("backup", &backup.arn)
        .fact("keys of the backup", backup.keys.join(", "))
        .fact("keys in the stack description", described.join(", "))
        .hint("DynamoDB cannot change the keys of a table. Describe a table with the backup's keys under another id and restore into that."))
}

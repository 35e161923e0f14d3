//! A table that is made from a backup. Everything after its making is what any table goes through: it is looked at until it is as
//! described.

use super::TableBlock;
use super::backup::TableBackup;
use super::block::KeyAttribute;
use crate::aws::op;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{StepContext, StepResult, WriteProgress};
use crate::stack::Stack;
use aws_sdk_dynamodb::types::TableDescription;

/// Name of the output of a live table that says which backup it was made from.
pub const RESTORED_FROM: &str = "restored_from";

/// A table that is made from a backup instead of empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRestore {
    /// Name of the table.
    pub table: String,
    /// ARN of the backup.
    pub backup: String,
}

/// The restore that the session is about, when it is that of this table.
pub(super) fn of<'a>(cx: &StepContext<'a>) -> Option<&'a TableRestore> {
    cx.session.restore.as_ref().filter(|restore| restore.table == cx.name())
}

/// Begins it. AWS gives the new table neither tags nor time to live, recovery or protection ("Restoring a DynamoDB table from a backup").
pub(super) async fn start(cx: &StepContext<'_>, restore: &TableRestore) -> StepResult<WriteProgress> {
    let db = &cx.clients().dynamodb;
    cx.call(&op::RESTORE_TABLE_FROM_BACKUP, || {
        db.restore_table_from_backup().target_table_name(cx.name()).backup_arn(&restore.backup).send()
    })
    .await?;
    cx.exists();
    Ok(WriteProgress::Settling)
}

/// Which backup a live table was made from.
pub(super) fn source(table: &TableDescription) -> Option<&str> {
    table.restore_summary().and_then(|summary| summary.source_backup_arn())
}

/// Whose a table is: one that this restore made has no tags yet, but says which backup it came from.
pub(super) fn owner(cx: &StepContext<'_>, table: &TableDescription, tagged: ResourceOwner) -> ResourceOwner {
    let made_here = of(cx).is_some_and(|restore| source(table) == Some(restore.backup.as_str()));
    if tagged == ResourceOwner::Nobody && made_here { ResourceOwner::Ours } else { tagged }
}

/// Whether a backup has the keys that the table is described with: they cannot be changed afterwards.
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

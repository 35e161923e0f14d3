//! On-demand backups: made, found, described.

use crate::aws::call::backoff;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::Error;
use crate::kinds::{StepContext, StepResult};
use aws_sdk_dynamodb::types::{BackupDescription, BackupSummary, BackupTypeFilter};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

/// A backup of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableBackup {
    /// Name of the table that it was made of.
    pub table: String,
    /// Its own name; not unique.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// When it was made: RFC 3339 in UTC, to the second.
    pub created: String,
    /// `CREATING`, `AVAILABLE` or `DELETED`.
    pub status: String,
    /// `USER`, `SYSTEM` for what AWS keeps of a deleted table with point-in-time recovery, or `AWS_BACKUP` for that service's.
    #[serde(rename = "type")]
    pub kind: String,
    /// Size in bytes.
    pub bytes: Option<i64>,
    /// Items of the table at that time, as AWS counts them: up to six hours late. Unknown in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<i64>,
    /// Names of the key attributes, the partition key first. Unknown in lists.
    #[serde(skip)]
    pub keys: Vec<String>,
}

/// Most characters of a backup's name (CreateBackup).
const LONGEST_NAME: usize = 255;
/// How long a backup is waited for, and a table that cannot be backed up yet.
const PATIENCE: Duration = Duration::from_secs(600);

/// Makes a backup and waits until it is complete. It is named after the table and the second, so that a repetition after a lost answer
/// does not pile them up unseen.
///
/// # Errors
/// The failure of the call; `timeout` when the backup does not become complete.
pub async fn create(cx: &StepContext<'_>) -> StepResult<TableBackup> {
    let db = &cx.clients().dynamodb;
    let name = name(cx.name(), OffsetDateTime::now_utc());
    let started = Instant::now();
    let mut hurdles = 0;
    cx.waiting("a backup of its items");
    let answer = loop {
        match cx.call(&op::CREATE_BACKUP, || db.create_backup().table_name(cx.name()).backup_name(&name).send()).await {
            Ok(answer) => break answer,
            // A table that was just made, or one that another backup is made of: nothing was done.
            Err(error)
                if matches!(error.class, ErrorClass::NotYet | ErrorClass::Busy) && started.elapsed() < PATIENCE =>
            {
                hurdles += 1;
                sleep(backoff(hurdles)).await;
            }
            Err(error) => return Err(error.into()),
        }
    };
    let arn = answer.backup_details().map(|backup| backup.backup_arn().to_owned()).unwrap_or_default();
    let mut polls = 0;
    loop {
        let backup = describe(cx, &arn).await?;
        if backup.status != "CREATING" {
            return Ok(backup);
        }
        if started.elapsed() > PATIENCE {
            let waited = started.elapsed().as_secs();
            return Err(Error::timeout(format!("waited {waited} s for the backup {arn} to be complete"))
                .hint("AWS goes on with it: `deployer backup list` shows how it is.")
                .into());
        }
        polls += 1;
        sleep(backoff(polls)).await;
    }
}

fn name(table: &str, at: OffsetDateTime) -> String {
    let stamp = format!(
        "-{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    // A table's name is ASCII.
    let kept: String = table.chars().take(LONGEST_NAME - stamp.len()).collect();
    kept + &stamp
}

/// Reads one backup.
///
/// # Errors
/// `usage` when there is none with this ARN, else the failure of the call.
pub async fn describe(cx: &StepContext<'_>, arn: &str) -> StepResult<TableBackup> {
    let db = &cx.clients().dynamodb;
    let answer = cx.find(&op::DESCRIBE_BACKUP, || db.describe_backup().backup_arn(arn).send()).await?;
    answer.and_then(|answer| answer.backup_description).and_then(described).ok_or_else(|| {
        Error::usage(format!("there is no backup {arn} in {}", cx.session.aws.connection.region))
            .hint("`deployer backup list` shows those of the stack's tables.")
            .into()
    })
}

/// Reads every backup of the table, the newest first; of a table that is gone too.
///
/// # Errors
/// The failure of the call.
pub async fn list(cx: &StepContext<'_>) -> Result<Vec<TableBackup>, AwsError> {
    let db = &cx.clients().dynamodb;
    let pages = cx.pages(
        &op::LIST_BACKUPS,
        |after| {
            let request = db.list_backups().table_name(cx.name()).backup_type(BackupTypeFilter::All);
            request.set_exclusive_start_backup_arn(after).send()
        },
        |page| page.last_evaluated_backup_arn.clone(),
    );
    let summaries = pages.items(|page| page.backup_summaries.unwrap_or_default()).await?;
    let mut out: Vec<_> = summaries.iter().map(summarised).collect();
    out.sort_by(|a, b| (&b.created, &b.arn).cmp(&(&a.created, &a.arn)));
    Ok(out)
}

/// Reads the newest backup of the table that can be restored. AWS Backup restores its own itself.
///
/// # Errors
/// `usage` when there is none, else the failure of the call.
pub async fn latest(cx: &StepContext<'_>) -> StepResult<TableBackup> {
    let backups = list(cx).await?;
    backups.into_iter().find(|backup| backup.status == "AVAILABLE" && backup.kind != "AWS_BACKUP").ok_or_else(|| {
        Error::usage(format!(
            "there is no complete backup of table {} in {}",
            cx.name(),
            cx.session.aws.connection.region
        ))
        .hint("`deployer backup list NAME` shows those of a table that had another name.")
        .into()
    })
}

fn described(description: BackupDescription) -> Option<TableBackup> {
    let (details, source) = (description.backup_details?, description.source_table_details);
    let keys = source.as_ref().map(|source| source.key_schema()).unwrap_or_default();
    let mut keys: Vec<_> = keys.iter().map(|key| (key.key_type().as_str(), key.attribute_name().to_owned())).collect();
    keys.sort();
    Some(TableBackup {
        table: source.as_ref().map(|source| source.table_name().to_owned()).unwrap_or_default(),
        name: details.backup_name().to_owned(),
        arn: details.backup_arn().to_owned(),
        created: to_the_second(details.backup_creation_date_time()),
        status: details.backup_status().as_str().to_owned(),
        kind: details.backup_type().as_str().to_owned(),
        bytes: details.backup_size_bytes(),
        items: source.as_ref().and_then(|source| source.item_count()),
        // HASH comes before RANGE.
        keys: keys.into_iter().map(|(_, name)| name).collect(),
    })
}

fn summarised(summary: &BackupSummary) -> TableBackup {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    TableBackup {
        table: text(summary.table_name()),
        name: text(summary.backup_name()),
        arn: text(summary.backup_arn()),
        created: summary.backup_creation_date_time().map(to_the_second).unwrap_or_default(),
        status: text(summary.backup_status().map(|status| status.as_str())),
        kind: text(summary.backup_type().map(|kind| kind.as_str())),
        bytes: summary.backup_size_bytes(),
        items: None,
        keys: Vec::new(),
    }
}

fn to_the_second(at: &DateTime) -> String {
    DateTime::from_secs(at.secs()).fmt(Format::DateTime).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_too_long() {
        assert_eq!(name("Orders", OffsetDateTime::UNIX_EPOCH), "Orders-19700101T000000Z");
        assert_eq!(name(&"x".repeat(255), OffsetDateTime::UNIX_EPOCH).len(), 255);
    }
}

//! Tables of others: `[external.table.X]`.

use super::block::{KEY, KeyAttribute, NAME as NAME_RULE};
use super::named::{NAME, STREAM};
use super::read;
use super::spec::key_text;
use crate::aws::op;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{ResourceRef, RunSession, StepContext, StepError, external};
use crate::stack::{KeyDefinition, ValueShape, toml_block};
use aws_sdk_dynamodb::types::TableStatus;
use serde::Deserialize;
use serde_json::Value;

/// Tables of others by id, as a key of `[external]`.
pub const TABLES: KeyDefinition = external::sort(NAME, ExternalTable::ABOUT, &ValueShape::Table(ExternalTable::KEYS));

/// First half of the ids of tables of others.
pub const PLACE: &str = "external.table";

toml_block! {
    /// A table that others manage: for `tables` of functions, and references.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ExternalTable {
        /// Name of the table, in the account and region of the stack.
        pub name: String = ValueShape::Text(NAME_RULE).required().aws("DescribeTable TableName"),
        /// Its partition key, where another one is to be an error.
        pub partition_key: Option<KeyAttribute> = KEY.optional().aws("DescribeTable KeySchema"),
        /// Its sort key, where another one is to be an error.
        pub sort_key: Option<KeyAttribute> = KEY.optional().aws("DescribeTable KeySchema"),
    }
}

/// Tells whether a complete block fits the typed form.
///
/// # Errors
/// What does not fit.
pub fn fits(value: &Value) -> Result<(), serde_json::Error> {
    ExternalTable::deserialize(value).map(drop)
}

/// Looks at all of them, concurrently.
///
/// # Errors
/// One for each that is missing or different.
pub async fn look(session: &RunSession) -> Result<(), Vec<Error>> {
    let errors = external::faults(
        &session.stack,
        NAME,
        PLACE,
        |table: &ExternalTable| &table.name,
        async |table, place| look_at(session, &table, &place).await,
    )
    .await;
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

async fn look_at(session: &RunSession, table: &ExternalTable, place: &ResourceRef) -> Result<()> {
    let cx = StepContext::silent(session, place);
    let db = &cx.clients().dynamodb;
    let arn = session.arn_when_known().await.table(&table.name);
    let describe = cx.find(&op::DESCRIBE_TABLE, || db.describe_table().table_name(&table.name).send());
    let (answer, tags) = futures::join!(describe, read::tags(&cx, &arn));
    let denied = |error: StepError| Error::from(error).fact("resource", place.id.to_string());
    let found = answer.map_err(|error| denied(error.into()))?.and_then(|answer| answer.table);
    let found = found.filter(|found| found.table_status() != Some(&TableStatus::Deleting));
    let Some(found) = found else { return Err(external::missing(session, NAME, place)) };
    if session.owner(&tags.map_err(denied)?) == ResourceOwner::Ours {
        return Err(external::is_ours(session, NAME, place));
    }
    if let Some(stream) = read::stream(&found) {
        cx.publish(STREAM, stream);
    }
    let (partition_key, sort_key) = read::keys(found.key_schema(), found.attribute_definitions());
    let keys = [("partition key", &table.partition_key, Some(partition_key)), ("sort key", &table.sort_key, sort_key)];
    for (what, described, found) in keys {
        let Some(described) = described.as_ref().map(|key| key_text(&key.name, key.kind.word())) else { continue };
        if found.as_ref() != Some(&described) {
            let found = found.map_or_else(|| format!("has no {what}"), |found| format!("has the {what} {found}"));
            let why = format!("{found}, not {described} as described");
            let hint =
                "A table that others manage is used as it is: describe the key that it has, or name another table.";
            return Err(external::refused(session, NAME, place, &why, hint));
        }
    }
    Ok(())
}

//! DynamoDB tables.

pub mod backup;
mod block;
mod item;
pub mod named;
mod read;
pub mod restore;
mod spec;
pub mod transfer;
mod write;

pub use block::TableBlock;
pub use spec::{IndexSpec, TableSpec, include_text, key_parts, key_text};

use super::diff::SpecDiff;
use super::{
    DeclaredResource, DesiredScope, ObserveDetail, ObservedResource, ResourceKind, ResourceRef, StepContext,
    StepResult, WriteProgress, sweep, wanted_tags,
};
use crate::error::{Error, Result};
use crate::stack::{SectionDefinition, Stack};
use std::time::Duration;

/// First half of a table's id.
pub const NAME: &str = "table";

/// DynamoDB tables.
pub struct TableKind;

const KEYS_ARE_FIXED: &str = "DynamoDB cannot change the keys of a table. Nothing was changed. To migrate: describe a second table with the new keys under another id and `deployer up`; copy the items with `deployer backup export OLD --to items.jsonl` and `deployer restore NEW --import items.jsonl` (every item needs the new keys); point the functions at it; then remove the old block.";

impl ResourceKind for TableKind {
    type Spec = TableSpec;
    const NAME: &'static str = NAME;
    const FIXED: &'static [(&'static str, &'static str)] = &[
        ("partition_key", KEYS_ARE_FIXED),
        ("sort_key", KEYS_ARE_FIXED),
        (
            "local_index",
            "DynamoDB fixes local secondary indexes when the table is created. Nothing was changed. Use a global index (`[table.X.index.NAME]`), or migrate to a second table: describe it under another id, `deployer up`, `deployer backup export OLD --to items.jsonl`, `deployer restore NEW --import items.jsonl`.",
        ),
    ];

    /// Nothing may write to a table any more when it is looked at for the last time before it goes.
    const DELETED_AFTER: &'static [&'static str] = &["function"];
    /// An index takes 8 to 17 minutes to build even on an empty table, a large one hours.
    const PATIENCE: Duration = Duration::from_secs(4 * 3600);

    fn section(&self) -> Option<&'static SectionDefinition> {
        Some(&block::SECTION)
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        named::described(stack).into_iter().map(|place| DeclaredResource { place, needs: Vec::new() }).collect()
    }

    fn desire(&self, place: &ResourceRef, stack: &Stack, _: &DesiredScope<'_>) -> Result<Option<TableSpec>> {
        let block = stack
            .get::<TableBlock>(&place.id.name)
            .ok_or_else(|| Error::internal(format!("{} is not declared", place.id)))?;
        Ok(Some(TableSpec::of(&block, wanted_tags(stack, &block.tags, &place.id))))
    }

    /// An index that is removed, or whose keys or projection change: it is gone for as long as AWS builds it again.
    fn takes_away(&self, diff: &SpecDiff) -> bool {
        diff.iter().filter(|change| change.path.starts_with("index.") && !change.was.is_null()).any(|change| {
            let (_, last) = change.path.rsplit_once('.').unwrap_or_default();
            !["read_capacity", "write_capacity"].contains(&last)
        })
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<TableSpec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &StepContext<'_>, want: &TableSpec) -> StepResult<WriteProgress> {
        write::create(cx, want).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &TableSpec,
        live: &ObservedResource<TableSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, want, live, diff).await
    }

    async fn delete(&self, cx: &StepContext<'_>, live: &ObservedResource<TableSpec>) -> StepResult<WriteProgress> {
        write::delete(cx, live).await
    }

    async fn owned(&self, cx: &StepContext<'_>) -> StepResult<Vec<ResourceRef>> {
        sweep::places(cx, Self::NAME, read::name_of).await
    }
}

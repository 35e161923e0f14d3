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
pub use spec::{Index, Spec, include_text, key_parts, key_text};

use super::diff::Diff;
use super::{Acted, Cx, Declared, Kind, Live, Look, Place, Progress, Scope, sweep, wanted_tags};
use crate::error::{Error, Result};
use crate::stack::{Block, Section, Stack};
use std::time::Duration;

/// First half of a table's id.
pub const NAME: &str = "table";

/// DynamoDB tables.
pub struct Table;

impl Block for TableBlock {
    const SECTION: &'static str = "table";
}

const KEYS_ARE_FIXED: &str = "DynamoDB cannot change the keys of a table. Nothing was changed. To migrate: describe a second table with the new keys under another id and `deployer up`; copy the items with `deployer backup export OLD --to items.jsonl` and `deployer restore NEW --import items.jsonl` (every item needs the new keys); point the functions at it; then remove the old block.";

impl Kind for Table {
    type Spec = Spec;
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

    fn section(&self) -> Option<&'static Section> {
        Some(&block::SECTION)
    }

    fn declare(&self, stack: &Stack) -> Vec<Declared> {
        named::described(stack).into_iter().map(|place| Declared { place, needs: Vec::new() }).collect()
    }

    fn desire(&self, place: &Place, stack: &Stack, _: &Scope<'_>) -> Result<Option<Spec>> {
        let block = stack
            .get::<TableBlock>(&place.id.name)
            .ok_or_else(|| Error::new("internal", format!("{} is not declared", place.id)))?;
        Ok(Some(Spec::of(&block, wanted_tags(stack, &block.tags, &place.id))))
    }

    /// An index that is removed, or whose keys or projection change: it is gone for as long as AWS builds it again.
    fn takes_away(&self, diff: &Diff) -> bool {
        diff.iter().filter(|change| change.path.starts_with("index.") && !change.was.is_null()).any(|change| {
            let (_, last) = change.path.rsplit_once('.').unwrap_or_default();
            !["read_capacity", "write_capacity"].contains(&last)
        })
    }

    async fn observe(&self, cx: &Cx<'_>, look: Look) -> Acted<Option<Live<Spec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &Cx<'_>, want: &Spec) -> Acted<Progress> {
        write::create(cx, want).await
    }

    async fn update(&self, cx: &Cx<'_>, want: &Spec, live: &Live<Spec>, diff: &Diff) -> Acted<Progress> {
        write::update(cx, want, live, diff).await
    }

    async fn delete(&self, cx: &Cx<'_>, live: &Live<Spec>) -> Acted<Progress> {
        write::delete(cx, live).await
    }

    async fn owned(&self, cx: &Cx<'_>) -> Acted<Vec<Place>> {
        sweep::places(cx, Self::NAME, read::name_of).await
    }
}

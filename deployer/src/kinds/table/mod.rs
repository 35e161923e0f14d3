//! DynamoDB tables.

pub mod backup;
mod batch;
mod block;
pub mod emptying;
mod external;
mod item;
pub mod item_file;
mod losses;
pub mod named;
mod permissions;
mod protection;
mod read;
pub mod restore;
pub mod seed;
mod spec;
pub mod transfer;
mod write;

pub use block::{OffOr, TableBlock};
pub use external::{PLACE as EXTERNAL_PLACE, TABLES as EXTERNAL_TABLES, fits as fits_external};
pub use named::{NAME, STREAM, STREAM_VIEW};
pub use spec::{IndexSpec, TableSpec, include_text, key_parts, key_text};

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    ConsumptionSource, DeclaredResource, DependentPermission, DesiredScope, HeldData, KindContract, KindDefinition,
    ObserveDetail, ObservedResource, PreflightFindings, ProposedChange, ProtectionVerdict, ResourceKind, ResourceRef,
    RunSession, StepContext, StepResult, WriteProgress, function, source, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::{Error, Result};
use crate::stack::Stack;
use futures::future::{FutureExt, LocalBoxFuture};
use restore::{TableRestore, TableState};
use std::time::Duration;

/// DynamoDB tables.
pub struct TableKind {
    restore: Option<TableRestore>,
}

impl TableKind {
    /// The kind as `up` and `down` need it: tables are made empty.
    pub const PLAIN: Self = Self { restore: None };

    /// Makes the kind with one table that is made from a backup instead of empty.
    pub const fn restoring(restore: TableRestore) -> Self {
        Self { restore: Some(restore) }
    }

    /// Returns the restore, when it is that of the table that `cx` is about.
    fn restore(&self, cx: &StepContext<'_>) -> Option<&TableRestore> {
        self.restore.as_ref().filter(|restore| restore.table == cx.name())
    }
}

const KEYS_ARE_FIXED: &str = "DynamoDB cannot change the keys of a table. Nothing was changed. To migrate: describe a second table with the new keys under another id and `deployer up`; copy the items with `deployer backup export OLD --to items.jsonl` and `deployer restore NEW --import items.jsonl` (every item needs the new keys); point the functions at it; then remove the old block.";

const FIXED: &[(&str, &str)] = &[
    ("partition_key", KEYS_ARE_FIXED),
    ("sort_key", KEYS_ARE_FIXED),
    (
        "local_index",
        "DynamoDB fixes local secondary indexes when the table is created. Nothing was changed. Use a global index (`[table.X.index.NAME]`), or migrate to a second table: describe it under another id, `deployer up`, `deployer backup export OLD --to items.jsonl`, `deployer restore NEW --import items.jsonl`.",
    ),
];

static DEFINITION: KindDefinition = KindDefinition {
    section: Some(&block::SECTION),
    fixed: FIXED,
    // Nothing may write to a table any more when it is looked at for the last time before it goes.
    deleted_after: &[function::NAME, source::NAME],
    // An index takes 8 to 17 minutes to build even on an empty table, a large one hours.
    patience: Duration::from_secs(4 * 3600),
    outputs: &["name", "arn"],
    data: Some(HeldData { holder: NAME, content: "items", fate: "after a backup" }),
    ..KindDefinition::new(NAME)
};

impl KindContract for TableKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        ResourceRef::of_blocks::<TableBlock>(NAME, stack).map(DeclaredResource::from).collect()
    }

    fn takes_away(&self, diff: &SpecDiff) -> Vec<String> {
        losses::of(diff)
    }

    fn protects(&self, proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
        protection::verdict(proposed)
    }

    fn preflight<'a>(&'a self, session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        async move { external::look(session).await.map(|()| PreflightFindings::default()) }.boxed_local()
    }

    /// "DynamoDB metrics and dimensions": a table without its global indexes.
    fn consumption(&self, stack: &Stack) -> Vec<ConsumptionSource> {
        let of = |declared: DeclaredResource| ConsumptionSource {
            namespace: "AWS/DynamoDB",
            dimensions: vec![("TableName", declared.place.name.clone())],
            place: declared.place,
            figures: &[("read_units", "ConsumedReadCapacityUnits"), ("write_units", "ConsumedWriteCapacityUnits")],
        };
        self.declare(stack).into_iter().map(of).collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        if op.service == "cloudwatch" && !self.declare(stack).is_empty() {
            return vec!["*".to_owned()];
        }
        permissions::of(op, stack, arn)
    }

    fn dependent_permissions(&self, stack: &Stack, arn: &ArnScope) -> Vec<DependentPermission> {
        permissions::dependent(stack, arn)
    }
}

impl ResourceKind for TableKind {
    type Spec = TableSpec;
    type State = TableState;

    fn desire(&self, place: &ResourceRef, stack: &Stack, _: &DesiredScope<'_>) -> Result<Option<TableSpec>> {
        let block = stack.declared::<TableBlock>(&place.id.name)?;
        Ok(Some(TableSpec::of(&block, wanted_tags(stack, &block.tags, &place.id))))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<TableSpec, TableState>>> {
        read::observe(cx, look, self.restore(cx)).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &TableSpec) -> StepResult<WriteProgress> {
        match self.restore(cx) {
            Some(restore) => restore::start(cx, restore).await,
            None => write::create(cx, desired).await,
        }
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &TableSpec,
        observed: &ObservedResource<TableSpec, TableState>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<TableSpec, TableState>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, observed).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        Ok(super::external::spare(&cx.session.stack, NAME, lists.places(cx, NAME, read::name_of).await?))
    }
}

//! Takes every item out of a table, which stays.

use super::batch;
use super::spec::{TableSpec, key_parts};
use super::transfer::TransferCount;
use crate::aws::op;
use crate::kinds::{StepContext, StepResult};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

/// Deletes every item of the table that is there when its page is read. `moved` counts them.
///
/// # Errors
/// The failure of a read or of a write: what came before is gone.
pub async fn empty(cx: &StepContext<'_>, table: &TableSpec, moved: &TransferCount, tell: &dyn Fn()) -> StepResult<()> {
    let db = &cx.clients().dynamodb;
    let keys: Vec<&str> =
        std::iter::once(&table.partition_key).chain(&table.sort_key).map(|key| key_parts(key).0).collect();
    let mut pages = cx.pages(
        &op::SCAN,
        |after| db.scan().table_name(cx.name()).consistent_read(true).set_exclusive_start_key(after).send(),
        |page| page.last_evaluated_key.clone(),
    );
    while let Some(page) = pages.next().await? {
        let delete = |item: std::collections::HashMap<String, _>| {
            let key = item.into_iter().filter(|(name, _)| keys.contains(&name.as_str())).collect();
            let delete = DeleteRequest::builder().set_key(Some(key)).build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let deletions =
            page.items.unwrap_or_default().into_iter().map(delete).collect::<Result<Vec<_>, BuildError>>()?;
        for some in deletions.chunks(batch::MOST_ITEMS) {
            batch::write(cx, some.to_vec()).await?;
            moved.add(some.len() as u64, 0);
            tell();
        }
    }
    Ok(())
}

//! Writes of many items at once.

use crate::aws::call::backoff;
use crate::aws::{ErrorClass, op};
use crate::error::{Error, Result};
use crate::kinds::StepContext;
use aws_sdk_dynamodb::types::WriteRequest;
use tokio::time::sleep;

/// Most items of a BatchWriteItem.
pub const MOST_ITEMS: usize = 25;
/// How often in a row DynamoDB may take nothing of a batch: with the pauses between, more than a minute.
const MOST_STALLS: u32 = 20;

/// Sends a batch until DynamoDB has taken all of it. One without a clear answer is sent again: puts and deletions of whole items may be.
///
/// # Errors
/// The failure of a write, or that the table takes nothing.
pub async fn write(cx: &StepContext<'_>, mut pending: Vec<WriteRequest>) -> Result<()> {
    let db = &cx.clients().dynamodb;
    let mut stalls = 0;
    while !pending.is_empty() {
        let before = pending.len();
        let sent =
            cx.call(&op::BATCH_WRITE_ITEM, || db.batch_write_item().request_items(cx.name(), pending.clone()).send());
        match sent.await {
            Ok(answer) => pending = answer.unprocessed_items.into_iter().flatten().flat_map(|(_, left)| left).collect(),
            Err(error) if error.class == ErrorClass::Ambiguous && stalls < MOST_STALLS => {}
            Err(error) => return Err(error.into()),
        }
        if pending.is_empty() {
            break;
        }
        stalls = if pending.len() < before { 0 } else { stalls + 1 };
        if stalls > MOST_STALLS {
            return Err(Error::timeout(format!("table {} took none of {before} items {stalls} times", cx.name()))
                .hint("It has too little write capacity: raise it, or wait."));
        }
        sleep(backoff(stalls + 1)).await;
    }
    Ok(())
}

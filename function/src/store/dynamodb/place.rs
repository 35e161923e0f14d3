//! Places orders, with an idempotency key or without.

use super::OrdersTable;
use super::error::{from_error_code, from_sdk_error, from_service_error};
use super::item::{from_claim, from_order, number, to_record};
use super::schema::{EXPIRES_AT, ORDER_ID};
use crate::orders::{IdempotencyClaim, Order};
use crate::store::{PlaceOutcome, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{CancellationReason, Put, TransactWriteItem};

impl OrdersTable {
    /// Stores an order without an idempotency key.
    pub(super) async fn put(&self, order: &Order) -> Result<PlaceOutcome, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(from_order(order)))
            .condition_expression("attribute_not_exists(#id)")
            .expression_attribute_names("#id", ORDER_ID);
        match put.send().await {
            Ok(_) => Ok(PlaceOutcome::Created),
            // The id is new and random. If an item has it, an earlier attempt of this call wrote the item and its answer was lost.
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(PlaceOutcome::Created)
            }
            Err(error) => Err(from_sdk_error("PutItem", &error)),
        }
    }

    /// Stores an order and the record of its idempotency key in one transaction.
    ///
    /// Of two requests with one key, one writes the record; the condition of the other fails, and DynamoDB returns the record
    /// with the failure. The SDK sends a client request token, so a retry after a lost answer does not fail because of the
    /// record that the first attempt wrote.
    pub(super) async fn put_once(&self, order: &Order, claim: &IdempotencyClaim) -> Result<PlaceOutcome, StoreError> {
        let record =
            from_claim(claim, order).map_err(|error| StoreError::Failed(format!("TransactWriteItems: {error}")))?;
        let record = Put::builder()
            .table_name(&self.name)
            .set_item(Some(record))
            // DynamoDB deletes an expired record up to two days later. Until then the record exists and does not count.
            .condition_expression("attribute_not_exists(#id) OR #expires <= :now")
            .expression_attribute_names("#id", ORDER_ID)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", number(claim.now.unix_seconds()))
            .return_values_on_condition_check_failure(AllOld)
            .build();
        let order = Put::builder()
            .table_name(&self.name)
            .set_item(Some(from_order(order)))
            .condition_expression("attribute_not_exists(#id)")
            .expression_attribute_names("#id", ORDER_ID)
            .build();
        let (record, order) = match (record, order) {
            (Ok(record), Ok(order)) => (record, order),
            (Err(error), _) | (_, Err(error)) => {
                return Err(StoreError::Failed(format!("TransactWriteItems: {error}")));
            }
        };
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(record).build())
            .transact_items(TransactWriteItem::builder().put(order).build());
        match transaction.send().await {
            Ok(_) => Ok(PlaceOutcome::Created),
            Err(SdkError::ServiceError(error)) => match error.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    cancelled_outcome(cancelled.cancellation_reasons(), claim)
                }
                TransactWriteItemsError::TransactionInProgressException(_) => Ok(PlaceOutcome::InFlight),
                error => Err(from_service_error("TransactWriteItems", error)),
            },
            Err(error) => Err(from_sdk_error("TransactWriteItems", &error)),
        }
    }
}

/// Returns the outcome of a transaction that was cancelled. `reasons` has a reason for each of the two items, in the order of
/// the items.
fn cancelled_outcome(reasons: &[CancellationReason], claim: &IdempotencyClaim) -> Result<PlaceOutcome, StoreError> {
    let codes = || reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None");
    if let Some(record) = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        return match record.item().and_then(to_record) {
            Some((payload, answer)) if payload == claim.payload => Ok(PlaceOutcome::Replayed(Box::new(answer))),
            Some(_) => Ok(PlaceOutcome::KeyReused),
            None => Err(StoreError::Failed("TransactWriteItems: the idempotency record cannot be read".to_owned())),
        };
    }
    // Another transaction writes the record now, so the first request with this key is not done yet.
    if codes().any(|code| code == "TransactionConflict") {
        return Ok(PlaceOutcome::InFlight);
    }
    let busy = codes().find(|code| matches!(*code, "ThrottlingError" | "ProvisionedThroughputExceeded"));
    let text = format!("TransactWriteItems: cancelled: {}", codes().collect::<Vec<_>>().join(", "));
    Err(match busy {
        Some(_) => StoreError::Unavailable(text),
        None => from_error_code(codes().next().unwrap_or_default(), text),
    })
}

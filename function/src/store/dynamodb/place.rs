//! Placing an order, once.

use super::OrdersTable;
use super::error::{of_code, of_service, translate};
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
    /// Keeps an order without an idempotency key.
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
            // The id is random and fresh. If it is there, an attempt of this very call wrote it and its answer was lost.
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PutItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(PlaceOutcome::Created)
            }
            Err(error) => Err(translate("PutItem", &error)),
        }
    }

    /// Keeps an order and the record of its idempotency key, both or none.
    ///
    /// Of two requests with one key, one writes the record and the other's condition fails with that record in hand. The
    /// SDK sends a client token along, so its own retries after a lost answer do not meet their own record.
    pub(super) async fn put_once(&self, order: &Order, claim: &IdempotencyClaim) -> Result<PlaceOutcome, StoreError> {
        let record =
            from_claim(claim, order).map_err(|error| StoreError::Failed(format!("TransactWriteItems: {error}")))?;
        let record = Put::builder()
            .table_name(&self.name)
            .set_item(Some(record))
            // DynamoDB deletes what has expired some time later, up to two days: until then it is there, but does not count.
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
                    refused(cancelled.cancellation_reasons(), claim)
                }
                TransactWriteItemsError::TransactionInProgressException(_) => Ok(PlaceOutcome::InFlight),
                error => Err(of_service("TransactWriteItems", error)),
            },
            Err(error) => Err(translate("TransactWriteItems", &error)),
        }
    }
}

/// Why the transaction was not made. There is one reason for each of its two items, in their order.
fn refused(reasons: &[CancellationReason], claim: &IdempotencyClaim) -> Result<PlaceOutcome, StoreError> {
    let codes = || reasons.iter().filter_map(CancellationReason::code).filter(|code| *code != "None");
    if let Some(record) = reasons.first().filter(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        return match record.item().and_then(to_record) {
            Some((payload, answer)) if payload == claim.payload => Ok(PlaceOutcome::Replayed(Box::new(answer))),
            Some(_) => Ok(PlaceOutcome::KeyReused),
            None => Err(StoreError::Failed("TransactWriteItems: the idempotency record cannot be read".to_owned())),
        };
    }
    // Another transaction has its hands on the record: the first request with this key is not done yet.
    if codes().any(|code| code == "TransactionConflict") {
        return Ok(PlaceOutcome::InFlight);
    }
    let busy = codes().find(|code| matches!(*code, "ThrottlingError" | "ProvisionedThroughputExceeded"));
    let text = format!("TransactWriteItems: cancelled: {}", codes().collect::<Vec<_>>().join(", "));
    Err(match busy {
        Some(_) => StoreError::Unavailable(text),
        None => of_code(codes().next().unwrap_or_default(), text),
    })
}

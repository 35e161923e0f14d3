//! Walks through the whole table, and puts orders into the status index that are not where lists look for them.

use super::change::WriteCondition;
use super::error::{from_sdk_error, from_service_error};
use super::item::{IndexKeys, TableItem, number, to_order};
use super::schema::{CREATED_KEY, ORDER_ID, RECORD_PREFIX, STATUS_SHARD};
use super::{DynamoDb, OrdersTable, key};
use crate::orders::{ListPosition, Order, OrderStatus, StoredStatus};
use crate::store::StoreError;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;

/// How often a write is tried whose condition is that the order is still as it was read.
const MAX_ATTEMPTS: usize = 5;

/// Where a walk goes on.
#[derive(Debug, Clone)]
pub struct ScanPosition(TableItem);

/// A part of the table, in no order.
#[derive(Debug, Default)]
pub struct ScannedPage {
    /// The orders of the page.
    pub orders: Vec<ScannedOrder>,
    /// How many items are neither orders that the API can serve nor idempotency records.
    pub others: u64,
    /// Where the next page begins; `None` at the end of the table.
    pub next: Option<ScanPosition>,
}

/// An order with its item.
#[derive(Debug, Clone)]
pub struct ScannedOrder {
    /// The order as the API shows it.
    pub order: Order,
    item: TableItem,
}

/// What became of an order that was not where lists look for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackfillOutcome {
    /// It is there now.
    Written,
    /// Somebody else put it there meanwhile, or gave it a status that has no list.
    Unneeded,
    /// It was deleted meanwhile.
    Gone,
}

impl ScannedOrder {
    /// Reads an item. `None` if the API cannot serve it: the id of an order has one spelling.
    fn read(item: TableItem) -> Option<Self> {
        let order = to_order(&item)?;
        let is_served = item.get(ORDER_ID).and_then(|id| id.as_s().ok()) == Some(&order.order_id.to_string());
        is_served.then_some(Self { order, item })
    }

    /// Returns the attributes that put the order where it belongs, and the status of the lists that then show it. `None` if it is
    /// there, or if its status has no list.
    fn missing(&self) -> Option<(OrderStatus, IndexKeys)> {
        let StoredStatus::Known(status) = self.order.status else { return None };
        let keys = IndexKeys::of(&self.order, status);
        let is_there = self.item.get(STATUS_SHARD) == Some(&keys.status_shard)
            && self.item.get(CREATED_KEY) == Some(&keys.created_key);
        (!is_there).then_some((status, keys))
    }

    /// Returns the status of the lists that should show the order and do not.
    pub fn missing_in(&self) -> Option<OrderStatus> {
        self.missing().map(|(status, _)| status)
    }

    /// Tells whether the status of the order is one that no list has.
    pub fn has_unknown_status(&self) -> bool {
        matches!(self.order.status, StoredStatus::Other(_))
    }

    /// Returns the position that the order has in lists.
    pub fn position(&self) -> ListPosition {
        ListPosition::of(&self.order)
    }
}

impl DynamoDb {
    /// Reads the next `limit` items of the table.
    pub async fn scan(&self, after: Option<&ScanPosition>, limit: i32) -> Result<ScannedPage, StoreError> {
        let table = self.table().await?;
        let request = table.client.scan().table_name(&table.name).limit(limit);
        let request = request.set_exclusive_start_key(after.map(|position| position.0.clone()));
        let output = request.send().await.map_err(|error| from_sdk_error("Scan", &error))?;
        let mut page = ScannedPage { next: output.last_evaluated_key.map(ScanPosition), ..ScannedPage::default() };
        for item in output.items.unwrap_or_default() {
            let is_record =
                item.get(ORDER_ID).and_then(|id| id.as_s().ok()).is_some_and(|id| id.starts_with(RECORD_PREFIX));
            match ScannedOrder::read(item) {
                Some(order) => page.orders.push(order),
                None => page.others += u64::from(!is_record),
            }
        }
        Ok(page)
    }

    /// Puts an order where lists look for it, whatever was done to it since it was read. Nothing of what the API shows changes.
    pub async fn backfill(&self, found: &ScannedOrder) -> Result<BackfillOutcome, StoreError> {
        let table = self.table().await?;
        let mut current = found.clone();
        for _ in 0..MAX_ATTEMPTS {
            let Some((_, keys)) = current.missing() else { return Ok(BackfillOutcome::Unneeded) };
            match table.index(&current, keys).await? {
                Ok(()) => return Ok(BackfillOutcome::Written),
                Err(newer) => match newer.and_then(ScannedOrder::read) {
                    Some(newer) => current = newer,
                    None => return Ok(BackfillOutcome::Gone),
                },
            }
        }
        Err(StoreError::Unavailable("UpdateItem: the order changes all the time".to_owned()))
    }
}

impl OrdersTable {
    /// Writes the attributes of the index on the condition that nobody has changed what they are made of, or the version. If the
    /// condition fails, returns the item that is there now.
    ///
    /// The version is written as the API shows it, as a number: so the next change of the order takes one round trip.
    async fn index(&self, found: &ScannedOrder, keys: IndexKeys) -> Result<Result<(), Option<TableItem>>, StoreError> {
        let condition = WriteCondition::exists().same_attributes(
            &found.item,
            &[
                ("#status", "status"),
                ("#version", "version"),
                ("#at", "created_at"),
                ("#shard", STATUS_SHARD),
                ("#created", CREATED_KEY),
            ],
        );
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(found.order.order_id)))
            .expression_attribute_names("#id", ORDER_ID)
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#at", "created_at")
            .expression_attribute_names("#shard", STATUS_SHARD)
            .expression_attribute_names("#created", CREATED_KEY)
            .expression_attribute_values(":new_shard", keys.status_shard)
            .expression_attribute_values(":new_created", keys.created_key)
            .expression_attribute_values(":new_version", number(found.order.version));
        for (name, value) in condition.values {
            request = request.expression_attribute_values(name, value);
        }
        let sent = request
            .update_expression("SET #shard = :new_shard, #created = :new_created, #version = :new_version")
            .condition_expression(condition.text)
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => Ok(Err(failed.item)),
                error => Err(from_service_error("UpdateItem", &error)),
            },
            Err(error) => Err(from_sdk_error("UpdateItem", &error)),
        }
    }
}

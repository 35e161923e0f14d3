//! Changes and removes orders by conditional writes.

use super::attempts::AttemptLog;
use super::error::from_sdk_error;
use super::item::{IndexKeys, TableItem, number, text, to_order};
use super::schema::{CREATED_KEY, ORDER_ID, STATUS_SHARD, WRITE_MARK, partition, shard};
use super::{OrdersTable, key};
use crate::orders::{OrderId, Precondition, StatusChange, TransitionDecision};
use crate::store::{ChangeOutcome, RemoveOutcome, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use std::fmt::Write;
use uuid::Uuid;

/// The most operands of `IN` (DynamoDB Developer Guide, "Comparison operator and function reference").
const MAX_OPERANDS: usize = 100;

/// How often a write is tried whose condition is that the item is still as it was read. Other writers can make it fail.
const MAX_ATTEMPTS: usize = 5;

/// A condition expression and the values that it names.
pub(super) struct WriteCondition {
    pub(super) text: String,
    pub(super) values: Vec<(String, AttributeValue)>,
}

impl WriteCondition {
    /// Requires that the order exists.
    pub(super) fn exists() -> Self {
        Self { text: "attribute_exists(#id)".to_owned(), values: Vec::new() }
    }

    /// Requires that `attribute` is one of `values`, which get names with `prefix`.
    fn any_of(mut self, attribute: &str, prefix: &str, values: impl Iterator<Item = AttributeValue>) -> Self {
        let first = self.values.len();
        self.values.extend(values.enumerate().map(|(n, value)| (format!(":{prefix}{n}"), value)));
        let names: Vec<_> = self.values[first..].iter().map(|(name, _)| name.as_str()).collect();
        let list = format!(" AND {attribute} IN ({})", names.join(", "));
        self.text.push_str(&list);
        self
    }

    /// Requires a version that `precondition` names. An order without a version fails this; it is changed by a write with
    /// [`WriteCondition::status_and_version_of`].
    fn at_version(self, precondition: &Precondition) -> Self {
        match precondition {
            Precondition::None => self,
            Precondition::Versions(versions) => self.any_of("#version", "version", versions.iter().map(number)),
        }
    }

    /// Requires that the order is in the index and that its version is a number, as this version of the system writes it.
    /// Such an order can be changed without being read before.
    fn current_format(mut self) -> Self {
        self.text.push_str(" AND attribute_exists(#created) AND attribute_type(#version, :number)");
        self.values.push((":number".to_owned(), text("N")));
        self
    }

    /// Requires exactly the status and version of `item`, whatever type these attributes have.
    fn status_and_version_of(self, item: &TableItem) -> Self {
        self.same_attributes(item, &[("#status", "status"), ("#version", "version")])
    }

    /// Requires exactly these attributes of `item`, or that they are absent as in `item`. Each comes with its placeholder.
    pub(super) fn same_attributes(mut self, item: &TableItem, attributes: &[(&str, &str)]) -> Self {
        for &(name, attribute) in attributes {
            // Writing to a string cannot fail.
            let _ = match item.get(attribute) {
                Some(value) => {
                    self.values.push((format!(":old_{attribute}"), value.clone()));
                    write!(self.text, " AND {name} = :old_{attribute}")
                }
                None => write!(self.text, " AND attribute_not_exists({name})"),
            };
        }
        self
    }
}

/// A write whose condition failed, with the stored item, if there is one.
struct FailedCondition(Option<TableItem>);

impl OrdersTable {
    /// Changes the status of an order. This takes one round trip; for an order of a former version of the system it takes two.
    pub(super) async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        let sources: Vec<_> = change.to.source_statuses(change.actor).collect();
        let mut failed = if sources.is_empty() || !fits_expression(&change.precondition) {
            // No order can be changed like this, or the condition is too long for DynamoDB. The order is read to decide.
            FailedCondition(self.get(id).await?)
        } else {
            let condition = WriteCondition::exists()
                .any_of("#status", "from", sources.into_iter().map(|status| text(status.as_str())))
                .at_version(&change.precondition)
                .current_format();
            match self.update(id, change, NextVersion::Incremented, condition).await? {
                Ok(item) => return written_outcome(&item),
                Err(failed) => failed,
            }
        };
        for _ in 0..MAX_ATTEMPTS {
            let Some((item, order)) = failed.0.and_then(|item| to_order(&item).map(|order| (item, order))) else {
                return Ok(ChangeOutcome::NotFound);
            };
            match change.decide(&order) {
                TransitionDecision::Unchanged => return Ok(ChangeOutcome::Unchanged(order)),
                TransitionDecision::Refused => return Ok(ChangeOutcome::Refused(order)),
                TransitionDecision::PreconditionFailed => return Ok(ChangeOutcome::PreconditionFailed(order)),
                // The rules allow the change, but the condition failed: a former version of the system wrote the order, without
                // an entry in the index or with a status in other letters. Now that the item is known, it can be written on the
                // condition that it is still the same.
                TransitionDecision::Write => {
                    let next = NextVersion::Set {
                        version: order.version.saturating_add(1),
                        keys: IndexKeys::of(&order, change.to),
                    };
                    let condition = WriteCondition::exists().status_and_version_of(&item);
                    match self.update(id, change, next, condition).await? {
                        Ok(item) => return written_outcome(&item),
                        Err(newer) => failed = newer,
                    }
                }
            }
        }
        Err(StoreError::Unavailable("UpdateItem: the order changes all the time".to_owned()))
    }

    /// Removes an order, if its version satisfies `precondition`.
    pub(super) async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
        let mut failed = if !fits_expression(precondition) {
            FailedCondition(self.get(id).await?)
        } else {
            match self.delete(id, WriteCondition::exists().at_version(precondition)).await? {
                Ok(()) => return Ok(RemoveOutcome::Removed),
                Err(failed) => failed,
            }
        };
        for _ in 0..MAX_ATTEMPTS {
            let Some((item, order)) = failed.0.and_then(|item| to_order(&item).map(|order| (item, order))) else {
                return Ok(RemoveOutcome::NotFound);
            };
            if !precondition.holds(order.version) {
                return Ok(RemoveOutcome::PreconditionFailed(order));
            }
            match self.delete(id, WriteCondition::exists().status_and_version_of(&item)).await? {
                Ok(()) => return Ok(RemoveOutcome::Removed),
                Err(newer) => failed = newer,
            }
        }
        Err(StoreError::Unavailable("DeleteItem: the order changes all the time".to_owned()))
    }

    /// Writes a change if the condition holds, and returns the new item.
    ///
    /// If the answer to a write is lost, the SDK sends the write again, and then the condition fails because of the first
    /// write. So every write sets [`WRITE_MARK`] to a text of its own: if the stored item has this text, the first write
    /// succeeded.
    async fn update(
        &self,
        id: OrderId,
        change: &StatusChange,
        next: NextVersion,
        condition: WriteCondition,
    ) -> Result<Result<TableItem, FailedCondition>, StoreError> {
        let mark = text(Uuid::new_v4().simple().to_string());
        let mut set = "SET #status = :to, #shard = :shard, #mark = :mark, #version = ".to_owned();
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .expression_attribute_names("#id", ORDER_ID)
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#shard", STATUS_SHARD)
            .expression_attribute_names("#created", CREATED_KEY)
            .expression_attribute_names("#mark", WRITE_MARK)
            .expression_attribute_values(":to", text(change.to.as_str()))
            .expression_attribute_values(":shard", text(partition(change.to, shard(id))))
            .expression_attribute_values(":mark", mark.clone());
        match next {
            NextVersion::Incremented => {
                set.push_str("#version + :one");
                request = request.expression_attribute_values(":one", number(1));
            }
            NextVersion::Set { version, keys } => {
                set.push_str(":next, #created = :created");
                request = request
                    .expression_attribute_values(":next", number(version))
                    .expression_attribute_values(":created", keys.created_key);
            }
        }
        if let Some(at) = change.expired_at() {
            set.push_str(", #expired_at = :at");
            request = request
                .expression_attribute_names("#expired_at", "expired_at")
                .expression_attribute_values(":at", text(at));
        }
        for (name, value) in condition.values {
            request = request.expression_attribute_values(name, value);
        }
        let sent = request
            .update_expression(set)
            .condition_expression(condition.text)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld)
            .send()
            .await;
        match sent {
            Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => Ok(match failed.item {
                    Some(item) if item.get(WRITE_MARK) == Some(&mark) => Ok(item),
                    item => Err(FailedCondition(item)),
                }),
                error => Err(super::error::from_service_error("UpdateItem", &error)),
            },
            Err(error) => Err(from_sdk_error("UpdateItem", &error)),
        }
    }

    /// Deletes an order if the condition holds.
    ///
    /// If the answer to a delete is lost, the SDK sends it again, and then the condition fails because the order is gone. That is
    /// the success of the first attempt: nothing else can be told from it, and the order is gone as the caller wants it.
    async fn delete(&self, id: OrderId, condition: WriteCondition) -> Result<Result<(), FailedCondition>, StoreError> {
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .expression_attribute_names("#id", ORDER_ID);
        for (name, attribute) in [("#status", "status"), ("#version", "version")] {
            // DynamoDB refuses a request that defines a name which its expressions do not use.
            if condition.text.contains(name) {
                request = request.expression_attribute_names(name, attribute);
            }
        }
        for (name, value) in condition.values {
            request = request.expression_attribute_values(name, value);
        }
        let attempts = AttemptLog::default();
        let sent = request
            .condition_expression(condition.text)
            .return_values_on_condition_check_failure(AllOld)
            .customize()
            .interceptor(attempts.clone())
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                DeleteItemError::ConditionalCheckFailedException(failed) => Ok(match failed.item {
                    None if attempts.lost_answer() => Ok(()),
                    item => Err(FailedCondition(item)),
                }),
                error => Err(super::error::from_service_error("DeleteItem", &error)),
            },
            Err(error) => Err(from_sdk_error("DeleteItem", &error)),
        }
    }
}

/// The version that a change writes, and the sort key of the index that it writes with it.
enum NextVersion {
    /// The stored version plus one. The sort key exists and stays.
    Incremented,
    /// This version and sort key: the order was not in the index, or its version was not a number.
    Set { version: u64, keys: IndexKeys },
}

/// Tells whether a condition expression can hold the precondition: it names a version, and not more than `IN` can have.
fn fits_expression(precondition: &Precondition) -> bool {
    match precondition {
        Precondition::None => true,
        Precondition::Versions(versions) => (1..=MAX_OPERANDS).contains(&versions.len()),
    }
}

/// Makes the outcome of a change that was written as `item`.
fn written_outcome(item: &TableItem) -> Result<ChangeOutcome, StoreError> {
    to_order(item)
        .map(ChangeOutcome::Written)
        .ok_or_else(|| StoreError::Failed("UpdateItem: the answer has no order".to_owned()))
}

//! Changing and removing orders.

use super::error::translate;
use super::item::{IndexKeys, TableItem, number, text, to_order};
use super::schema::{CREATED_KEY, ORDER_ID, STATUS_SHARD, WRITE_MARK, partition, shard};
use super::{OrdersTable, key};
use crate::orders::{OrderId, Precondition, StatusChange, TransitionVerdict};
use crate::store::{ChangeOutcome, RemoveOutcome, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use std::fmt::Write;
use uuid::Uuid;

/// The most operands of `IN` (DynamoDB Developer Guide, "Comparison operator and function reference").
const MOST_OPERANDS: usize = 100;

/// How often a write that is pinned to what was just read is tried against others who write meanwhile.
const ATTEMPTS: usize = 5;

/// A condition and the values that it names.
struct WriteCondition {
    text: String,
    values: Vec<(String, AttributeValue)>,
}

impl WriteCondition {
    /// The order exists.
    fn exists() -> Self {
        Self { text: "attribute_exists(#id)".to_owned(), values: Vec::new() }
    }

    /// `attribute` is one of `values`.
    fn any_of(mut self, attribute: &str, prefix: &str, values: impl Iterator<Item = AttributeValue>) -> Self {
        let first = self.values.len();
        self.values.extend(values.enumerate().map(|(n, value)| (format!(":{prefix}{n}"), value)));
        let names: Vec<_> = self.values[first..].iter().map(|(name, _)| name.as_str()).collect();
        let list = format!(" AND {attribute} IN ({})", names.join(", "));
        self.text.push_str(&list);
        self
    }

    /// The order is at a version that `precondition` names. (One that has no version is left to a pinned write.)
    fn at_version(self, precondition: &Precondition) -> Self {
        match precondition {
            Precondition::None => self,
            Precondition::Versions(versions) => self.any_of("#version", "version", versions.iter().map(number)),
        }
    }

    /// The order is in the index and counts its versions: nothing has to be known of it to write it anew.
    fn of_this_version(mut self) -> Self {
        self.text.push_str(" AND attribute_exists(#created) AND attribute_type(#version, :number)");
        self.values.push((":number".to_owned(), text("N")));
        self
    }

    /// Status and version are exactly those of `item`, whatever kind of values they are.
    fn unchanged(mut self, item: &TableItem) -> Self {
        for (name, attribute) in [("#status", "status"), ("#version", "version")] {
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

/// A conditional write that did not happen, with the item that was in the way, if there is one.
struct RefusedWrite(Option<TableItem>);

impl OrdersTable {
    /// Changes a status: in one round trip, but for orders of a former version, which take two.
    pub(super) async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        let sources: Vec<_> = change.to.sources(change.actor).collect();
        let stopped = if sources.is_empty() || !fits(&change.precondition) {
            // Nothing can come of it, so there is nothing to write, or its condition cannot be said: a read tells.
            RefusedWrite(self.get(id).await?)
        } else {
            let condition = WriteCondition::exists()
                .any_of("#status", "from", sources.into_iter().map(|status| text(status.as_str())))
                .at_version(&change.precondition)
                .of_this_version();
            match self.update(id, change, NextVersion::Counted, condition).await? {
                Ok(item) => return written(&item),
                Err(stopped) => stopped,
            }
        };
        let mut stopped = stopped;
        for _ in 0..ATTEMPTS {
            let Some((item, order)) = stopped.0.and_then(|item| to_order(&item).map(|order| (item, order))) else {
                return Ok(ChangeOutcome::NotFound);
            };
            match change.judge(&order) {
                TransitionVerdict::Unchanged => return Ok(ChangeOutcome::Unchanged(order)),
                TransitionVerdict::Refused => return Ok(ChangeOutcome::Refused(order)),
                TransitionVerdict::PreconditionFailed => return Ok(ChangeOutcome::PreconditionFailed(order)),
                // The rules allow it, the condition did not: the order is of a former version, in no index or spelled
                // in its own way. Now that it is known it can be written anew, if it stays as it is.
                TransitionVerdict::Write => {
                    let next = NextVersion::Known {
                        version: order.version.saturating_add(1),
                        keys: IndexKeys::of(&order, change.to),
                    };
                    let condition = WriteCondition::exists().unchanged(&item);
                    match self.update(id, change, next, condition).await? {
                        Ok(item) => return written(&item),
                        Err(newer) => stopped = newer,
                    }
                }
            }
        }
        Err(StoreError::Unavailable("UpdateItem: the order changes all the time".to_owned()))
    }

    /// Removes an order.
    pub(super) async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
        let mut stopped = if !fits(precondition) {
            RefusedWrite(self.get(id).await?)
        } else {
            match self.delete(id, WriteCondition::exists().at_version(precondition)).await? {
                Ok(()) => return Ok(RemoveOutcome::Removed),
                Err(stopped) => stopped,
            }
        };
        for _ in 0..ATTEMPTS {
            let Some((item, order)) = stopped.0.and_then(|item| to_order(&item).map(|order| (item, order))) else {
                return Ok(RemoveOutcome::NotFound);
            };
            if !precondition.holds(order.version) {
                return Ok(RemoveOutcome::PreconditionFailed(order));
            }
            match self.delete(id, WriteCondition::exists().unchanged(&item)).await? {
                Ok(()) => return Ok(RemoveOutcome::Removed),
                Err(newer) => stopped = newer,
            }
        }
        Err(StoreError::Unavailable("DeleteItem: the order changes all the time".to_owned()))
    }

    /// Writes a change if the condition holds; gives the new item.
    ///
    /// When the answer to a write is lost, the SDK sends it again, and the condition meets what was written. So every write carries a
    /// mark of its own: an item with this mark is the answer that was lost.
    async fn update(
        &self,
        id: OrderId,
        change: &StatusChange,
        next: NextVersion,
        condition: WriteCondition,
    ) -> Result<Result<TableItem, RefusedWrite>, StoreError> {
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
            NextVersion::Counted => {
                set.push_str("#version + :one");
                request = request.expression_attribute_values(":one", number(1));
            }
            NextVersion::Known { version, keys } => {
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
                UpdateItemError::ConditionalCheckFailedException(stopped) => Ok(match stopped.item {
                    Some(item) if item.get(WRITE_MARK) == Some(&mark) => Ok(item),
                    item => Err(RefusedWrite(item)),
                }),
                error => Err(super::error::of_service("UpdateItem", &error)),
            },
            Err(error) => Err(translate("UpdateItem", &error)),
        }
    }

    /// Deletes an order if the condition holds.
    async fn delete(&self, id: OrderId, condition: WriteCondition) -> Result<Result<(), RefusedWrite>, StoreError> {
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .expression_attribute_names("#id", ORDER_ID);
        for (name, attribute) in [("#status", "status"), ("#version", "version")] {
            // DynamoDB refuses a name that the condition does not use.
            if condition.text.contains(name) {
                request = request.expression_attribute_names(name, attribute);
            }
        }
        for (name, value) in condition.values {
            request = request.expression_attribute_values(name, value);
        }
        let sent =
            request.condition_expression(condition.text).return_values_on_condition_check_failure(AllOld).send().await;
        match sent {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                DeleteItemError::ConditionalCheckFailedException(stopped) => Ok(Err(RefusedWrite(stopped.item))),
                error => Err(super::error::of_service("DeleteItem", &error)),
            },
            Err(error) => Err(translate("DeleteItem", &error)),
        }
    }
}

/// The version that a change leads to, and what it does about the sort key of the index.
enum NextVersion {
    /// One more than there is; the key is there and stays.
    Counted,
    /// This one, and the key is set: the order was in no index, or its version was no number.
    Known { version: u64, keys: IndexKeys },
}

/// Whether a condition can say it: something matches, and DynamoDB takes that many values.
fn fits(precondition: &Precondition) -> bool {
    match precondition {
        Precondition::None => true,
        Precondition::Versions(versions) => (1..=MOST_OPERANDS).contains(&versions.len()),
    }
}

fn written(item: &TableItem) -> Result<ChangeOutcome, StoreError> {
    to_order(item)
        .map(ChangeOutcome::Written)
        .ok_or_else(|| StoreError::Failed("UpdateItem: the answer has no order".to_owned()))
}

//! What the queue is told of a change, read from a record of the table's stream.

use crate::orders::{OrderId, StoredStatus, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// The most characters of a status that another system wrote. Ours have ten at most.
const MOST_OF_STATUS: usize = 200;

/// Says why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRecord {
    /// The stream does not show what an order was before and after.
    #[error("the stream of the table shows {0:?}; it must show NEW_AND_OLD_IMAGES")]
    View(String),
    /// The record is no record of a stream of DynamoDB.
    #[error("the event has a record that is none of a DynamoDB stream: it has no {0}")]
    Foreign(&'static str),
}

/// A change of an order's status, as consumers of the queue read it. Nothing of the customer is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusMessage {
    /// The same for each delivery of a change, and another for each change.
    pub change_id: String,
    /// The order.
    pub order_id: OrderId,
    /// The status before. `None`: the order was placed.
    pub from: Option<String>,
    /// The status after. `None`: the order was deleted.
    pub to: Option<String>,
    /// The version of the order after the change; a deletion counts as one.
    pub version: u64,
    /// When it was changed, by the second: RFC 3339, UTC.
    pub changed_at: String,
}

impl StatusMessage {
    /// Reads a record of the stream. `None` if it changes no order's status: it is about an idempotency record, or about something
    /// else of an order.
    ///
    /// # Errors
    /// If the record does not show the order before and after.
    pub fn read(record: &Value) -> Result<Option<Self>, UnreadableRecord> {
        let change = &record["dynamodb"];
        let missing = UnreadableRecord::Foreign;
        let change_id = record["eventID"].as_str().ok_or(missing("eventID"))?;
        let keys = change["Keys"].as_object().ok_or(missing("Keys"))?;
        let view = change["StreamViewType"].as_str().ok_or(missing("StreamViewType"))?;
        if change["SequenceNumber"].as_str().is_none() {
            return Err(missing("SequenceNumber"));
        }
        if view != "NEW_AND_OLD_IMAGES" {
            return Err(UnreadableRecord::View(view.to_owned()));
        }
        let Some(order_id) = keys.get("order_id").and_then(text).and_then(|id| id.parse().ok()) else {
            return Ok(None);
        };
        let (before, after) = (&change["OldImage"], &change["NewImage"]);
        let (from, to) = (status(before), status(after));
        if from == to {
            return Ok(None);
        }
        let version = match after {
            Value::Null => version(before).saturating_add(1),
            after => version(after),
        };
        let seconds = change["ApproximateCreationDateTime"].as_f64().unwrap_or_default();
        // The cast turns a float that is too big into the largest integer, and the timestamp clamps that to its range.
        let changed_at = Timestamp::from_unix_millis((seconds * 1000.0) as i64).to_string();
        Ok(Some(Self { change_id: change_id.to_owned(), order_id, from, to, version, changed_at }))
    }

    /// Returns the body of the message: JSON, of characters that SQS takes ("SendMessage" names them).
    pub fn body(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    }
}

/// Returns the sequence number of a record, by which Lambda knows it.
pub fn sequence_number(record: &Value) -> &str {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default()
}

/// Returns the status of an order as the API shows it. `None` if there is no order.
fn status(image: &Value) -> Option<String> {
    let image = image.as_object()?;
    let stored = StoredStatus::parse(image.get("status").and_then(text).unwrap_or_default());
    Some(stored.as_str().chars().take(MOST_OF_STATUS).collect())
}

/// Returns the version of an order; 0 is an order from before there were versions.
fn version(image: &Value) -> u64 {
    text(&image["version"]).and_then(|version| version.parse().ok()).unwrap_or(0)
}

/// Returns the text of a string or number attribute in DynamoDB's JSON.
fn text(attribute: &Value) -> Option<&str> {
    attribute["S"].as_str().or_else(|| attribute["N"].as_str())
}

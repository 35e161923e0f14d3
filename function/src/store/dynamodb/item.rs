//! Converts orders and idempotency records to items of DynamoDB and back.
//!
//! Writing is strict and reading is lenient: the table may hold orders of a former version of the system, with any number as
//! the quantity, a date without time zone, without a version, and with missing attributes.

use super::schema::{CREATED_KEY, EXPIRES_AT, ORDER_ID, STATUS_SHARD, partition, record_key, shard};
use crate::orders::validate::ANONYMOUS;
use crate::orders::{IdempotencyClaim, ListPosition, Order, OrderId, OrderStatus, StoredStatus, Timestamp};
use crate::store::IndexRow;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Number;
use std::collections::HashMap;

/// The attributes of an item, by name.
pub type TableItem = HashMap<String, AttributeValue>;

/// The attributes that put an order into the index.
pub struct IndexKeys {
    pub status_shard: AttributeValue,
    pub created_key: AttributeValue,
}

impl IndexKeys {
    /// Returns the attributes that put `order` into the index under `status`.
    pub fn of(order: &Order, status: OrderStatus) -> Self {
        Self {
            status_shard: text(partition(status, shard(order.order_id))),
            created_key: text(ListPosition::of(order).to_string()),
        }
    }
}

/// Makes the item of an order that is being placed.
pub fn from_order(order: &Order) -> TableItem {
    let keys = IndexKeys::of(order, OrderStatus::Pending);
    TableItem::from([
        (ORDER_ID.to_owned(), text(order.order_id.to_string())),
        ("item".to_owned(), text(order.item.clone())),
        ("quantity".to_owned(), number(&order.quantity)),
        ("status".to_owned(), text(order.status.as_str())),
        ("customer_name".to_owned(), text(order.customer_name.clone())),
        ("customer_email".to_owned(), text(order.customer_email.clone())),
        ("created_at".to_owned(), text(order.created_at.clone())),
        ("version".to_owned(), number(order.version)),
        (STATUS_SHARD.to_owned(), keys.status_shard),
        (CREATED_KEY.to_owned(), keys.created_key),
    ])
}

/// Reads the order from an item. `None` if the item's key is not an order id.
pub fn to_order(item: &TableItem) -> Option<Order> {
    let string = |name: &str| item.get(name).and_then(as_text);
    Some(Order {
        order_id: string(ORDER_ID)?.parse::<OrderId>().ok()?,
        item: string("item").unwrap_or_default().to_owned(),
        quantity: string("quantity").and_then(as_number).unwrap_or_else(|| 0.into()),
        status: string("status").map_or(StoredStatus::Other(String::new()), StoredStatus::parse),
        customer_name: string("customer_name").unwrap_or(ANONYMOUS).to_owned(),
        customer_email: string("customer_email").unwrap_or_default().to_owned(),
        created_at: item.get("created_at").and_then(as_date).unwrap_or_else(|| Timestamp::EPOCH.to_string()),
        expired_at: item.get("expired_at").and_then(as_date),
        version: string("version").and_then(|version| version.parse().ok()).unwrap_or(0),
    })
}

/// Reads an entry of the index from an item. `None` if its sort key is not a position.
pub fn to_index_row(item: &TableItem) -> Option<IndexRow> {
    let position = ListPosition::from_stored(as_text(item.get(CREATED_KEY)?)?)?;
    Some(IndexRow { position, order: to_order(item) })
}

/// Makes the idempotency record that `claim` was used for `order`.
pub fn from_claim(claim: &IdempotencyClaim, order: &Order) -> Result<TableItem, serde_json::Error> {
    Ok(TableItem::from([
        (ORDER_ID.to_owned(), text(record_key(&claim.key))),
        ("payload".to_owned(), text(claim.payload.clone())),
        ("answer".to_owned(), text(serde_json::to_string(order)?)),
        (EXPIRES_AT.to_owned(), number(claim.expires_at.unix_seconds())),
    ]))
}

/// Reads the hash of the payload and the answered order from an idempotency record.
pub fn to_record(item: &TableItem) -> Option<(&str, Order)> {
    let payload = as_text(item.get("payload")?)?;
    let answer = as_text(item.get("answer")?)?;
    Some((payload, serde_json::from_str(answer).ok()?))
}

/// Makes a string attribute.
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Makes a number attribute.
pub fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns the text of a string attribute, or of a number attribute as DynamoDB writes it.
fn as_text(value: &AttributeValue) -> Option<&str> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text),
        _ => None,
    }
}

/// Parses a number: exactly if it is an integer of 64 bits, else as the nearest float.
fn as_number(text: &str) -> Option<Number> {
    let text = text.trim();
    let integer = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
    integer.ok().or_else(|| Number::from_f64(text.parse().ok()?))
}

/// Returns a date as the API shows it: normalised if it can be parsed (a text, or a number of seconds since the Unix
/// epoch), else the text as it was written.
fn as_date(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) => {
            Some(Timestamp::parse_lenient(text).map_or_else(|| text.clone(), |at| at.to_string()))
        }
        AttributeValue::N(seconds) => {
            let seconds: f64 = seconds.parse().ok()?;
            // The cast turns a float that is too big into the largest integer, and the timestamp clamps that to its range.
            Some(Timestamp::from_unix_millis((seconds * 1000.0) as i64).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{IdempotencyKey, NewOrder};

    const ID: &str = "123e4567-e89b-42d3-a456-426614174000";

    fn placed() -> Order {
        let new = NewOrder {
            item: "Laptop".into(),
            quantity: 2,
            customer_name: "Ada".into(),
            customer_email: "a@b.c".into(),
        };
        Order::place(&new, ID.parse().unwrap(), Timestamp::from_unix_millis(1_767_225_599_007))
    }

    #[test]
    fn an_order_comes_back_as_it_was() {
        let item = from_order(&placed());
        assert_eq!(to_order(&item), Some(placed()));
        assert_eq!(item[STATUS_SHARD], text("PENDING#0"));
        assert_eq!(item[CREATED_KEY], text(format!("2025-12-31T23:59:59.007Z#{ID}")));
        assert!(!item.contains_key(EXPIRES_AT), "the TTL would delete the order");
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let key = IdempotencyKey::from_headers(["k"]).unwrap().unwrap();
        let new =
            NewOrder { item: "Laptop".into(), quantity: 2, customer_name: "Ada".into(), customer_email: String::new() };
        let claim = key.claim(&new, Timestamp::from_unix_millis(0));
        let item = from_claim(&claim, &placed()).unwrap();
        assert_eq!(to_record(&item), Some((claim.payload.as_str(), placed())));
        assert_eq!(item[EXPIRES_AT], number(86_400));
        assert_eq!(to_order(&item), None);
        assert!(
            !item.contains_key(STATUS_SHARD) && !item.contains_key(CREATED_KEY),
            "a record must not be in the index"
        );
    }

    #[test]
    fn orders_of_former_versions_are_read() {
        let legacy = |attributes: &[(&str, AttributeValue)]| {
            let mut item = TableItem::from([(ORDER_ID.to_owned(), text(ID))]);
            item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            serde_json::to_string(&to_order(&item).unwrap()).unwrap()
        };
        insta::assert_snapshot!(legacy(&[]), @r#"{"order_id":"123e4567-e89b-42d3-a456-426614174000","item":"","quantity":0,"status":"","customer_name":"anonymous","customer_email":"","created_at":"1970-01-01T00:00:00.000Z","version":0}"#);
        insta::assert_snapshot!(
            legacy(&[
                ("item", text("Desk")),
                ("quantity", number("2.50")),
                ("status", text("pending")),
                ("created_at", text("2024-02-29T08:00:00.123456")),
            ]),
            @r#"{"order_id":"123e4567-e89b-42d3-a456-426614174000","item":"Desk","quantity":2.5,"status":"PENDING","customer_name":"anonymous","customer_email":"","created_at":"2024-02-29T08:00:00.123Z","version":0}"#
        );
        insta::assert_snapshot!(
            legacy(&[
                ("item", number(7)),
                ("quantity", text("3")),
                ("status", text("SHIPPED")),
                ("created_at", number("1709193600.5")),
                ("customer_name", AttributeValue::Null(true)),
                ("version", text("x")),
            ]),
            @r#"{"order_id":"123e4567-e89b-42d3-a456-426614174000","item":"7","quantity":3,"status":"SHIPPED","customer_name":"anonymous","customer_email":"","created_at":"2024-02-29T08:00:00.500Z","version":0}"#
        );
        insta::assert_snapshot!(
            legacy(&[("quantity", number("1E+25")), ("created_at", text("yesterday")), ("status", AttributeValue::Bool(true))]),
            @r#"{"order_id":"123e4567-e89b-42d3-a456-426614174000","item":"","quantity":1e+25,"status":"","customer_name":"anonymous","customer_email":"","created_at":"yesterday","version":0}"#
        );
    }
}

//! The shapes of an order.

use super::{Actor, OrderId, OrderStatus, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;
use utoipa::ToSchema;

/// What is ordered, by whom.
// Only `validate` makes a `NewOrder`, so its fields are normalised: the idempotency check takes two bodies for the same
// order if their `NewOrder`s are equal, however the bodies were spelled.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct NewOrder {
    /// What is ordered: 1 to 200 characters, no control characters; space around it does not count.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^\\s*[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?\\s*$",
        example = "Laptop"
    )]
    pub item: String,
    /// How many.
    #[schema(minimum = 1, maximum = 10000, example = 2)]
    pub quantity: u32,
    /// Who orders: at most 200 characters, no control characters. `anonymous` if absent or empty.
    #[schema(
        required = false,
        nullable = true,
        max_length = 200,
        pattern = "^\\s*([^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?)?\\s*$",
        default = "anonymous"
    )]
    pub customer_name: String,
    /// Where to reach them: empty or an address of at most 254 characters.
    #[schema(
        required = false,
        nullable = true,
        max_length = 254,
        pattern = "^\\s*$|^\\s*[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+@[^@.\\s\\u0000-\\u001f\\u007f-\\u009f]+([.][^@.\\s\\u0000-\\u001f\\u007f-\\u009f]+)+\\s*$",
        default = ""
    )]
    pub customer_email: String,
}

/// The status that a caller wants an order to have.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct NewStatus {
    /// The status, in any letter case.
    pub status: OrderStatus,
}

/// An order as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// A UUID.
    #[schema(value_type = String, format = "uuid")]
    pub order_id: OrderId,
    /// What is ordered.
    pub item: String,
    /// How many. Orders placed through this API have an integer from 1 to 10000; older ones may hold any number.
    #[schema(value_type = f64)]
    pub quantity: Number,
    /// Where the order is in its life. One of PENDING, PROCESSING, COMPLETED, CANCELLED, EXPIRED; an order that another
    /// system wrote may hold another text, which is shown as it is.
    #[schema(value_type = String)]
    pub status: StoredStatus,
    /// Who ordered.
    pub customer_name: String,
    /// Where to reach them, or empty.
    pub customer_email: String,
    /// When the order was placed: RFC 3339, UTC, milliseconds.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When the schedule gave the order up; only on EXPIRED orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "date-time", nullable = false)]
    pub expired_at: Option<String>,
    /// Counts up with every change; the `ETag` of the order is this number in quotes. 0 is an order from before there
    /// were versions.
    #[schema(minimum = 0)]
    pub version: u64,
}

impl Order {
    /// Makes the order that results when `new` is placed at `at`: PENDING, in version 1.
    pub fn place(new: &NewOrder, order_id: OrderId, at: Timestamp) -> Self {
        Self {
            order_id,
            item: new.item.clone(),
            quantity: new.quantity.into(),
            status: OrderStatus::Pending.into(),
            customer_name: new.customer_name.clone(),
            customer_email: new.customer_email.clone(),
            created_at: at.to_string(),
            expired_at: None,
            version: 1,
        }
    }
}

/// The status of a stored order: an [`OrderStatus`], or another text that a former version of the system wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredStatus {
    /// A status that the rules know.
    Known(OrderStatus),
    /// Another text. The API shows it and refuses every change of it.
    Other(String),
}

impl StoredStatus {
    /// Parses the text of a stored status. Every text has a result.
    pub fn parse(text: &str) -> Self {
        OrderStatus::parse(text).map_or_else(|| Self::Other(text.to_owned()), Self::Known)
    }

    /// Returns the status as the API shows it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(status) => status.as_str(),
            Self::Other(text) => text,
        }
    }

    /// Returns the statuses that `actor` may move the order to.
    pub fn target_statuses(&self, actor: Actor) -> &'static [OrderStatus] {
        match self {
            Self::Known(status) => status.target_statuses(actor),
            Self::Other(_) => &[],
        }
    }
}

impl From<OrderStatus> for StoredStatus {
    fn from(status: OrderStatus) -> Self {
        Self::Known(status)
    }
}

impl PartialEq<OrderStatus> for StoredStatus {
    fn eq(&self, other: &OrderStatus) -> bool {
        matches!(self, Self::Known(status) if status == other)
    }
}

impl Serialize for StoredStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StoredStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

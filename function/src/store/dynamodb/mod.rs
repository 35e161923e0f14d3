//! Orders in DynamoDB.
//!
//! Every change is one conditional write that returns the old item when its condition fails, so existence, transition
//! and version are decided where the data is, and a refusal needs no second read to be explained.

mod change;
mod connect;
mod error;
mod item;
mod list;
mod place;
pub mod schema;

use self::error::translate;
use self::item::TableItem;
use super::{ChangeOutcome, OrderPage, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome, StoreError};
use crate::config::{TableConfig, environment};
use crate::orders::{IdempotencyClaim, Order, OrderId, OrderStatus, Precondition, StatusChange};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use tokio::sync::OnceCell;

/// The orders of a table.
pub struct DynamoDb {
    table: OnceCell<OrdersTable>,
}

/// A table, and a client that reaches it.
struct OrdersTable {
    client: Client,
    name: String,
    index: String,
}

impl DynamoDb {
    /// The table that the environment names. Nothing is read or set up before the first operation.
    pub fn from_environment() -> Self {
        Self { table: OnceCell::new() }
    }

    /// The table `name` with the status index `index`, as `client` reaches it.
    pub fn new(client: Client, name: impl Into<String>, index: impl Into<String>) -> Self {
        let table = OrdersTable { client, name: name.into(), index: index.into() };
        Self { table: OnceCell::new_with(Some(table)) }
    }

    /// A configuration that cannot be read is not remembered: each request tells it again.
    async fn table(&self) -> Result<&OrdersTable, StoreError> {
        self.table
            .get_or_try_init(|| async {
                let config =
                    TableConfig::read(&environment).map_err(|error| StoreError::Misconfigured(error.to_string()))?;
                Ok(OrdersTable { client: connect::client(&config), name: config.table, index: config.index })
            })
            .await
    }
}

impl OrderStore for DynamoDb {
    async fn place(&self, order: &Order, claim: Option<&IdempotencyClaim>) -> Result<PlaceOutcome, StoreError> {
        let table = self.table().await?;
        match claim {
            None => table.put(order).await,
            Some(claim) => table.put_once(order, claim).await,
        }
    }

    async fn get(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.table().await?.get(id).await?.as_ref().and_then(item::to_order))
    }

    async fn change_status(&self, id: OrderId, change: &StatusChange) -> Result<ChangeOutcome, StoreError> {
        self.table().await?.change_status(id, change).await
    }

    async fn remove(&self, id: OrderId, precondition: &Precondition) -> Result<RemoveOutcome, StoreError> {
        self.table().await?.remove(id, precondition).await
    }

    async fn page(&self, statuses: &[OrderStatus], window: &PageWindow, limit: usize) -> Result<OrderPage, StoreError> {
        self.table().await?.page(statuses, window, limit).await
    }
}

impl OrdersTable {
    /// The item of an order as it is now.
    async fn get(&self, id: OrderId) -> Result<Option<TableItem>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key(id))).consistent_read(true);
        Ok(request.send().await.map_err(|error| translate("GetItem", &error))?.item)
    }
}

/// The primary key of an order.
fn key(id: OrderId) -> HashMap<String, AttributeValue> {
    HashMap::from([(schema::ORDER_ID.to_owned(), item::text(id.to_string()))])
}

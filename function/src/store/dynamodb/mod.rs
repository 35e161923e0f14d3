//! Stores orders in DynamoDB.
//!
//! Every change is a conditional write that returns the stored item if its condition fails. So DynamoDB checks existence,
//! status and version in one atomic step, and the reason of a refusal is known without another read.

mod attempts;
pub mod backfill;
mod change;
mod connect;
mod error;
mod item;
mod list;
mod place;
pub mod schema;

use self::error::from_sdk_error;
use self::item::TableItem;
use super::{ChangeOutcome, OrderPage, OrderStore, PageWindow, PlaceOutcome, RemoveOutcome, StoreError};
use crate::config::{TableConfig, environment};
use crate::orders::{IdempotencyClaim, Order, OrderId, OrderStatus, Precondition, StatusChange};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use tokio::sync::OnceCell;

/// Stores orders in a table of DynamoDB. The client is made when the first operation needs it.
pub struct DynamoDb {
    table: OnceCell<OrdersTable>,
}

/// The table of the orders, with a client for it.
struct OrdersTable {
    client: Client,
    name: String,
    index: String,
}

impl DynamoDb {
    /// Makes a store on the table that the environment names. The environment is read at the first operation.
    pub fn from_environment() -> Self {
        Self { table: OnceCell::new() }
    }

    /// Makes a store on the table `name` with the status index `index`.
    pub fn new(client: Client, name: impl Into<String>, index: impl Into<String>) -> Self {
        let table = OrdersTable { client, name: name.into(), index: index.into() };
        Self { table: OnceCell::new_with(Some(table)) }
    }

    /// Makes a store on the table of a configuration.
    pub fn from_config(config: &TableConfig) -> Self {
        Self::new(connect::client(config), &config.table, &config.index)
    }

    /// Returns the table, and reads the configuration if that was not done yet. An error is not kept: each operation reads the
    /// configuration again and returns its error.
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
    /// Reads the item of an order, consistently.
    async fn get(&self, id: OrderId) -> Result<Option<TableItem>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key(id))).consistent_read(true);
        Ok(request.send().await.map_err(|error| from_sdk_error("GetItem", &error))?.item)
    }
}

/// Returns the primary key of an order.
fn key(id: OrderId) -> HashMap<String, AttributeValue> {
    HashMap::from([(schema::ORDER_ID.to_owned(), item::text(id.to_string()))])
}

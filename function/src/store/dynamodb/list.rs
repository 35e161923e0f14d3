//! Pages of orders from the status index.
//!
//! A page queries all partitions of the requested statuses in parallel for their first `limit + 1` entries and merges these.
//! That reads more entries than the page shows, but takes one round trip, and the only state between pages is a position.

use super::OrdersTable;
use super::error::from_sdk_error;
use super::item::{TableItem, text, to_index_row};
use super::schema::{CREATED_KEY, STATUS_SHARD, partitions};
use crate::orders::OrderStatus;
use crate::store::{IndexRow, OrderPage, PageWindow, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, stream};

/// How many queries run in parallel. Each takes a connection of its own, and a new connection a TLS handshake.
const CONCURRENCY: usize = 8;

impl OrdersTable {
    /// Returns a page of the orders in some statuses.
    pub(super) async fn page(
        &self,
        statuses: &[OrderStatus],
        window: &PageWindow,
        limit: usize,
    ) -> Result<OrderPage, StoreError> {
        let rows: Vec<Vec<IndexRow>> = stream::iter(partitions(statuses))
            .map(|partition| self.query_partition(partition, window, limit + 1))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(OrderPage::merge(rows.into_iter().flatten().collect(), window, limit))
    }

    /// Returns the first `count` entries of a partition that are in the window.
    async fn query_partition(
        &self,
        partition: String,
        window: &PageWindow,
        count: usize,
    ) -> Result<Vec<IndexRow>, StoreError> {
        let mut rows = Vec::new();
        let mut start: Option<TableItem> = None;
        loop {
            let mut query = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(&self.index)
                .expression_attribute_names("#shard", STATUS_SHARD)
                .expression_attribute_values(":shard", text(&partition))
                .set_exclusive_start_key(start.take())
                .scan_index_forward(matches!(window, PageWindow::OldestFirst { .. }))
                .limit(i32::try_from(count - rows.len()).unwrap_or(i32::MAX));
            let (condition, bounds) = key_condition(window);
            if !bounds.is_empty() {
                query = query.expression_attribute_names("#created", CREATED_KEY);
            }
            for (name, value) in bounds {
                query = query.expression_attribute_values(name, value);
            }
            let output = query
                .key_condition_expression(condition)
                .send()
                .await
                .map_err(|error| from_sdk_error("Query", &error))?;
            rows.extend(output.items().iter().filter_map(to_index_row));
            // DynamoDB ends a response at 1 MB of data, even if there are more entries (Query API, `LastEvaluatedKey`).
            match output.last_evaluated_key {
                Some(last) if rows.len() < count => start = Some(last),
                _ => return Ok(rows),
            }
        }
    }
}

/// Returns the key condition of a window, and the values that the condition names.
fn key_condition(window: &PageWindow) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
    match window {
        PageWindow::NewestFirst { before: None } => ("#shard = :shard", vec![]),
        PageWindow::NewestFirst { before: Some(before) } => {
            ("#shard = :shard AND #created < :before", vec![(":before", text(before.as_str()))])
        }
        PageWindow::OldestFirst { after: None, until } => {
            ("#shard = :shard AND #created < :until", vec![(":until", text(until.as_str()))])
        }
        // A key condition can compare the sort key once, and BETWEEN includes both ends. `after` must not be included, so a
        // character is appended to it: no position starts with another position, so no order is between the two. `until` is
        // not the position of an order, so including it makes no difference.
        PageWindow::OldestFirst { after: Some(after), until } => (
            "#shard = :shard AND #created BETWEEN :after AND :until",
            vec![(":after", text(format!("{after}~"))), (":until", text(until.as_str()))],
        ),
    }
}

//! Lists from the status index.
//!
//! Every page asks all partitions of the wanted statuses for their first `limit + 1` entries and merges them. That is
//! more than is shown, but one round trip, and no memory between pages but a position.

use super::OrdersTable;
use super::error::translate;
use super::item::{TableItem, text, to_row};
use super::schema::{CREATED_KEY, STATUS_SHARD, partitions};
use crate::orders::OrderStatus;
use crate::store::{IndexRow, OrderPage, PageWindow, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, stream};

/// How many queries are under way at once: each takes a connection, and a connection takes a TLS handshake.
const CONCURRENCY: usize = 8;

impl OrdersTable {
    /// One page of the orders in some statuses.
    pub(super) async fn page(
        &self,
        statuses: &[OrderStatus],
        window: &PageWindow,
        limit: usize,
    ) -> Result<OrderPage, StoreError> {
        let rows: Vec<Vec<IndexRow>> = stream::iter(partitions(statuses))
            .map(|partition| self.rows(partition, window, limit + 1))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(OrderPage::merge(rows.into_iter().flatten().collect(), window, limit))
    }

    /// The first `wanted` entries of a partition within the window.
    async fn rows(&self, partition: String, window: &PageWindow, wanted: usize) -> Result<Vec<IndexRow>, StoreError> {
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
                .limit(i32::try_from(wanted - rows.len()).unwrap_or(i32::MAX));
            let (condition, bounds) = bounds(window);
            if !bounds.is_empty() {
                query = query.expression_attribute_names("#created", CREATED_KEY);
            }
            for (name, value) in bounds {
                query = query.expression_attribute_values(name, value);
            }
            let output =
                query.key_condition_expression(condition).send().await.map_err(|error| translate("Query", &error))?;
            rows.extend(output.items().iter().filter_map(to_row));
            // An answer ends at 1 MB even when there is more.
            match output.last_evaluated_key {
                Some(last) if rows.len() < wanted => start = Some(last),
                _ => return Ok(rows),
            }
        }
    }
}

/// The key condition of a window, and the values that it names.
fn bounds(window: &PageWindow) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
    match window {
        PageWindow::NewestFirst { before: None } => ("#shard = :shard", vec![]),
        PageWindow::NewestFirst { before: Some(before) } => {
            ("#shard = :shard AND #created < :before", vec![(":before", text(before.as_str()))])
        }
        PageWindow::OldestFirst { after: None, until } => {
            ("#shard = :shard AND #created < :until", vec![(":until", text(until.as_str()))])
        }
        // A key condition has room for one comparison, and BETWEEN includes its ends. No position is another one with
        // something appended, so with something appended it is just above itself. `until` is no order's position.
        PageWindow::OldestFirst { after: Some(after), until } => (
            "#shard = :shard AND #created BETWEEN :after AND :until",
            vec![(":after", text(format!("{after}~"))), (":until", text(until.as_str()))],
        ),
    }
}

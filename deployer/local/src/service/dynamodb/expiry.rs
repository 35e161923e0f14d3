//! Time to live: the setting, and the sweep that deletes what has expired by the cloud's clock.

use super::engine::engine;
use super::input::{invalid, only, table_name};
use super::table;
use crate::context::Context;
use crate::store::table::TableRecord;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Between two sweeps, on the cloud's clock: AWS takes days, which nobody wants to wait for locally.
const PERIOD_MS: i64 = 10_000;
/// Real time between two sweeps at least, however fast the clock is moved.
const PAUSE: Duration = Duration::from_secs(1);
/// Items of one page of a sweep: other requests wait for one page at most.
const PAGE: u32 = 200;
/// What expired longer ago than five years is left alone, as on AWS.
const TOO_OLD_S: i64 = 5 * 365 * 86_400;

pub(super) fn update_time_to_live(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName TimeToLiveSpecification")?;
    let name = table_name(call)?;
    let record = table::active(cx, &call.region, name)?;
    let wanted = &call.body["TimeToLiveSpecification"];
    let current = engine(cx, &call.region, "DescribeTimeToLive", &json!({"TableName": name}))?;
    let current = &current["TimeToLiveDescription"];
    let enabled = current["TimeToLiveStatus"] == "ENABLED";
    match wanted["Enabled"].as_bool() {
        Some(true) if enabled && wanted["AttributeName"] == current["AttributeName"] => {
            return Err(invalid("TimeToLive is already enabled"));
        }
        Some(false) if !enabled => return Err(invalid("TimeToLive is already disabled")),
        Some(false) if wanted["AttributeName"] != current["AttributeName"] => {
            return Err(invalid(
                "TimeToLive is active on a different AttributeName: current AttributeName is ".to_owned()
                    + current["AttributeName"].as_str().unwrap_or_default(),
            ));
        }
        _ => {}
    }
    let now = cx.clock.now();
    if record.expiry_locked_until.is_some_and(|until| now < until) {
        return Err(invalid("Time to live has been modified multiple times within a fixed interval"));
    }
    let output = engine(cx, &call.region, "UpdateTimeToLive", &call.body)?;
    if let Some(cooldown) = cx.faults.lasting(|faults| faults.ttl_cooldown_ms) {
        cx.store.write(|document| {
            let record = document.region_mut(&call.region).tables.get_or_insert_with(name, TableRecord::default);
            record.expiry_locked_until = Some(now + cooldown);
            Ok(())
        })?;
    }
    Ok(output)
}

pub(super) fn describe_time_to_live(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName")?;
    table::existing(cx, &call.region, table_name(call)?)?;
    engine(cx, &call.region, "DescribeTimeToLive", &call.body)
}

/// Deletes expired items from time to time, and at once when the clock is moved.
pub struct ExpirySweeper {
    task: JoinHandle<()>,
}

impl ExpirySweeper {
    /// Starts sweeping.
    pub fn start(cx: Arc<Context>) -> Self {
        let task = tokio::spawn(async move {
            loop {
                cx.clock.sleep_until(cx.clock.now_ms() + PERIOD_MS).await;
                let sweeping = Arc::clone(&cx);
                // What one sweep cannot delete the next one will.
                let _ = tokio::task::spawn_blocking(move || sweep(&sweeping)).await;
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self { task }
    }

    /// Ends the sweeps; one that is running goes on to its end.
    pub fn stop(&self) {
        self.task.abort();
    }
}

fn sweep(cx: &Context) -> ServiceResult<()> {
    for region in cx.tables.regions().map_err(ServiceError::internal)? {
        for table in table::names(cx, &region)? {
            let ttl = engine(cx, &region, "DescribeTimeToLive", &json!({"TableName": table}))?;
            if let Some(attribute) = ttl["TimeToLiveDescription"]["AttributeName"].as_str() {
                sweep_table(cx, &region, &table, attribute)?;
            }
        }
    }
    Ok(())
}

fn sweep_table(cx: &Context, region: &str, table: &str, attribute: &str) -> ServiceResult<()> {
    let description = engine(cx, region, "DescribeTable", &json!({"TableName": table}))?;
    let keys: Vec<&str> = description["Table"]["KeySchema"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key["AttributeName"].as_str())
        .collect();
    let now = cx.clock.now().unix_timestamp();
    let expired = "#ttl <= :now AND #ttl >= :old AND attribute_type(#ttl, :number)";
    let values = json!({
        ":now": {"N": now.to_string()},
        ":old": {"N": (now - TOO_OLD_S).to_string()},
        ":number": {"S": "N"},
    });
    let mut scan = json!({
        "TableName": table,
        "Limit": PAGE,
        "FilterExpression": expired,
        "ExpressionAttributeNames": {"#ttl": attribute},
        "ExpressionAttributeValues": values,
    });
    loop {
        let page = engine(cx, region, "Scan", &scan)?;
        for item in page["Items"].as_array().into_iter().flatten() {
            let key: Value = keys
                .iter()
                .map(|key| ((*key).to_owned(), item[*key].clone()))
                .collect::<serde_json::Map<_, _>>()
                .into();
            let delete = json!({
                "TableName": table,
                "Key": key,
                // Somebody may have given it a longer life meanwhile.
                "ConditionExpression": expired,
                "ExpressionAttributeNames": {"#ttl": attribute},
                "ExpressionAttributeValues": values,
            });
            match engine(cx, region, "DeleteItem", &delete) {
                Err(error) if error.code != "ConditionalCheckFailedException" => return Err(error),
                _ => {}
            }
        }
        match page.get("LastEvaluatedKey") {
            Some(last) => scan["ExclusiveStartKey"] = last.clone(),
            None => return Ok(()),
        }
    }
}

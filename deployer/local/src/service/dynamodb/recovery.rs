//! Point-in-time recovery: the setting. Restoring to a point in time is not modelled.

use super::input::{invalid, only, table_name};
use super::table;
use crate::context::Context;
use crate::store::table::TableRecord;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Days that recovery goes back unless chosen.
const DEFAULT_DAYS: u32 = 35;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateContinuousBackupsInput {
    table_name: String,
    point_in_time_recovery_specification: RecoverySpecification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoverySpecification {
    point_in_time_recovery_enabled: bool,
    recovery_period_in_days: Option<u32>,
}

pub(super) fn update_continuous_backups(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateContinuousBackupsInput = call.input()?;
    let specification = input.point_in_time_recovery_specification;
    let days = specification.recovery_period_in_days;
    if days.is_some_and(|days| !(1..=35).contains(&days)) {
        return Err(invalid("RecoveryPeriodInDays must be between 1 and 35"));
    }
    let record =
        table::active(cx, &call.region, &input.table_name).map_err(|error| not_found(error, &input.table_name))?;
    let now = cx.clock.now();
    if record.recovery_unavailable_until.is_some_and(|until| now < until) {
        let message =
            "Backups are being enabled for the table: ".to_owned() + &input.table_name + ". Please retry later";
        return Err(ServiceError::new(400, "ContinuousBackupsUnavailableException", message));
    }
    let record = cx.store.write(|document| {
        let record =
            document.region_mut(&call.region).tables.get_or_insert_with(&input.table_name, TableRecord::default);
        record.recovery_since =
            if specification.point_in_time_recovery_enabled { record.recovery_since.or(Some(now)) } else { None };
        record.recovery_days = record.recovery_since.map(|_| days.or(record.recovery_days).unwrap_or(DEFAULT_DAYS));
        Ok(record.clone())
    })?;
    Ok(view(&record, now))
}

pub(super) fn describe_continuous_backups(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName")?;
    let name = table_name(call)?;
    let record = table::existing(cx, &call.region, name).map_err(|error| not_found(error, name))?;
    Ok(view(&record, cx.clock.now()))
}

/// Translates the error for a missing table: the operations on backups have a code of their own for it.
pub(super) fn not_found(error: ServiceError, table: &str) -> ServiceError {
    match error.code.as_str() {
        "ResourceNotFoundException" => {
            ServiceError::new(400, "TableNotFoundException", format!("Table not found: {table}"))
        }
        _ => error,
    }
}

fn view(record: &TableRecord, now: OffsetDateTime) -> Value {
    let mut recovery = json!({"PointInTimeRecoveryStatus": "DISABLED"});
    if let Some(since) = record.recovery_since {
        let days = record.recovery_days.unwrap_or(DEFAULT_DAYS);
        let earliest = since.max(now - time::Duration::days(i64::from(days)));
        recovery = json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": days,
            "EarliestRestorableDateTime": earliest.unix_timestamp(),
            "LatestRestorableDateTime": now.unix_timestamp(),
        });
    }
    json!({"ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": recovery,
    }})
}

//! How a function is shown.

use super::settings;
use crate::context::Context;
use crate::store::function::FunctionRecord;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

/// Shows a function as `ListFunctions` does: `FunctionConfiguration` without states.
pub(super) fn summary(function: &FunctionRecord) -> Value {
    let mut view = json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "CodeSize": function.code_size,
        "LastModified": timestamp(function.modified),
        "CodeSha256": function.code_sha256,
        "Version": "$LATEST",
        "RevisionId": function.revision,
        "PackageType": "Zip",
        "Architectures": [function.architecture],
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": runtime_version(function)},
    });
    settings::show(function, &mut view);
    view
}

/// Shows a function as `FunctionConfiguration` with its states.
pub(super) fn configuration(cx: &Context, function: &FunctionRecord) -> Value {
    let now = cx.clock.now();
    let mut view = summary(function);
    if pending(function, now) {
        view["State"] = json!("Pending");
        view["StateReason"] = json!("The function is being created.");
        view["StateReasonCode"] = json!("Creating");
    } else {
        view["State"] = json!("Active");
    }
    if updating(function, now) {
        view["LastUpdateStatus"] = json!("InProgress");
        view["LastUpdateStatusReason"] = json!("The function is being created.");
        view["LastUpdateStatusReasonCode"] = json!("Creating");
    } else if !pending(function, now) {
        view["LastUpdateStatus"] = json!("Successful");
    }
    view
}

/// Returns an ARN of the version of the runtime, which has the function's region and no account. There is one version of each here.
fn runtime_version(function: &FunctionRecord) -> String {
    let mut parts = function.arn.split(':').skip(1);
    let (partition, region) = (parts.next().unwrap_or("aws"), parts.nth(1).unwrap_or_default());
    let version = Sha256::digest(format!("{} {}", function.runtime, function.architecture));
    format!("arn:{partition}:lambda:{region}::runtime:{version:x}")
}

/// Tells whether the creation of a function has not ended.
pub(super) fn pending(function: &FunctionRecord, now: OffsetDateTime) -> bool {
    function.pending_until.is_some_and(|until| now < until)
}

/// Tells whether the last update of a function has not ended.
pub(super) fn updating(function: &FunctionRecord, now: OffsetDateTime) -> bool {
    function.updating_until.is_some_and(|until| now < until)
}

/// Writes a time as `2026-01-31T12:00:00.000+0000`.
fn timestamp(at: OffsetDateTime) -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");
    at.format(FORMAT).unwrap_or_default()
}

//! Tables.

use super::encryption::TableEncryption;
use super::engine::engine;
use super::input::{in_use, invalid, only, table_name};
use super::region_arn::table_arn;
use super::{backup, capacity, index_fill, table_check, target};
use crate::context::Context;
use crate::store::table::{RestoreSource, TableRecord};
use crate::wire::{Call, ServiceError, ServiceResult, TagMap};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CREATE: &str = "TableName KeySchema AttributeDefinitions GlobalSecondaryIndexes LocalSecondaryIndexes BillingMode ProvisionedThroughput SSESpecification TableClass Tags DeletionProtectionEnabled OnDemandThroughput StreamSpecification";

const UPDATE: &str = "TableName AttributeDefinitions GlobalSecondaryIndexUpdates BillingMode ProvisionedThroughput SSESpecification TableClass DeletionProtectionEnabled OnDemandThroughput StreamSpecification";

/// Returns what the document knows of a table; tables that are nothing special have no record.
fn record(cx: &Context, region: &str, name: &str) -> TableRecord {
    cx.store.read(|document| document.region(region).tables.get(name).cloned()).unwrap_or_default()
}

/// Keeps the record of a table; one that says nothing is not kept, and one that changes nothing is not written.
pub(super) fn save(cx: &Context, region: &str, name: &str, record: &TableRecord) -> ServiceResult<()> {
    let wanted = Some(record).filter(|record| **record != TableRecord::default());
    if cx.store.read(|document| document.region(region).tables.get(name) == wanted) {
        return Ok(());
    }
    cx.store.write(|document| {
        let tables = &mut document.region_mut(region).tables;
        match wanted {
            Some(record) => tables.insert(name.to_owned(), record.clone()),
            None => drop(tables.remove(name)),
        }
        Ok(())
    })
}

/// Finishes a deletion whose time has come.
fn settle(cx: &Context, region: &str, name: &str) -> ServiceResult<()> {
    match record(cx, region, name).deleting_until {
        Some(until) if until <= cx.clock.now() => remove(cx, region, name),
        _ => Ok(()),
    }
}

fn remove(cx: &Context, region: &str, name: &str) -> ServiceResult<()> {
    match engine(cx, region, "DeleteTable", &json!({"TableName": name})) {
        Err(error) if error.code != "ResourceNotFoundException" => return Err(error),
        _ => {}
    }
    save(cx, region, name, &TableRecord::default())
}

/// Returns the record of a table that exists.
pub(super) fn existing(cx: &Context, region: &str, name: &str) -> ServiceResult<TableRecord> {
    settle(cx, region, name)?;
    engine(cx, region, "DescribeTable", &json!({"TableName": name}))?;
    Ok(record(cx, region, name))
}

/// Returns the record of a table that can be changed now.
pub(super) fn active(cx: &Context, region: &str, name: &str) -> ServiceResult<TableRecord> {
    let record = existing(cx, region, name)?;
    let what = match status(cx, &record) {
        None => return Ok(record),
        Some("DELETING") => "deleted",
        Some("CREATING") => "created",
        Some(_) => "updated",
    };
    Err(busy(what, name))
}

fn busy(what: &str, name: &str) -> ServiceError {
    in_use(format!("Attempt to change a resource which is still in use: Table is being {what}: {name}"))
}

/// Returns the status of a table; `None` is `ACTIVE`.
fn status(cx: &Context, record: &TableRecord) -> Option<&'static str> {
    let now = cx.clock.now();
    let until =
        [(record.deleting_until, "DELETING"), (record.creating_until, "CREATING"), (record.updating_until, "UPDATING")];
    until.into_iter().find(|(until, _)| until.is_some_and(|until| now < until)).map(|(_, status)| status)
}

/// Checks that the items of a table can be used: it is neither being created nor deleted. Without such tables this
/// costs nothing.
pub(super) fn check_usable(cx: &Context, region: &str, input: &mut Value) -> ServiceResult<()> {
    let now = cx.clock.now();
    let unusable = |record: &TableRecord| {
        record.deleting_until.is_some() || record.creating_until.is_some_and(|until| now < until)
    };
    let snapshot = cx.store.snapshot();
    let tables = &snapshot.region(region).tables;
    if !tables.values().any(unusable) {
        return Ok(());
    }
    target::for_each(input, &mut |name| match tables.get(name.as_str()).is_some_and(unusable) {
        true => Err(ServiceError::new(400, "ResourceNotFoundException", "Requested resource not found")),
        false => Ok(()),
    })
}

/// Completes the engine's description with what the document knows.
pub(super) fn complete(cx: &Context, record: &TableRecord, mut description: Value) -> Value {
    if let Some(key) = &record.kms_key {
        description["SSEDescription"] = json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key});
    }
    capacity::show(&record.index_units, &mut description);
    // The engine tells it of a table that is there, and not of one that it has just made.
    if description["DeletionProtectionEnabled"].is_null() {
        description["DeletionProtectionEnabled"] = json!(false);
    }
    description["TableStatus"] = json!(status(cx, record).unwrap_or("ACTIVE"));
    if description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" {
        // The engine does not keep when it changed: most tables were made so.
        let since = description["CreationDateTime"].clone();
        description["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = since;
    }
    let creating = description["TableStatus"] == "CREATING";
    if let Some(RestoreSource { backup, table, at }) = &record.restored {
        description["RestoreSummary"] = json!({
            "SourceBackupArn": backup,
            "SourceTableArn": table,
            "RestoreDateTime": at.unix_timestamp(),
            "RestoreInProgress": creating,
        });
    }
    set_index_status(&mut description, if creating { "CREATING" } else { "ACTIVE" });
    description
}

fn set_index_status(description: &mut Value, status: &str) {
    let indexes = description.get_mut("GlobalSecondaryIndexes").and_then(Value::as_array_mut);
    for index in indexes.into_iter().flatten() {
        index["IndexStatus"] = json!(status);
    }
}

pub(super) fn create_table(cx: &Context, call: &Call) -> ServiceResult {
    only(call, CREATE)?;
    let name = table_name(call)?;
    table_check::key_names(&call.body)?;
    table_check::tags(&call.body)?;
    settle(cx, &call.region, name)?;
    if record(cx, &call.region, name).deleting_until.is_some() {
        return Err(busy("deleted", name));
    }
    let mut input = call.body.clone();
    let encryption = TableEncryption::take(&call.region, &mut input)?;
    let output = engine(cx, &call.region, "CreateTable", &input)?;
    let creating_until = cx.unsettled_until(|faults| faults.table_creating_ms);
    let unavailable = cx.faults.lasting(|faults| faults.recovery_unavailable_ms);
    let active = creating_until.unwrap_or_else(|| cx.clock.now());
    let record = TableRecord {
        kms_key: encryption.and_then(|encryption| encryption.key(&call.region)),
        index_units: capacity::of_new_table(&call.body),
        creating_until,
        recovery_unavailable_until: unavailable.map(|unavailable| active + unavailable),
        ..TableRecord::default()
    };
    save(cx, &call.region, name, &record)?;
    let mut description = complete(cx, &record, output["TableDescription"].clone());
    description["TableStatus"] = json!("CREATING");
    set_index_status(&mut description, "CREATING");
    Ok(json!({"TableDescription": description}))
}

pub(super) fn describe_table(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName")?;
    let name = table_name(call)?;
    settle(cx, &call.region, name)?;
    let output = engine(cx, &call.region, "DescribeTable", &call.body)?;
    Ok(json!({"Table": complete(cx, &record(cx, &call.region, name), output["Table"].clone())}))
}

pub(super) fn update_table(cx: &Context, call: &Call) -> ServiceResult {
    only(call, UPDATE)?;
    let name = table_name(call)?;
    let record = active(cx, &call.region, name)?;
    one_index(&call.body)?;
    table_check::key_names(&call.body)?;
    let before = engine(cx, &call.region, "DescribeTable", &json!({"TableName": name}))?;
    table_check::update(&before["Table"], &call.body)?;
    let index_units = capacity::after_update(&record.index_units, &capacity::indexes(&before["Table"]), &call.body)?;
    let mut input = call.body.clone();
    let encryption = TableEncryption::take(&call.region, &mut input)?;
    let changes = input.as_object().is_some_and(|members| members.len() > 1);
    let output = match (changes, &encryption) {
        // Encryption alone is no matter of the engine.
        (false, Some(_)) => before["Table"].clone(),
        _ => engine(cx, &call.region, "UpdateTable", &input)?["TableDescription"].clone(),
    };
    index_fill::leave_out(cx, &call.region, &output, &call.body)?;
    let updating = cx.unsettled_until(|faults| faults.table_updating_ms);
    let record = TableRecord {
        kms_key: match encryption {
            Some(encryption) => encryption.key(&call.region),
            None => record.kms_key.clone(),
        },
        index_units,
        // Deletion protection alone is changed at once.
        updating_until: updating.filter(|_| !only_protection(&call.body)),
        ..record
    };
    save(cx, &call.region, name, &record)?;
    let mut description = complete(cx, &record, output);
    if !only_protection(&call.body) {
        description["TableStatus"] = json!("UPDATING");
    }
    Ok(json!({"TableDescription": description}))
}

fn only_protection(input: &Value) -> bool {
    let members = input.as_object().into_iter().flatten();
    members.map(|(name, _)| name.as_str()).all(|name| name == "TableName" || name == "DeletionProtectionEnabled")
}

/// Indexes come and go one at a time.
fn one_index(input: &Value) -> ServiceResult<()> {
    let updates = input["GlobalSecondaryIndexUpdates"].as_array().into_iter().flatten();
    let online = updates.filter(|update| update.get("Create").is_some() || update.get("Delete").is_some()).count();
    match online {
        0 | 1 => Ok(()),
        _ => Err(ServiceError::new(
            400,
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        )),
    }
}

pub(super) fn delete_table(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName")?;
    let name = table_name(call)?;
    let record = existing(cx, &call.region, name)?;
    // A table that is being updated can be deleted.
    if status(cx, &record).is_some_and(|status| status != "UPDATING") {
        active(cx, &call.region, name)?;
    }
    let output = engine(cx, &call.region, "DescribeTable", &call.body)?;
    if output["Table"]["DeletionProtectionEnabled"] == true {
        return Err(invalid(format!(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. (table {name})"
        )));
    }
    if record.recovery_since.is_some() {
        backup::of_deleted(cx, &call.region, name)?;
    }
    let mut description = complete(cx, &record, output["Table"].clone());
    description["TableStatus"] = json!("DELETING");
    let answer = of_deleted(&description);
    let deleting_until = cx.unsettled_until(|faults| faults.table_deleting_ms);
    if deleting_until.is_some() {
        save(cx, &call.region, name, &TableRecord { deleting_until, ..record })?;
    } else {
        remove(cx, &call.region, name)?;
    }
    Ok(json!({"TableDescription": answer}))
}

/// Returns what `DeleteTable` tells of a table: neither keys nor indexes nor when it was made.
fn of_deleted(description: &Value) -> Value {
    const TOLD: [&str; 9] = [
        "TableName",
        "TableStatus",
        "TableArn",
        "TableId",
        "TableSizeBytes",
        "ItemCount",
        "ProvisionedThroughput",
        "BillingModeSummary",
        "DeletionProtectionEnabled",
    ];
    let members = description.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| TOLD.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Returns every table that exists.
pub(super) fn names(cx: &Context, region: &str) -> ServiceResult<Vec<String>> {
    let mut names = Vec::new();
    let mut input = json!({});
    loop {
        let output = engine(cx, region, "ListTables", &input)?;
        let page = output["TableNames"].as_array().into_iter().flatten();
        names.extend(page.filter_map(Value::as_str).map(str::to_owned));
        match output.get("LastEvaluatedTableName") {
            Some(last) => input = json!({"ExclusiveStartTableName": last}),
            None => return Ok(names),
        }
    }
}

pub(super) fn list_tables(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "ExclusiveStartTableName Limit")?;
    let waiting: Vec<String> = cx.store.read(|document| {
        let tables = document.region(&call.region).tables.iter();
        tables.filter(|(_, record)| record.deleting_until.is_some()).map(|(name, _)| name.clone()).collect()
    });
    for name in waiting {
        settle(cx, &call.region, &name)?;
    }
    engine(cx, &call.region, "ListTables", &call.body)
}

pub(super) fn tags(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "ResourceArn Tags TagKeys NextToken")?;
    let arn = call.body["ResourceArn"].as_str().unwrap_or_default();
    table_check::tagged_resource(arn)?;
    table_check::tags(&call.body)?;
    if let Some((_, name)) = arn.rsplit_once(":table/") {
        settle(cx, &call.region, name)?;
    }
    engine(cx, &call.region, &call.operation, &call.body)
}

/// Lists the tables of a region with their tags.
pub(super) fn tagged(cx: &Context, region: &str) -> ServiceResult<BTreeMap<String, TagMap>> {
    let regions = cx.tables.regions().map_err(ServiceError::internal)?;
    if !regions.iter().any(|known| known == region) {
        return Ok(BTreeMap::new());
    }
    let mut tagged = BTreeMap::new();
    for name in names(cx, region)? {
        let arn = table_arn(region, &name);
        let input = json!({"ResourceArn": arn});
        let output = engine(cx, region, "ListTagsOfResource", &input)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = output["Tags"].as_array().into_iter().flatten();
        let tags = tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"])));
        tagged.insert(arn, tags.collect());
    }
    Ok(tagged)
}

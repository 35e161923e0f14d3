//! Backups: every item of a table in a file, one per line.

use super::engine::engine;
use super::input::{INVALID, in_use, invalid, only, table_name};
use super::region_arn::{globalise, table_arn};
use super::{recovery, table};
use crate::context::Context;
use crate::store::file::private_file;
use crate::store::table::{BackupRecord, RestoreSource, TableRecord};
use crate::wire::validation::constraint;
use crate::wire::{Call, ServiceError, ServiceResult};
use dynoxide::ImportOptions;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Items that a restore holds in memory.
const BATCH: usize = 1000;

/// Makes a backup; it is available at once.
pub(super) fn create_backup(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName BackupName")?;
    let name = call.body["BackupName"].as_str().unwrap_or_default();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    if !(3..=255).contains(&name.len()) || !name.bytes().all(allowed) {
        let rule = "have length between 3 and 255 and satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
        return Err(constraint(INVALID, name, "backupName", rule));
    }
    let table = table_name(call)?;
    table::active(cx, &call.region, table).map_err(|error| match error.code.as_str() {
        "ResourceInUseException" => ServiceError::new(400, "TableInUseException", error.message),
        _ => recovery::not_found(error, table),
    })?;
    let backup = make(cx, &call.region, table, name, "USER")?;
    Ok(json!({"BackupDetails": details(&backup)}))
}

/// Keeps what AWS keeps for 35 days of a deleted table that had point-in-time recovery.
pub(super) fn of_deleted(cx: &Context, region: &str, table: &str) -> ServiceResult<()> {
    make(cx, region, table, &format!("{table}$DeletedTableBackup"), "SYSTEM").map(drop)
}

fn make(cx: &Context, region: &str, table: &str, name: &str, kind: &str) -> ServiceResult<BackupRecord> {
    let now = cx.clock.now();
    let random = uuid::Uuid::new_v4().simple().to_string();
    let id = format!("{:014}-{}", now.unix_timestamp_nanos() / 1_000_000, &random[..8]);
    let description = engine(cx, region, "DescribeTable", &json!({"TableName": table}))?;
    let ttl = engine(cx, region, "DescribeTimeToLive", &json!({"TableName": table}))?;
    let size = dump(cx, region, table, &cx.tables.backup_file(&id))?;
    let backup = BackupRecord {
        arn: format!("{}/backup/{id}", table_arn(region, table)),
        id,
        name: name.to_owned(),
        kind: kind.to_owned(),
        table: table.to_owned(),
        description: globalise(region, description["Table"].clone()),
        expiry_attribute: ttl["TimeToLiveDescription"]["AttributeName"].as_str().map(str::to_owned),
        size,
        created: now,
    };
    cx.store.write(|document| {
        document.region_mut(region).backups.insert(backup.arn.clone(), backup.clone());
        Ok(())
    })?;
    Ok(backup)
}

/// Writes all items; the file appears when it is complete.
fn dump(cx: &Context, region: &str, table: &str, path: &Path) -> ServiceResult<u64> {
    let partial = path.with_extension("partial");
    let file = private_file(&partial, OpenOptions::new().truncate(true)).map_err(ServiceError::internal)?;
    let mut out = BufWriter::new(file);
    let mut scan = json!({"TableName": table, "ConsistentRead": true});
    loop {
        let page = engine(cx, region, "Scan", &scan)?;
        for item in page["Items"].as_array().into_iter().flatten() {
            writeln!(out, "{item}").map_err(ServiceError::internal)?;
        }
        match page.get("LastEvaluatedKey") {
            Some(last) => scan["ExclusiveStartKey"] = last.clone(),
            None => break,
        }
    }
    let file = out.into_inner().map_err(|error| ServiceError::internal(error.error()))?;
    file.sync_all().map_err(ServiceError::internal)?;
    std::fs::rename(&partial, path).map_err(ServiceError::internal)?;
    Ok(file.metadata().map_err(ServiceError::internal)?.len())
}

fn details(backup: &BackupRecord) -> Value {
    json!({
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": "AVAILABLE",
        "BackupType": backup.kind,
        "BackupCreationDateTime": seconds(backup),
    })
}

fn seconds(backup: &BackupRecord) -> f64 {
    backup.created.unix_timestamp() as f64 + f64::from(backup.created.millisecond()) / 1000.0
}

fn find(cx: &Context, call: &Call) -> ServiceResult<BackupRecord> {
    let arn = call.body["BackupArn"].as_str().unwrap_or_default();
    let found = cx.store.read(|document| document.region(&call.region).backups.get(arn).cloned());
    found.ok_or_else(|| ServiceError::new(400, "BackupNotFoundException", format!("Backup not found: {arn}")))
}

fn full(backup: &BackupRecord) -> Value {
    let table = &backup.description;
    let mut source = pick(table, &["TableName", "TableId", "TableArn", "KeySchema", "ItemCount"]);
    source.insert("TableSizeBytes".into(), table["TableSizeBytes"].clone());
    source.insert("TableCreationDateTime".into(), table["CreationDateTime"].clone());
    source.insert("BillingMode".into(), json!(billing(table)));
    source.insert("ProvisionedThroughput".into(), table["ProvisionedThroughput"].clone());
    let mut features = pick(table, &["SSEDescription"]);
    copy_indexes(table, &mut features, |_, index| {
        pick(index, &["IndexName", "KeySchema", "Projection", "ProvisionedThroughput"])
    });
    if let Some(attribute) = &backup.expiry_attribute {
        features
            .insert("TimeToLiveDescription".into(), json!({"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}));
    }
    json!({"BackupDetails": details(backup), "SourceTableDetails": source, "SourceTableFeatureDetails": features})
}

/// Copies the indexes of a description, each as `copy` makes it.
fn copy_indexes(table: &Value, into: &mut Map<String, Value>, copy: impl Fn(&str, &Value) -> Map<String, Value>) {
    for indexes in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let all = table[indexes].as_array().into_iter().flatten();
        let list: Vec<Value> = all.map(|index| copy(indexes, index).into()).collect();
        if !list.is_empty() {
            into.insert(indexes.to_owned(), list.into());
        }
    }
}

fn pick(from: &Value, names: &[&str]) -> Map<String, Value> {
    let present = names.iter().filter_map(|name| Some(((*name).to_owned(), from.get(*name)?.clone())));
    present.collect()
}

fn billing(table: &Value) -> &str {
    table["BillingModeSummary"]["BillingMode"].as_str().unwrap_or("PROVISIONED")
}

pub(super) fn describe_backup(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "BackupArn")?;
    Ok(json!({"BackupDescription": full(&find(cx, call)?)}))
}

pub(super) fn list_backups(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TableName Limit BackupType ExclusiveStartBackupArn")?;
    let text = |name: &str| call.body[name].as_str();
    let limit = call.body["Limit"].as_u64().unwrap_or(100).clamp(1, 100) as usize;
    let kind = text("BackupType").unwrap_or("ALL");
    cx.store.read(|document| {
        let after = text("ExclusiveStartBackupArn").unwrap_or_default();
        let backups = document.region(&call.region).backups.values();
        let mut wanted = backups
            .filter(|backup| text("TableName").is_none_or(|table| table == backup.table))
            .filter(|backup| kind == "ALL" || kind == backup.kind)
            .filter(|backup| backup.arn.as_str() > after);
        let page: Vec<&BackupRecord> = wanted.by_ref().take(limit).collect();
        let summaries: Vec<Value> = page
            .iter()
            .map(|backup| {
                let mut summary = details(backup);
                summary["TableName"] = json!(backup.table);
                summary["TableArn"] = json!(table_arn(&call.region, &backup.table));
                summary["TableId"] = backup.description["TableId"].clone();
                summary
            })
            .collect();
        let mut output = json!({"BackupSummaries": summaries});
        if let (Some(last), Some(_)) = (page.last(), wanted.next()) {
            output["LastEvaluatedBackupArn"] = json!(last.arn);
        }
        Ok(output)
    })
}

pub(super) fn delete_backup(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "BackupArn")?;
    let backup = find(cx, call)?;
    if backup.kind == "SYSTEM" {
        return Err(invalid(format!("Backup {} is a system backup: it cannot be deleted", backup.arn)));
    }
    cx.store.write(|document| {
        document.region_mut(&call.region).backups.remove(&backup.arn);
        Ok(())
    })?;
    match std::fs::remove_file(cx.tables.backup_file(&backup.id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(ServiceError::internal(error));
        }
        _ => {}
    }
    let mut description = full(&backup);
    description["BackupDetails"]["BackupStatus"] = json!("DELETED");
    Ok(json!({"BackupDescription": description}))
}

/// Makes a new table with the items of a backup. Tags, TTL, protection and recovery are not restored, as on AWS.
pub(super) fn restore_table_from_backup(cx: &Context, call: &Call) -> ServiceResult {
    only(call, "TargetTableName BackupArn BillingModeOverride ProvisionedThroughputOverride")?;
    let backup = find(cx, call)?;
    let Some(target) = call.body["TargetTableName"].as_str() else {
        return Err(invalid("The parameter 'TargetTableName' is required but was not present in the request"));
    };
    match table::existing(cx, &call.region, target) {
        Ok(_) => {
            let message = format!("Table already exists: {target}");
            return Err(ServiceError::new(400, "TableAlreadyExistsException", message));
        }
        Err(error) if error.code == "ResourceNotFoundException" => {}
        Err(error) => return Err(error),
    }
    let file = File::open(cx.tables.backup_file(&backup.id)).map_err(ServiceError::internal)?;
    let create = definition(&backup.description, target, call);
    let created = engine(cx, &call.region, "CreateTable", &create).map_err(|error| match error.code.as_str() {
        "ResourceInUseException" => in_use(error.message),
        _ => error,
    })?;
    if let Err(error) = load(cx, &call.region, target, file) {
        // Half a table is worse than none.
        engine(cx, &call.region, "DeleteTable", &json!({"TableName": target}))?;
        return Err(error);
    }
    let creating_until = cx.unsettled_until(|faults| faults.table_creating_ms);
    let restored =
        RestoreSource { backup: backup.arn.clone(), table: table_arn(&call.region, &backup.table), at: backup.created };
    let record = TableRecord { creating_until, restored: Some(restored), ..TableRecord::default() };
    table::save(cx, &call.region, target, &record)?;
    let mut description = table::complete(cx, &record, created["TableDescription"].clone());
    description["TableStatus"] = json!("CREATING");
    description["RestoreSummary"]["RestoreInProgress"] = json!(true);
    Ok(json!({"TableDescription": description}))
}

/// Returns the description of a table as the input that makes one like it.
fn definition(table: &Value, target: &str, call: &Call) -> Value {
    let throughput = |of: &Value| pick(&of["ProvisionedThroughput"], &["ReadCapacityUnits", "WriteCapacityUnits"]);
    let mode = call.body["BillingModeOverride"].as_str().unwrap_or(billing(table));
    let provisioned = mode == "PROVISIONED";
    let mut create = pick(table, &["KeySchema", "AttributeDefinitions"]);
    create.insert("TableName".into(), json!(target));
    create.insert("BillingMode".into(), json!(mode));
    if provisioned {
        let given = call.body.get("ProvisionedThroughputOverride").cloned();
        create.insert("ProvisionedThroughput".into(), given.unwrap_or_else(|| throughput(table).into()));
    }
    if let Some(class) = table["TableClassSummary"]["TableClass"].as_str() {
        create.insert("TableClass".into(), json!(class));
    }
    copy_indexes(table, &mut create, |indexes, index| {
        let mut members = pick(index, &["IndexName", "KeySchema", "Projection"]);
        if provisioned && indexes == "GlobalSecondaryIndexes" {
            members.insert("ProvisionedThroughput".into(), throughput(index).into());
        }
        members
    });
    create.into()
}

fn load(cx: &Context, region: &str, table: &str, file: File) -> ServiceResult<()> {
    let database = cx.tables.database(region)?;
    let mut lines = BufReader::new(file).lines();
    loop {
        let mut items = Vec::with_capacity(BATCH);
        for line in lines.by_ref().take(BATCH) {
            let line = line.map_err(ServiceError::internal)?;
            items.push(serde_json::from_str(&line).map_err(ServiceError::internal)?);
        }
        if items.is_empty() {
            return Ok(());
        }
        database.import_items(table, items, ImportOptions::default()).map_err(ServiceError::internal)?;
    }
}

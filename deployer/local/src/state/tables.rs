//! DynamoDB: an embedded engine does tables, items and indexes; what it lacks is added around it.
//!
//! Every region has a database file of its own. Operations on items go straight to the engine and touch neither the
//! document nor its lock.

mod arn;
mod backup;
mod capacity;
mod engine;
mod expiry;
mod recovery;
mod table;

pub use expiry::Sweeper;

use crate::context::Context;
use crate::control::tagging::Tags;
use crate::front::aws_json::{self, Version};
use crate::front::json::{Call, Fault};
use crate::front::service::Output;
use crate::store::file;
use dynoxide::Database;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the items of backups are, below the directory of the tables.
const BACKUPS: &str = "backups";

/// The databases, one per region, opened when they are first needed.
pub struct Tables {
    dir: PathBuf,
    open: Mutex<BTreeMap<String, Database>>,
}

impl Tables {
    /// Uses `dir`, which is made when it does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(dir: &Path) -> std::io::Result<Self> {
        file::private_dir(&dir.join(BACKUPS))?;
        Ok(Self { dir: dir.to_owned(), open: Mutex::default() })
    }

    /// The database of a region. Blocking when it is opened.
    fn database(&self, region: &str) -> Result<Database, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = open.get(region) {
            return Ok(database.clone());
        }
        let path = self.dir.join(format!("{region}.sqlite"));
        // SQLite gives its other files the permissions of this one.
        file::private_file(&path, &mut OpenOptions::new()).map_err(Fault::internal)?;
        let path = path.to_str().ok_or_else(|| Fault::internal("the directory's path is not UTF-8"))?;
        let database = Database::new(path).map_err(Fault::internal)?;
        // This is the engine's only way to `synchronous = NORMAL`: a commit survives the end of the process without
        // waiting for the disk.
        database.disable_bulk_loading().map_err(Fault::internal)?;
        open.insert(region.to_owned(), database.clone());
        Ok(database)
    }

    /// The regions that have a database, opened or not.
    fn regions(&self) -> std::io::Result<Vec<String>> {
        let mut regions = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            regions.extend(name.to_str().and_then(|name| name.strip_suffix(".sqlite")).map(str::to_owned));
        }
        Ok(regions)
    }

    fn backup_file(&self, id: &str) -> PathBuf {
        self.dir.join(BACKUPS).join(id)
    }
}

/// What reads and writes items: straight to the engine.
pub(crate) const ITEMS: &[&str] = &[
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactGetItems",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
];

/// Answers a DynamoDB call.
///
/// # Errors
/// DynamoDB's own, and `NotImplementedException`.
pub async fn handle(cx: &Arc<Context>, call: Call) -> Result<Output, Fault> {
    let cx = Arc::clone(cx);
    // The engine blocks: it must not hold up the threads that answer other requests.
    tokio::task::spawn_blocking(move || answer(&cx, &call)).await.map_err(Fault::internal)?
}

fn answer(cx: &Context, call: &Call) -> Result<Output, Fault> {
    dispatch(cx, call).map_err(|fault| Fault { message: arn::globalise_text(&call.region, &fault.message), ..fault })
}

fn dispatch(cx: &Context, call: &Call) -> Result<Output, Fault> {
    if ITEMS.contains(&call.operation.as_str()) {
        table::check_usable(cx, call)?;
        let database = cx.tables.database(&call.region)?;
        let body = engine::run(&database, &call.operation, &call.payload)?;
        return Ok(Output::Ready(aws_json::ready(Version::V1_0, body)));
    }
    let body = aws_json::decode_body(&call.payload)?;
    let call = Call { body: arn::localise(&call.region, body)?, ..call.clone() };
    let members = match call.operation.as_str() {
        "CreateTable" => table::create(cx, &call),
        "DescribeTable" => table::describe(cx, &call),
        "UpdateTable" => table::update(cx, &call),
        "DeleteTable" => table::delete(cx, &call),
        "ListTables" => table::list(cx, &call),
        "TagResource" | "UntagResource" | "ListTagsOfResource" => table::tags(cx, &call),
        "UpdateTimeToLive" => expiry::update(cx, &call),
        "DescribeTimeToLive" => expiry::describe(cx, &call),
        "UpdateContinuousBackups" => recovery::update(cx, &call),
        "DescribeContinuousBackups" => recovery::describe(cx, &call),
        "CreateBackup" => backup::create(cx, &call),
        "DescribeBackup" => backup::describe(cx, &call),
        "ListBackups" => backup::list(cx, &call),
        "DeleteBackup" => backup::delete(cx, &call),
        "RestoreTableFromBackup" => backup::restore(cx, &call),
        other => Err(Fault::unknown_operation("dynamodb", other)),
    }?;
    Ok(Output::Members(arn::globalise(&call.region, members)))
}

/// Runs an operation of the engine on members.
fn engine(cx: &Context, region: &str, operation: &str, input: &Value) -> Result<Value, Fault> {
    let database = cx.tables.database(region)?;
    let output = engine::run(&database, operation, input.to_string().as_bytes())?;
    serde_json::from_slice(&output).map_err(Fault::internal)
}

/// The tables of a region with their tags, for the tagging API.
///
/// # Errors
/// When the database cannot be read.
pub fn tagged(cx: &Context, region: &str) -> Result<BTreeMap<String, Tags>, Fault> {
    let regions = cx.tables.regions().map_err(Fault::internal)?;
    if !regions.iter().any(|known| known == region) {
        return Ok(BTreeMap::new());
    }
    let mut tagged = BTreeMap::new();
    for name in table::names(cx, region)? {
        let arn = arn::table(region, &name);
        let input = json!({"ResourceArn": arn});
        let output = engine(cx, region, "ListTagsOfResource", &input)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = output["Tags"].as_array().into_iter().flatten();
        let tags = tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"])));
        tagged.insert(arn, tags.collect());
    }
    Ok(tagged)
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", message)
}

fn in_use(message: impl Into<String>) -> Fault {
    Fault::new(400, "ResourceInUseException", message)
}

/// Refuses members that are not modelled.
fn only(call: &Call, known: &[&str]) -> Result<(), Fault> {
    let unknown = call.body.as_object().into_iter().flatten().find(|(name, _)| !known.contains(&name.as_str()));
    match unknown {
        None => Ok(()),
        Some((name, _)) => Err(Fault::not_implemented(format!(
            "the embedded cloud does not model parameter {name} of {}",
            call.operation
        ))),
    }
}

fn table_name(call: &Call) -> Result<&str, Fault> {
    call.body["TableName"]
        .as_str()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("The parameter 'TableName' is required but was not present in the request"))
}

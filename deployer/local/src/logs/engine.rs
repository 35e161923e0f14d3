//! CloudWatch Logs: groups in the document, streams and events in a file of their own.

pub mod events;
mod groups;
pub mod model;
pub mod pattern;
mod position;
mod queries;
mod streams;

use crate::clock::Clock;
use crate::context::Context;
use crate::front::json::{Call, Fault};
use crate::store::{Document, Store};
use events::{EventStore, NewEvent};
use model::LogGroup;
use serde_json::Value;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use tokio::task::spawn_blocking;

/// How often expired events are deleted, in milliseconds of the cloud's clock.
const SWEEP_MS: i64 = 60_000;

/// The log groups of all regions.
#[derive(Debug)]
pub struct Logs {
    store: Arc<Store>,
    clock: Arc<Clock>,
    events: Arc<EventStore>,
}

impl Logs {
    /// Opens the events under `dir` and begins to expire them. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the directory or the file in it cannot be used.
    pub fn open(dir: &Path, store: Arc<Store>, clock: Arc<Clock>) -> io::Result<Arc<Self>> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let events = Arc::new(EventStore::open(&dir.join("events.sqlite"))?);
        let logs = Arc::new(Self { store, clock, events });
        tokio::spawn(sweep(Arc::downgrade(&logs), Arc::clone(&logs.clock)));
        Ok(logs)
    }

    /// Makes a group that is not there, without retention and tags: what Lambda does for a role that allows it.
    pub fn ensure_group(&self, region: &str, name: &str) {
        let there = |document: &Document| document.region(region).logs.groups.contains_key(name);
        if self.store.read(there) {
            return;
        }
        let group = LogGroup::new(self.clock.now_ms());
        let made = self.store.write(|document| {
            document.region_mut(region).logs.groups.entry(name.to_owned()).or_insert(group);
            Ok(())
        });
        if let Err(fault) = made {
            eprintln!("the log group {name} could not be made: {fault}");
        }
    }

    /// Queues lines of a function. They are dropped when there is no such group; the stream is made when it is not there.
    pub fn append(&self, region: &str, group: &str, stream: &str, lines: Vec<NewEvent>) {
        let id = self.store.read(|document| document.region(region).logs.groups.get(group).map(|group| group.id));
        if let Some(id) = id {
            self.events.append(id, stream, self.clock.now_ms(), lines);
        }
    }

    /// Waits until everything that was appended is on disk.
    pub async fn flush(&self) {
        self.events.flush().await;
    }

    fn group(&self, region: &str, name: &str) -> Result<LogGroup, Fault> {
        self.store.read(|document| document.region(region).logs.groups.get(name).cloned()).ok_or_else(no_such_group)
    }

    /// Runs a piece of work on the events where blocking is allowed.
    async fn on_events<T: Send + 'static>(
        &self,
        work: impl FnOnce(&EventStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        self.events.flush().await;
        let events = Arc::clone(&self.events);
        match spawn_blocking(move || work(&events)).await {
            Ok(result) => result.map_err(Fault::internal),
            Err(panicked) => Err(Fault::internal(panicked)),
        }
    }

    /// Deletes what is older than its group keeps, and what an interrupted deletion left.
    async fn expire(&self) -> Result<(), Fault> {
        let now_ms = self.clock.now_ms();
        let groups: Vec<(i64, i64)> = self.store.read(|document| {
            let groups = document.regions.values().flat_map(|region| region.logs.groups.values());
            groups.map(|group| (group.id, group.kept_from_ms(now_ms))).collect()
        });
        self.on_events(move |events| {
            events.keep_groups(&groups.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
            groups.iter().filter(|(_, from)| *from > i64::MIN).try_for_each(|(id, from)| events.expire(*id, *from))
        })
        .await
    }
}

async fn sweep(logs: Weak<Logs>, clock: Arc<Clock>) {
    while let Some(logs) = logs.upgrade() {
        // Taken first: a clock that is moved during the work must not be slept over.
        let next_ms = clock.now_ms() + SWEEP_MS;
        if let Err(error) = logs.expire().await {
            eprintln!("expired log events were not deleted: {error}");
        }
        drop(logs);
        clock.sleep_until(next_ms).await;
    }
}

/// Answers one call to CloudWatch Logs.
///
/// # Errors
/// AWS's errors, and `NotImplementedException` for what is not modelled.
pub async fn handle(context: &Context, call: Call) -> Result<Value, Fault> {
    context.logs.answer(&call).await
}

impl Logs {
    /// Answers one call.
    ///
    /// # Errors
    /// See [`handle`].
    pub async fn answer(&self, call: &Call) -> Result<Value, Fault> {
        match call.operation.as_str() {
            "CreateLogGroup" => groups::create(self, call),
            "DeleteLogGroup" => groups::delete(self, call).await,
            "DescribeLogGroups" => groups::describe(self, call).await,
            "PutLogGroupDeletionProtection" => groups::protect(self, call),
            "PutRetentionPolicy" => groups::put_retention(self, call),
            "DeleteRetentionPolicy" => groups::delete_retention(self, call),
            "TagResource" => groups::tag(self, call),
            "UntagResource" => groups::untag(self, call),
            "ListTagsForResource" => groups::list_tags(self, call),
            "CreateLogStream" => streams::create(self, call).await,
            "DeleteLogStream" => streams::delete(self, call).await,
            "DescribeLogStreams" => streams::describe(self, call).await,
            "PutLogEvents" => queries::put(self, call).await,
            "GetLogEvents" => queries::get(self, call).await,
            "FilterLogEvents" => queries::filter(self, call).await,
            other => Err(Fault::unknown_operation("CloudWatch Logs", other)),
        }
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterException", message)
}

fn no_such_group() -> Fault {
    Fault::new(400, "ResourceNotFoundException", "The specified log group does not exist.")
}

fn no_such_stream() -> Fault {
    Fault::new(400, "ResourceNotFoundException", "The specified log stream does not exist.")
}

/// A value that breaks a constraint of its shape, in AWS's words.
fn constraint(value: impl std::fmt::Display, member: &str, rule: impl std::fmt::Display) -> Fault {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"
    ))
}

/// The name of the group that a call means: by name, or by identifier (a name or an ARN).
fn group_name(region: &str, name: Option<String>, identifier: Option<String>) -> Result<String, Fault> {
    match (name, identifier) {
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) => match identifier.starts_with("arn:") {
            false => Ok(identifier),
            true => named_in_arn(region, identifier.strip_suffix(":*").unwrap_or(&identifier)),
        },
        (Some(_), Some(_)) => Err(invalid("LogGroup name and LogGroup ARN are mutually exclusive parameters.")),
        (None, None) => Err(invalid(
            "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null",
        )),
    }
}

/// The name in a log group's ARN of this region.
fn named_in_arn(region: &str, arn: &str) -> Result<String, Fault> {
    arn.strip_prefix(&model::group_arn(region, ""))
        .filter(|name| !name.is_empty() && !name.contains(':'))
        .map(str::to_owned)
        .ok_or_else(|| {
            invalid(format!("'{arn}' is not the ARN of a log group of account {} in {region}", crate::ACCOUNT))
        })
}

/// A page size within AWS's limits.
fn page_size(limit: Option<i64>, default: usize, max: usize) -> Result<usize, Fault> {
    match limit {
        None => Ok(default),
        Some(limit) if limit < 1 => Err(constraint(limit, "limit", "have value greater than or equal to 1")),
        Some(limit) => match usize::try_from(limit) {
            Ok(limit) if limit <= max => Ok(limit),
            _ => Err(constraint(limit, "limit", format_args!("have value less than or equal to {max}"))),
        },
    }
}

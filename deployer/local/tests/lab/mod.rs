//! A data plane without a front door: store, clock, logs and runtime in a temporary directory.

#![allow(dead_code, reason = "it is compiled for every test, and each one uses a part of it")]

pub mod browser;
pub mod cloud;
pub mod hostile;
pub mod http;
pub mod pages;

use bytes::Bytes;
use deployer_local::clock::Clock;
use deployer_local::logs::LogEngine;
use deployer_local::runtime::{
    FunctionInvocation, FunctionRuntime, InvocationOutcome, InvocationRefused, InvokeOptions,
};
use deployer_local::service::find_service;
use deployer_local::store::function::{FunctionLogging, FunctionRecord};
use deployer_local::store::role::RoleRecord;
use deployer_local::store::{CloudStore, OpenError};
use deployer_local::wire::{Call, Output, ServiceError};
use deployer_local::{Context, Faults, Options, StartError, open};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The region of everything.
pub const REGION: &str = "ap-south-1";

/// The role of every function.
pub const ROLE: &str = "arn:aws:iam::000000000000:role/probe";

/// The parts, and the directory that they live in.
pub struct Lab {
    pub dir: TempDir,
    pub store: Arc<CloudStore>,
    pub clock: Arc<Clock>,
    pub logs: Arc<LogEngine>,
    pub runtime: Arc<FunctionRuntime>,
    context: Arc<Context>,
}

impl Lab {
    pub fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    pub fn open(dir: TempDir) -> Self {
        let listen = ([127, 0, 0, 1], 9).into();
        let options = Options { dir: dir.path().to_owned(), listen, faults: Faults::default() };
        let context = Arc::new(unlocked(|| match open(&options, listen) {
            Err(StartError::Store(error)) => Err(error),
            opened => Ok(opened.unwrap_or_else(|error| panic!("{error}"))),
        }));
        let (store, clock) = (Arc::clone(&context.store), Arc::clone(&context.clock));
        let (logs, runtime) = (Arc::clone(&context.logs), Arc::clone(&context.runtime));
        let lab = Self { dir, store, clock, logs, runtime, context };
        lab.role(&["logs:CreateLogStream", "logs:PutLogEvents"]);
        lab
    }

    /// Puts the role of the probes into the document: it may do these things with logs.
    pub fn role(&self, actions: &[&str]) {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/*:*" }],
        });
        let role: RoleRecord = serde_json::from_value(json!({
            "name": "probe",
            "id": "AROAPROBE",
            "path": "/",
            "arn": ROLE,
            "trust": "{}",
            "description": null,
            "max_session_s": 3600,
            "inline": { "logs": policy.to_string() },
            "attached": [],
            "tags": {},
            "created": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        self.store
            .write(|document| {
                document.iam.roles.insert(role.name.clone(), role);
                Ok(())
            })
            .unwrap();
    }

    /// Ends everything as `kill` would not, and gives the directory back.
    pub async fn close(self) -> TempDir {
        self.runtime.shutdown().await;
        let Self { dir, store, clock, logs, runtime, context } = self;
        drop((clock, logs, runtime, context));
        // Background tasks hold the store until they notice; the lock on the directory goes with it.
        let mut store = Some(store);
        while let Err(shared) = Arc::try_unwrap(store.take().unwrap()) {
            store = Some(shared);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        dir
    }

    /// A function that runs the probe, with a log group.
    pub async fn probe(&self, name: &str, change: impl FnOnce(&mut FunctionRecord)) -> FunctionRecord {
        self.function(name, &[("bootstrap", probe(), 0o755)], change).await
    }

    /// A function with these files.
    pub async fn function(
        &self,
        name: &str,
        files: &[(&str, Vec<u8>, u32)],
        change: impl FnOnce(&mut FunctionRecord),
    ) -> FunctionRecord {
        let code = self.store.code().put(&zip(files)).unwrap();
        let now = self.clock.now();
        let mut function: FunctionRecord = serde_json::from_value(json!({
            "name": name,
            "arn": format!("arn:aws:lambda:{REGION}:000000000000:function:{name}"),
            "region": REGION,
            "role": ROLE,
            "runtime": "provided.al2023",
            "handler": "bootstrap",
            "description": "",
            "memory_mb": 128,
            "timeout_s": 3,
            "ephemeral_storage_mb": 512,
            "environment": {},
            "code_sha256": code.sha256,
            "code_size": code.size,
            "revision": uuid::Uuid::new_v4().to_string(),
            "architecture": "x86_64",
            "tracing_mode": "PassThrough",
            "logging": FunctionLogging {
                format: "Text".to_owned(),
                group: format!("/aws/lambda/{name}"),
                application_level: None,
                system_level: None,
            },
            "reserved_concurrency": null,
            "policy": [],
            "policy_revision": "1",
            "tags": {},
            "modified": now.format(&time::format_description::well_known::Rfc3339).unwrap(),
        }))
        .unwrap();
        change(&mut function);
        self.save(&function);
        self.logs("CreateLogGroup", json!({ "logGroupName": function.logging.group })).await.unwrap();
        function
    }

    /// Makes a folder in which the probe's `meet` leaves its files.
    pub fn meeting_folder(&self) -> PathBuf {
        let folder = self.dir.path().join("meeting");
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    /// Puts a function into the document.
    pub fn save(&self, function: &FunctionRecord) {
        self.store
            .write(|document| {
                document.region_mut(REGION).functions.insert(function.name.clone(), function.clone());
                Ok(())
            })
            .unwrap();
    }

    pub async fn invoke(
        &self,
        function: &FunctionRecord,
        event: Value,
    ) -> Result<FunctionInvocation, InvocationRefused> {
        self.runtime.invoke(function, Bytes::from(event.to_string()), InvokeOptions::default()).await
    }

    /// The answer of a function that must not fail.
    pub async fn ask(&self, function: &FunctionRecord, event: Value) -> Value {
        match self.invoke(function, event).await.unwrap().outcome {
            InvocationOutcome::Answered(answer) => serde_json::from_slice(&answer).unwrap(),
            InvocationOutcome::Failed(error) => panic!("{}", String::from_utf8_lossy(&error)),
        }
    }

    /// The error of a function that must fail, its request id replaced.
    pub async fn failure(&self, function: &FunctionRecord, event: Value) -> String {
        let invocation = self.invoke(function, event).await.unwrap();
        match invocation.outcome {
            InvocationOutcome::Answered(answer) => panic!("{}", String::from_utf8_lossy(&answer)),
            InvocationOutcome::Failed(error) => String::from_utf8_lossy(&error).replace(&invocation.request_id, "ID"),
        }
    }

    pub async fn logs(&self, operation: &str, body: Value) -> Result<Value, ServiceError> {
        let call = Call { region: REGION.to_owned(), operation: operation.to_owned(), body, ..Call::default() };
        let handler = find_service("logs").unwrap().operation(operation).unwrap().handler;
        match handler.run(&self.context, &Arc::new(call)).await? {
            Output::Members(members) => Ok(members),
            Output::Ready(_) => panic!("{operation} answers members"),
        }
    }

    /// All lines of a function, in order.
    pub async fn lines(&self, function: &FunctionRecord) -> Vec<String> {
        let found = self.logs("FilterLogEvents", json!({ "logGroupName": function.logging.group })).await.unwrap();
        let events = found["events"].as_array().unwrap();
        events.iter().map(|event| event["message"].as_str().unwrap().trim_end().to_owned()).collect()
    }

    /// Returns when a condition holds; fails after ten seconds.
    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut(&Self) -> bool) {
        for _ in 0..1_000 {
            if holds(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} did not happen within ten seconds");
    }
}

/// Opens a store that another one has just let go. A process that is being started by a test next door holds a copy of every
/// open file, and so of the lock, until it executes its program.
pub fn unlocked<T>(mut open: impl FnMut() -> Result<T, OpenError>) -> T {
    for _ in 0..1_000 {
        match open() {
            Err(OpenError::Locked { .. }) => std::thread::sleep(Duration::from_millis(10)),
            opened => return opened.unwrap(),
        }
    }
    panic!("the store stays locked");
}

/// The example `probe`, which `cargo test` has built.
pub fn probe() -> Vec<u8> {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples/probe");
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo build --example probe`", path.display()))
}

/// A zip of files with their modes.
pub fn zip(files: &[(&str, Vec<u8>, u32)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, mode) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(*mode);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Variables as a function has them.
pub fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

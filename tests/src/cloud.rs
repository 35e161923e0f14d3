//! Drives a running embedded cloud: its calls, its faults, its clock.

use crate::http;
use crate::http::{Reply, block_on};
use deployer::aws::{AwsClients, ConnectOptions, connect};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// A cloud that has not stopped after this time hangs.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// The error codes with which the services answer when `server_error_chance` makes them fail.
pub const SERVER_ERRORS: &[&str] = &[
    "InternalException",
    "InternalFailure",
    "InternalServerError",
    "ServiceException",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];
/// The region of the stacks in these tests.
pub const REGION: &str = "ap-south-1";

/// An embedded cloud that runs as a process of its own.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// The URL of the cloud, such as `http://127.0.0.1:4588`.
    pub endpoint: String,
    /// The id of the process.
    pub pid: u32,
}

impl Cloud {
    /// Finds the cloud that stores its state in `dir`, if it runs. The process id is compared, because another cloud may have the
    /// port by now.
    pub fn of(dir: &Path) -> Option<Cloud> {
        let noted: Value = serde_json::from_slice(&fs::read(dir.join("process.json")).ok()?).ok()?;
        let endpoint = noted["endpoint"].as_str()?.to_owned();
        let cloud = Cloud { endpoint, pid: u32::try_from(noted["pid"].as_u64()?).ok()? };
        cloud.answers().then_some(cloud)
    }

    /// Sends a request to the cloud's administration endpoints. `None` if no answer came.
    fn try_admin(&self, method: &str, path: &str, body: &Value) -> Option<Reply> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::try_send(method, &format!("{}/_deployer/{path}", self.endpoint), &[("x-deployer-local", "1")], &body)
    }

    /// Sends a request to the cloud's administration endpoints, which must succeed, and returns the JSON of the answer.
    #[track_caller]
    fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.try_admin(method, path, body).unwrap_or_else(|| panic!("{} does not answer", self.endpoint));
        reply.is(200).json()
    }

    /// Returns the calls since the last [`Cloud::forget_calls`], as `dynamodb:CreateTable`, oldest first.
    #[track_caller]
    pub fn calls(&self) -> Vec<String> {
        self.records(|_| true)
    }

    /// Returns the calls since the last [`Cloud::forget_calls`] that change something, oldest first.
    #[track_caller]
    pub fn writes(&self) -> Vec<String> {
        self.records(|record| record["write"] == true)
    }

    /// Returns the calls that change something and were refused, oldest first.
    #[track_caller]
    pub fn refused_writes(&self) -> Vec<String> {
        self.records(|record| record["write"] == true && record["error"].is_string())
    }

    /// Returns the error codes of the calls that failed; `Cut` stands for a connection that was closed.
    #[track_caller]
    pub fn errors(&self) -> Vec<String> {
        let records = self.admin("GET", "calls", &Value::Null);
        let errors = records.as_array().expect("the calls are a list").iter();
        errors.filter_map(|record| Some(record["error"].as_str()?.to_owned())).collect()
    }

    /// Returns the calls whose record in the call log is `wanted`.
    #[track_caller]
    fn records(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let records = self.admin("GET", "calls", &Value::Null);
        let records = records.as_array().expect("the calls are a list");
        let text = |record: &Value, member: &str| record[member].as_str().unwrap_or_default().to_owned();
        let name = |record: &Value| format!("{}:{}", text(record, "service"), text(record, "operation"));
        records.iter().filter(|record| wanted(record)).map(name).collect()
    }

    /// Empties the call log.
    #[track_caller]
    pub fn forget_calls(&self) {
        self.admin("DELETE", "calls", &Value::Null);
    }

    /// Allows a caller, named by an access key, only what `policy` allows.
    #[track_caller]
    pub fn restrict(&self, key: &str, policy: &Value) {
        self.admin("PUT", &format!("callers/{key}"), policy);
    }

    /// Returns the permissions that the calls of a restricted caller required since the last [`Cloud::forget_calls`], oldest
    /// first.
    #[track_caller]
    pub fn required_permissions(&self, key: &str) -> Vec<RequiredPermission> {
        let records = self.admin("GET", "calls", &Value::Null);
        let records = records.as_array().expect("the calls are a list").iter();
        let required = records.filter(|record| record["accessKey"] == key).flat_map(|record| {
            let decisions = record["authorization"].as_array().into_iter().flatten();
            decisions.map(|decision| RequiredPermission {
                action: decision["action"].as_str().unwrap_or_default().to_owned(),
                resource: decision["resource"].as_str().unwrap_or_default().to_owned(),
                allowed: decision["allowed"] == true,
            })
        });
        required.collect()
    }

    /// Sets the faults that the cloud injects from now on, as `deployer_local::Faults` describes them; `{}` for none.
    #[track_caller]
    pub fn faults(&self, faults: Value) {
        self.admin("PUT", "faults", &faults);
    }

    /// Moves the cloud's clock ahead.
    #[track_caller]
    pub fn advance(&self, by: Duration) {
        self.admin("POST", "clock", &json!({"advanceMs": u64::try_from(by.as_millis()).unwrap_or(u64::MAX)}));
    }

    /// Fires a rule of the tests' region now.
    #[track_caller]
    pub fn fire(&self, rule: &str) {
        self.admin("POST", "fire", &json!({"region": REGION, "name": rule}));
    }

    /// Runs `work` with SDK clients of the tests' region, past the deployer.
    pub fn sdk<T>(&self, work: impl AsyncFnOnce(&AwsClients) -> T) -> T {
        sdk(&self.endpoint, work)
    }

    /// Lists everything that exists in the tests' region; see [`crate::census::everything`].
    pub fn census(&self) -> Vec<String> {
        self.sdk(crate::census::everything)
    }

    /// Kills the cloud's process, as a power cut would.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        self.wait_until_gone();
    }

    /// Shuts the cloud down, and kills its process if it does not stop in time.
    pub(crate) fn stop(&self) {
        self.try_admin("POST", "shutdown", &Value::Null);
        if !self.stops_in_time() {
            self.signal(Signal::KILL);
        }
    }

    /// Sends a signal to the cloud's process.
    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            // The process may have ended in the meantime, which is no error.
            let _ = kill_process(pid, signal);
        }
    }

    /// Waits until the cloud has stopped, which it must within [`STOP_TIMEOUT`].
    #[track_caller]
    fn wait_until_gone(&self) {
        assert!(self.stops_in_time(), "process {} does not end", self.pid);
    }

    /// Tells whether the cloud stops answering within [`STOP_TIMEOUT`]. An answer with its process id is the only evidence
    /// that it runs: another cloud may have the port by now, and the process may be a zombie that nobody reaps.
    fn stops_in_time(&self) -> bool {
        let deadline = Instant::now() + STOP_TIMEOUT;
        while self.answers() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Tells whether this very process answers at the endpoint.
    fn answers(&self) -> bool {
        let health = self.try_admin("GET", "health", &Value::Null);
        health
            .and_then(|health| serde_json::from_str::<Value>(&health.body).ok())
            .is_some_and(|body| body["pid"] == self.pid)
    }
}

/// A permission that a call of a restricted caller required.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredPermission {
    /// The action, such as `lambda:CreateFunction`.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// Whether the policy allowed it.
    pub allowed: bool,
}

/// Runs `work` with SDK clients of the tests' region at an endpoint that accepts any credentials.
pub fn sdk<T>(endpoint: &str, work: impl AsyncFnOnce(&AwsClients) -> T) -> T {
    block_on(async {
        let connection = connect(&connect_options(endpoint)).await.expect("a region is given");
        work(&connection.clients).await
    })
}

/// Returns the options for a connection to an endpoint that accepts any credentials.
pub(crate) fn connect_options(endpoint: &str) -> ConnectOptions {
    ConnectOptions {
        region: Some(REGION.to_owned()),
        endpoint_url: Some(endpoint.to_owned()),
        local: true,
        ..ConnectOptions::default()
    }
}

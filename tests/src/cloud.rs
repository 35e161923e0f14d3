//! A running embedded cloud.

use crate::http;
use crate::http::{Reply, block_on};
use deployer::aws::{AwsClients, ConnectOptions, connect};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// It stops well within this time, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the services answer where `server_error_chance` lets them break.
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

/// A cloud that answers.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// `http://127.0.0.1:4588`.
    pub endpoint: String,
    /// Id of its process.
    pub pid: u32,
}

impl Cloud {
    /// The cloud whose data are in `dir`, when it runs. Its process id is checked: another may have the port by now.
    pub fn of(dir: &Path) -> Option<Cloud> {
        let noted: Value = serde_json::from_slice(&fs::read(dir.join("process.json")).ok()?).ok()?;
        let endpoint = noted["endpoint"].as_str()?.to_owned();
        let cloud = Cloud { endpoint, pid: u32::try_from(noted["pid"].as_u64()?).ok()? };
        cloud.answers().then_some(cloud)
    }

    fn try_own(&self, method: &str, path: &str, body: &Value) -> Option<Reply> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::try_send(method, &format!("{}/_deployer/{path}", self.endpoint), &[("x-deployer-local", "1")], &body)
    }

    #[track_caller]
    fn own(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.try_own(method, path, body).unwrap_or_else(|| panic!("{} does not answer", self.endpoint));
        reply.is(200).json()
    }

    /// What was called since the last [`Cloud::forget_calls`], as `dynamodb:CreateTable`, oldest first.
    #[track_caller]
    pub fn calls(&self) -> Vec<String> {
        self.records(|_| true)
    }

    /// The calls among them that change something.
    #[track_caller]
    pub fn writes(&self) -> Vec<String> {
        self.records(|record| record["write"] == true)
    }

    /// The error codes of the calls that failed; `Cut` stands for a connection that was cut.
    #[track_caller]
    pub fn errors(&self) -> Vec<String> {
        let records = self.own("GET", "calls", &Value::Null);
        let errors = records.as_array().expect("the calls are a list").iter();
        errors.filter_map(|record| Some(record["error"].as_str()?.to_owned())).collect()
    }

    #[track_caller]
    fn records(&self, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
        let records = self.own("GET", "calls", &Value::Null);
        let records = records.as_array().expect("the calls are a list");
        let text = |record: &Value, member: &str| record[member].as_str().unwrap_or_default().to_owned();
        let name = |record: &Value| format!("{}:{}", text(record, "service"), text(record, "operation"));
        records.iter().filter(|record| wanted(record)).map(name).collect()
    }

    /// Forgets the calls so far.
    #[track_caller]
    pub fn forget_calls(&self) {
        self.own("DELETE", "calls", &Value::Null);
    }

    /// Lets who signs with an access key do what `policy` allows and nothing else.
    #[track_caller]
    pub fn restrict(&self, key: &str, policy: &Value) {
        self.own("PUT", &format!("callers/{key}"), policy);
    }

    /// What a restricted caller needed in the calls since the last [`Cloud::forget_calls`], oldest first.
    #[track_caller]
    pub fn needed(&self, key: &str) -> Vec<Needed> {
        let records = self.own("GET", "calls", &Value::Null);
        let records = records.as_array().expect("the calls are a list").iter();
        let needed = records.filter(|record| record["accessKey"] == key).flat_map(|record| {
            let judged = record["authorization"].as_array().into_iter().flatten();
            judged.map(|it| Needed {
                action: it["action"].as_str().unwrap_or_default().to_owned(),
                resource: it["resource"].as_str().unwrap_or_default().to_owned(),
                allowed: it["allowed"] == true,
            })
        });
        needed.collect()
    }

    /// Lets it misbehave from now on, as `deployer_local::Faults` describes; `{}` ends it.
    #[track_caller]
    pub fn faults(&self, faults: Value) {
        self.own("PUT", "faults", &faults);
    }

    /// Moves its clock on.
    #[track_caller]
    pub fn advance(&self, by: Duration) {
        self.own("POST", "clock", &json!({"advanceMs": u64::try_from(by.as_millis()).unwrap_or(u64::MAX)}));
    }

    /// Lets a rule of the tests' region fire now.
    #[track_caller]
    pub fn fire(&self, rule: &str) {
        self.own("POST", "fire", &json!({"region": REGION, "name": rule}));
    }

    /// Does something behind the deployer's back, with SDK clients of the tests' region.
    pub fn sdk<T>(&self, work: impl AsyncFnOnce(&AwsClients) -> T) -> T {
        sdk(&self.endpoint, work)
    }

    /// Everything that exists in the tests' region; see [`crate::census::everything`].
    pub fn census(&self) -> Vec<String> {
        self.sdk(crate::census::everything)
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        self.wait_until_gone();
    }

    /// Stops it: gently, and by force when that does not help.
    pub(crate) fn stop(&self) {
        self.try_own("POST", "shutdown", &Value::Null);
        if !self.is_gone_within(PATIENCE) {
            self.signal(Signal::KILL);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            // It may have ended in the meantime.
            let _ = kill_process(pid, signal);
        }
    }

    #[track_caller]
    fn wait_until_gone(&self) {
        assert!(self.is_gone_within(PATIENCE), "process {} does not end", self.pid);
    }

    /// Whether it stops answering. Another cloud may have the port by now, and the process may be a zombie that nobody reaps:
    /// only its own answer tells.
    fn is_gone_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.answers() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    fn answers(&self) -> bool {
        let health = self.try_own("GET", "health", &Value::Null);
        health
            .and_then(|health| serde_json::from_str::<Value>(&health.body).ok())
            .is_some_and(|body| body["pid"] == self.pid)
    }
}

/// Something that a call of a restricted caller needed to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needed {
    /// `lambda:CreateFunction`.
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
    /// Whether it was.
    pub allowed: bool,
}

/// Works with SDK clients of the tests' region at an endpoint that takes any credentials.
pub fn sdk<T>(endpoint: &str, work: impl AsyncFnOnce(&AwsClients) -> T) -> T {
    block_on(async {
        let options = ConnectOptions {
            region: Some(REGION.to_owned()),
            endpoint_url: Some(endpoint.to_owned()),
            local: true,
            ..ConnectOptions::default()
        };
        let connection = connect(&options).await.expect("a region is given");
        work(&connection.clients).await
    })
}

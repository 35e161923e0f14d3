//! Replays what Terraform's AWS provider sent to a cloud, in the order in which it sent it.

use crate::http::{self, Reply};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A zip with a program that ends at once, in base64: recordings have no programs in them.
const PROGRAM: &str = "UEsDBAoAAAAAAAAAIVCjt17aEQAAABEAAAAJAAAAYm9vdHN0cmFwIyEvYmluL3NoCmV4aXQgMQpQSwECHgMKAAAAAAAAACFQo7de2hEAAAARAAAACQAAAAAAAAABAAAA7YEAAAAAYm9vdHN0cmFwUEsFBgAAAAABAAEANwAAADgAAAAAAA==";
/// The account of recordings that were made in front of moto, and that of the embedded cloud.
const ACCOUNTS: (&str, &str) = ("123456789012", "000000000000");
/// Members whose value is made by the cloud and stands in later requests.
const MADE_BY_THE_CLOUD: [&str; 4] = ["id", "rootResourceId", "deploymentId", "parentId"];

/// A line of a recording.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum RecordedLine {
    /// A command begins.
    Step {
        #[serde(rename = "step")]
        _command: String,
    },
    /// A call, and what Terraform went on with.
    Call(RecordedCall),
}

/// A call of a recording.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordedCall {
    /// Method and path.
    pub call: String,
    target: Option<String>,
    #[serde(default)]
    body: String,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    #[serde(default)]
    pub answer: String,
}

/// A recording: the calls of each command.
#[derive(Debug)]
pub struct TerraformRecording {
    region: &'static str,
    steps: Vec<Vec<RecordedCall>>,
}

impl RecordedCall {
    /// Names the operation: the target, the action, or method and path.
    pub fn operation(&self) -> &str {
        let action = self.body.split('&').next().filter(|part| part.starts_with("Action="));
        self.target.as_deref().or(action).unwrap_or(&self.call)
    }

    /// Returns what the call is about beyond its operation: the rest of a query, or a body.
    pub fn subject(&self) -> &str {
        self.body.split_once('&').map_or(self.body.as_str(), |(_, rest)| rest)
    }

    /// Tells whether the call changes nothing.
    pub fn is_read(&self) -> bool {
        let operation = self.operation();
        let name = operation.rsplit(['.', '=', ' ']).next().unwrap_or_default();
        operation.starts_with("GET ") || ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb))
    }

    /// Tells the service that the call is for, as its signature does.
    fn service(&self) -> &'static str {
        let path = self.call.split(' ').nth(1).unwrap_or_default();
        match self.target.as_deref().and_then(|target| target.split(['_', '.']).next()) {
            Some("DynamoDB") => "dynamodb",
            Some("Logs") => "logs",
            Some("AWSEvents") => "events",
            Some(other) => panic!("no service is known by {other}"),
            None if path == "/" && self.body.contains("Version=2011-06-15") => "sts",
            None if path == "/" => "iam",
            None if path.starts_with("/20") => "lambda",
            None => "apigateway",
        }
    }
}

impl TerraformRecording {
    /// Reads a recording.
    ///
    /// # Panics
    /// If it is none.
    pub fn parse(text: &str, region: &'static str) -> Self {
        let mut steps = Vec::new();
        for line in text.lines() {
            match serde_json::from_str(line).expect("a line of a recording") {
                RecordedLine::Step { .. } => steps.push(Vec::new()),
                RecordedLine::Call(call) => steps.last_mut().expect("a step comes first").push(call),
            }
        }
        Self { region, steps }
    }

    /// Returns the calls of each command.
    pub fn steps(&self) -> &[Vec<RecordedCall>] {
        &self.steps
    }
}

/// A replay: which id here stands for which id of the recording.
#[derive(Debug)]
pub struct TerraformReplay {
    endpoint: String,
    region: &'static str,
    ids: BTreeMap<String, String>,
}

impl TerraformReplay {
    /// Begins a replay of a recording.
    pub fn new(endpoint: &str, recording: &TerraformRecording) -> Self {
        let ids = BTreeMap::from([(ACCOUNTS.0.to_owned(), ACCOUNTS.1.to_owned())]);
        Self { endpoint: endpoint.to_owned(), region: recording.region, ids }
    }

    /// Returns a text of the recording with the ids of this cloud.
    pub fn here(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (there, here)| text.replace(there, here))
    }

    /// Returns a text of this cloud with the ids of the recording.
    pub fn there(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (there, here)| text.replace(here, there))
    }

    /// Sends a call, and remembers the ids of its answer.
    pub fn send(&mut self, call: &RecordedCall) -> Reply {
        let service = call.service();
        let kind = match service {
            "iam" | "sts" => "application/x-www-form-urlencoded",
            _ if call.target.is_some() => "application/x-amz-json-1.1",
            _ => "application/json",
        };
        let region = if service == "iam" { "us-east-1" } else { self.region };
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut headers = vec![("content-type", kind), ("authorization", &signed)];
        headers.extend(call.target.as_deref().map(|target| ("x-amz-target", target)));
        let (method, path) = call.call.split_once(' ').expect("a method and a path");
        let body = self.here(&call.body).replace('…', PROGRAM);
        let reply = http::send(method, &format!("{}{}", self.endpoint, self.here(path)), &headers, &body);
        self.learn(&call.answer, &reply.body);
        reply
    }

    fn learn(&mut self, there: &str, here: &str) {
        let (Ok(there), Ok(here)) = (serde_json::from_str::<Value>(there), serde_json::from_str::<Value>(here)) else {
            return;
        };
        for member in MADE_BY_THE_CLOUD {
            if let (Some(there), Some(here)) = (there[member].as_str(), here[member].as_str())
                && there != here
            {
                self.ids.entry(there.to_owned()).or_insert_with(|| here.to_owned());
            }
        }
    }
}

/// Returns the members of an answer that say something, by their path, with their values; of XML the elements with a text.
pub fn members(answer: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    match serde_json::from_str::<Value>(answer) {
        Ok(value) => walk(&value, "", &mut found),
        Err(_) => {
            for part in answer.split('<').skip(1).filter(|part| !part.starts_with(['/', '?'])) {
                let (name, text) = part.split_once('>').unwrap_or((part, ""));
                let name = name.split([' ', '/']).next().unwrap_or_default();
                found.entry(name.to_owned()).or_insert_with(BTreeSet::new).insert(text.to_owned());
            }
        }
    }
    found
}

fn walk(value: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        other => {
            let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            found.entry(path.to_owned()).or_default().insert(text);
        }
    }
}

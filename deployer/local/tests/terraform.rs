//! What Terraform's AWS provider sends, in the order in which it sent it: each call is answered, with what the provider reads.
//!
//! The recordings in `terraform/` are of Terraform 1.11.4 with the AWS provider 5.46: `apply`, `plan`, `apply` of a change, `plan`,
//! `destroy` of three systems. A line is a call with the answer that the provider went on with; programs are left out of it
//! (`…`). `managed.jsonl` was recorded in front of moto.

#[path = "control/wire.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod wire;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wire::{Reply, Wire, zip};

/// A line of a recording.
#[derive(Deserialize)]
#[serde(untagged)]
enum RecordedLine {
    Step {
        step: String,
    },
    Call {
        call: String,
        target: Option<String>,
        #[serde(default)]
        body: String,
        status: u16,
        #[serde(default)]
        answer: String,
    },
}

/// Members whose value is made by the cloud and stands in later requests.
const MADE_HERE: [&str; 4] = ["id", "rootResourceId", "deploymentId", "parentId"];

/// Members of recorded answers that are not answered here, by a part of the call and the beginning of the member, and why.
const UNREAD: [(&str, &str, &str); 11] = [
    ("CreateRole", "MaxSessionDuration", "AWS answers it only where it was asked for (recorded answers of AWS)"),
    ("DeleteTable", "TableDescription.", "AWS answers the name, the status and counts of a table that goes"),
    ("DescribeTable", "Table.WarmThroughput", "moto's; the provider of the recording does not know it"),
    ("DescribeTable", "Table.BillingModeSummary", "moto's; AWS has none for a table that was always provisioned"),
    ("/versions", "Versions.", "states, which moto answers in lists too"),
    ("/restapis", "resourceMethods.", "moto's: AWS embeds methods where it is asked to"),
    ("/restapis", "stageName", "moto's: a deployment has no stage"),
    ("/restapis", "connectionType", "moto's: AWS answers what was set, and INTERNET is what is not"),
    ("/restapis", "methodIntegration.connectionType", "as connectionType"),
    ("DELETE /restapis", "", "moto's: what was deleted"),
    ("/restapis", "version", "moto's, as text of nothing"),
];

#[tokio::test]
async fn the_former_order_system() {
    replay("former", "ap-south-1").await;
}

#[tokio::test]
async fn a_richer_system() {
    replay("rich", "eu-central-1").await;
}

#[tokio::test]
async fn customer_managed_policies_and_keys() {
    replay("managed", "eu-west-1").await;
}

/// Sends a recording and compares the status of every answer and the members of those that are no errors.
async fn replay(name: &str, region: &str) {
    let path = format!("{}/tests/terraform/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let wire = Wire::start().await;
    let mut ids = BTreeMap::from([("123456789012".to_owned(), "000000000000".to_owned())]);
    let mut step = String::new();
    let mut differences = BTreeSet::new();
    for line in text.lines() {
        let (call, target, body, status, answer) = match serde_json::from_str(line).unwrap() {
            RecordedLine::Step { step: next } => {
                step = next;
                continue;
            }
            RecordedLine::Call { call, target, body, status, answer } => (call, target, body, status, answer),
        };
        let mapped = |text: &str| ids.iter().fold(text.to_owned(), |text, (there, here)| text.replace(there, here));
        let (method, path) = call.split_once(' ').unwrap();
        let body = mapped(&body).replace('…', &STANDARD.encode(zip("#!/bin/sh\nexit 1\n")));
        let service = service_of(path, target.as_deref(), &body);
        let kind = match service {
            "iam" | "sts" => "application/x-www-form-urlencoded",
            _ if target.is_some() => "application/x-amz-json-1.1",
            _ => "application/json",
        };
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(target.as_deref().map(|target| ("X-Amz-Target", target)));
        let region = if service == "iam" { "us-east-1" } else { region };
        let reply = wire.call((service, region), method, &mapped(path), &headers, body.as_bytes()).await.unwrap();
        let what = target.as_deref().map_or_else(
            || body.split('&').next().filter(|part| part.starts_with("Action=")).unwrap_or(&call).to_owned(),
            str::to_owned,
        );
        if (status < 300) != (reply.status < 300) {
            differences.insert(format!("{step}: {what}: {status} there, {} here: {}", reply.status, reply.body));
        }
        if status >= 300 {
            continue;
        }
        learn(&answer, &reply, &mut ids);
        let here = members(&reply.body);
        let unread = |member: &String| {
            UNREAD.iter().any(|(call, beginning, _)| what.contains(call) && member.starts_with(beginning))
        };
        let missing = members(&answer).into_iter().filter(|member| !here.contains(member) && !unread(member));
        differences.extend(missing.map(|member| format!("{step}: {what}: {member} is not answered")));
    }
    assert!(differences.is_empty(), "{name}:\n{}", Vec::from_iter(differences).join("\n"));
}

/// Tells the service that a call is for, as its signature does.
fn service_of(path: &str, target: Option<&str>, body: &str) -> &'static str {
    match target.and_then(|target| target.split(['_', '.']).next()) {
        Some("DynamoDB") => "dynamodb",
        Some("Logs") => "logs",
        Some("AWSEvents") => "events",
        Some(other) => panic!("no service is known by {other}"),
        None if path == "/" && body.contains("Version=2011-06-15") => "sts",
        None if path == "/" => "iam",
        None if path.starts_with("/20") => "lambda",
        None => "apigateway",
    }
}

/// Remembers which id here stands for which id of the recording.
fn learn(answer: &str, reply: &Reply, ids: &mut BTreeMap<String, String>) {
    let (Ok(there), Ok(here)) = (serde_json::from_str::<Value>(answer), serde_json::from_str::<Value>(&reply.body))
    else {
        return;
    };
    for member in MADE_HERE {
        if let (Some(there), Some(here)) = (there[member].as_str(), here[member].as_str())
            && there != here
        {
            ids.entry(there.to_owned()).or_insert_with(|| here.to_owned());
        }
    }
}

/// Lists the members of an answer that say something, by their path; elements of XML by their name.
fn members(answer: &str) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    walk(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            _ => {
                found.insert(path.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    match serde_json::from_str::<Value>(answer) {
        Ok(value) => walk(&value, "", &mut found),
        Err(_) => {
            let names = answer.split('<').skip(1).filter(|part| !part.starts_with(['/', '?']));
            found.extend(names.filter_map(|part| Some(part.split(['>', ' ', '/']).next()?.to_owned())));
        }
    }
    found
}

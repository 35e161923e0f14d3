//! What was recorded: calls in their order, and what AWS answered to some of them.

use crate::wire::{Reply, Wire, zip};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployer_local::Faults;
use regex_lite::{Captures, Regex};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The region of calls that name no other.
const REGION: &str = "us-east-1";
/// How long a new or changed function is not ready, in milliseconds: on AWS it always takes a while.
const SETTLING_MS: u64 = 1_000;
/// What stands in a request for the zip of a program, in base64.
const PROGRAM: char = '…';

/// A line of a recording.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RecordedLine {
    /// A recording begins; the next calls find an empty cloud.
    Recording { recording: String },
    /// Whoever called waited.
    Wait { seconds: u64 },
    /// A call.
    Call(Box<RecordedCall>),
}

/// A call, and the answer to it if it was recorded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCall {
    /// Method and path.
    pub call: String,
    service: String,
    region: Option<String>,
    target: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    /// A body that is no text.
    base64: Option<String>,
    /// The name of the step, where the answer was recorded.
    pub step: Option<String>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The code of the error.
    pub error: Option<String>,
    /// The words of the error.
    pub message: Option<String>,
    /// The members of the answer.
    pub answer: Option<Value>,
}

/// Calls that belong together.
#[derive(Debug)]
pub struct Recording {
    /// The test that was recorded.
    pub name: String,
    lines: Vec<RecordedLine>,
}

impl Recording {
    /// Reads recordings, one JSON value a line.
    pub fn parse_all(text: &str) -> Vec<Self> {
        let mut recordings: Vec<Self> = Vec::new();
        for line in text.lines() {
            let parsed = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            match (parsed, recordings.last_mut()) {
                (RecordedLine::Recording { recording: name }, _) => recordings.push(Self { name, lines: Vec::new() }),
                (line, Some(recording)) => recording.lines.push(line),
                (line, None) => panic!("a recording begins with its name: {line:?}"),
            }
        }
        recordings
    }

    /// Sends the calls to an empty cloud; returns those whose answers were recorded, with what came here.
    pub async fn replay(&self) -> Vec<(&RecordedCall, Reply)> {
        let faults =
            Faults { function_pending_ms: SETTLING_MS, function_updating_ms: SETTLING_MS, ..Faults::default() };
        let wire = Wire::with(faults).await;
        let mut replies = Vec::new();
        let mut answered = Vec::new();
        for line in &self.lines {
            match line {
                RecordedLine::Recording { .. } => {}
                RecordedLine::Wait { seconds } => wire.advance(*seconds),
                RecordedLine::Call(call) => {
                    let reply = call.send(&wire, &replies).await;
                    replies.push(reply.clone());
                    if call.step.is_some() {
                        answered.push((call.as_ref(), reply));
                    }
                }
            }
        }
        answered
    }
}

impl RecordedCall {
    /// The region that it is for.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(REGION)
    }

    async fn send(&self, wire: &Wire, earlier: &[Reply]) -> Reply {
        let body = match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            members => members.to_string(),
        };
        let program = STANDARD.encode(zip("#!/bin/sh\nexit 1\n"));
        let body = match &self.base64 {
            Some(bytes) => STANDARD.decode(bytes).expect("base64"),
            None => filled(&body, earlier).replace(PROGRAM, &program).into_bytes(),
        };
        let call = filled(&self.call, earlier);
        let (method, path) = call.split_once(' ').expect("a method and a path");
        let kind = match (&self.target, &self.body) {
            (Some(_), _) => "application/x-amz-json-1.1",
            (None, Value::String(_)) => "application/x-www-form-urlencoded",
            (None, _) => "application/json",
        };
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(self.target.as_deref().map(|target| ("X-Amz-Target", target)));
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let reply = wire.call((&self.service, self.region()), method, path, &headers, &body).await;
        reply.unwrap_or_else(|| panic!("no answer to {call}"))
    }
}

/// Puts what earlier calls answered into a request: `{2/id}` is the member `id` of the answer to the third call.
fn filled(text: &str, earlier: &[Reply]) -> String {
    let reference = Regex::new(r"\{(\d+)((?:/[^{}/]+)+)\}").expect("a pattern");
    let value = |found: &Captures<'_>| {
        let reply = &earlier[found[1].parse::<usize>().expect("the number of a call")];
        let value = match serde_json::from_str::<Value>(&reply.body) {
            Ok(members) => members.pointer(&found[2]).and_then(Value::as_str).map(str::to_owned),
            Err(_) => reply.element(&found[2][1..]).map(str::to_owned),
        };
        value.unwrap_or_else(|| panic!("{} is not in {reply:?}", &found[0]))
    };
    reference.replace_all(text, value).into_owned()
}

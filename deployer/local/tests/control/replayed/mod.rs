//! Answers of AWS, replayed: each recorded call is sent here too, and its answer is AWS's or stands in a table with the reason.
//!
//! The answers are those that AWS gave to the tests of LocalStack (<https://github.com/localstack/localstack>, commit 8b9a79f,
//! Apache-2.0; its snapshots are validated against AWS). The requests are what those tests send. `<id:1>` in an answer stands for
//! what is new each time; `{2/id}` in a request for the member `id` of the answer to the third call, `…` for the zip of a program.
//! Reads whose answers were not recorded are left out.

mod comparison;
mod known;
mod members;
mod recording;

use comparison::{AnswerComparison, AnswerDifference};
use known::{KNOWN, KnownDifference, NOT_REPLAYED};
use recording::{RecordedCall, Recording};
use serde_json::Value;
use std::collections::BTreeSet;

/// Replays the recordings of a service.
async fn replay(service: &str, text: &str) {
    let mut unknown = Vec::new();
    let mut met = BTreeSet::new();
    let mut steps = Vec::new();
    for recording in Recording::parse_all(text) {
        let mut comparison = AnswerComparison::new();
        for (call, reply) in recording.replay().await {
            steps.push(format!("{} {}", recording.name, call.step.as_deref().unwrap_or_default()));
            for difference in comparison.compare(call, &reply) {
                match known(service, &recording.name, call, &difference) {
                    Some(index) => drop(met.insert(index)),
                    None => unknown.push(shown(&recording.name, call, &difference)),
                }
            }
        }
    }
    let of_service = KNOWN.iter().enumerate().filter(|(_, known)| known.service == service);
    let unmet: Vec<String> = of_service
        .filter(|(index, known)| known.always && !met.contains(index))
        .map(|(_, KnownDifference { step, at, reason, .. })| format!("{step}: {at} ({reason})"))
        .collect();
    for (step, reason) in NOT_REPLAYED {
        let replayed = steps.iter().find(|name| name.contains(&format!("::{step}")));
        assert!(replayed.is_none(), "{step} is replayed, and left out for: {reason}");
    }
    assert!(!steps.is_empty(), "nothing was replayed");
    assert!(unknown.is_empty(), "{} differences from AWS:\n{}", unknown.len(), unknown.join("\n"));
    assert!(unmet.is_empty(), "these are no differences any more:\n{}", unmet.join("\n"));
}

/// Finds a difference in the table.
fn known(service: &str, recording: &str, call: &RecordedCall, difference: &AnswerDifference) -> Option<usize> {
    let step = call.step.as_deref().unwrap_or_default();
    let place = format!("{recording} {step}");
    let is = |known: &KnownDifference| {
        known.service == service && place.contains(known.step) && difference.at.starts_with(known.at)
    };
    KNOWN.iter().position(is)
}

fn shown(recording: &str, call: &RecordedCall, difference: &AnswerDifference) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    let (aws, ours) = &difference.sides;
    let step = call.step.as_deref().unwrap_or_default();
    format!("{recording} {step}: {}\n    AWS:  {}\n    here: {}", difference.at, text(aws), text(ours))
}

#[tokio::test]
async fn api_gateway() {
    replay("apigateway", include_str!("apigateway.jsonl")).await;
}

#[tokio::test]
async fn events() {
    replay("events", include_str!("events.jsonl")).await;
}

#[tokio::test]
async fn iam() {
    replay("iam", include_str!("iam.jsonl")).await;
}

#[tokio::test]
async fn lambda() {
    replay("lambda", include_str!("lambda.jsonl")).await;
}

#[tokio::test]
async fn lambda_runs() {
    replay("lambda-runtime", include_str!("lambda_runs.jsonl")).await;
}

#[tokio::test]
async fn logs() {
    replay("logs", include_str!("logs.jsonl")).await;
}

#[tokio::test]
async fn secrets() {
    replay("secretsmanager", include_str!("secretsmanager.jsonl")).await;
}

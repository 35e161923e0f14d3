//! Messages of a queue: sent, looked at, moved back, thrown away, for whoever asks by hand.

use super::named::NAME;
use super::read::{attributes, name_in};
use super::spec::QueueAttributes;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsError, op};
use crate::error::{Error, Result};
use crate::kinds::StepContext;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// Most messages that one call receives ("ReceiveMessage").
const AT_ONCE: u32 = 10;

/// A message to send.
#[derive(Debug, Clone, Default)]
pub struct OutgoingMessage {
    /// What it says.
    pub body: String,
    /// Group, of a FIFO queue.
    pub group: Option<String>,
    /// What makes it the same as another, of a FIFO queue.
    pub deduplication: Option<String>,
    /// Seconds that it is held back.
    pub delay: Option<u32>,
}

/// A message that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueuedMessage {
    /// Its id.
    pub id: String,
    /// What it says.
    pub body: String,
    /// What SQS says of it: `SentTimestamp`, `ApproximateReceiveCount` and so on.
    pub attributes: BTreeMap<String, String>,
}

/// How far moving messages back has got.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MessageMove {
    /// `RUNNING`, `COMPLETED`, `FAILED` and so on.
    pub status: String,
    /// Messages that were moved.
    pub approximate_number_of_messages_moved: u64,
    /// Why it failed.
    pub failure_reason: Option<String>,
}

async fn send_call(cx: &StepContext<'_>, op: &'static AwsOperation, input: &Value) -> Result<Value, AwsError> {
    cx.call(op, || cx.clients().sqs.send(op.name, input)).await
}

fn url(cx: &StepContext<'_>) -> Result<String> {
    Ok(cx.session.arn()?.queue_url(cx.name()))
}

/// Adds what to do where there is no such queue.
fn told(cx: &StepContext<'_>, error: AwsError) -> Error {
    let missing = error.is_not_found();
    let error = Error::from(error).fact("queue", cx.name());
    if missing { error.hint("Bring the stack up first: `deployer up`.") } else { error }
}

/// Sends a message and returns its id.
///
/// # Errors
/// The failure of SQS.
pub async fn send(cx: &StepContext<'_>, message: &OutgoingMessage) -> Result<String> {
    let mut input = json!({"QueueUrl": url(cx)?, "MessageBody": message.body});
    for (member, value) in [("MessageGroupId", &message.group), ("MessageDeduplicationId", &message.deduplication)] {
        if let Some(value) = value {
            input[member] = json!(value);
        }
    }
    if let Some(delay) = message.delay {
        input["DelaySeconds"] = json!(delay);
    }
    let answer = send_call(cx, &op::SEND_MESSAGE, &input).await.map_err(|error| told(cx, error))?;
    Ok(answer["MessageId"].as_str().unwrap_or_default().to_owned())
}

async fn attributes_of(cx: &StepContext<'_>) -> Result<QueueAttributes> {
    let found = attributes(cx, &url(cx)?).await.map_err(Error::from)?;
    found.ok_or_else(|| {
        Error::refused(format!("queue {} does not exist", cx.name())).hint("Bring the stack up first: `deployer up`.")
    })
}

/// Looks at up to `most` messages, which stay where they are. SQS has no way to look without receiving: each look counts, so a queue
/// with a dead-letter queue is refused unless `counts` says that this is known.
///
/// # Errors
/// The refusal, or the failure of SQS.
pub async fn peek(cx: &StepContext<'_>, most: u32, counts: bool) -> Result<Vec<QueuedMessage>> {
    let found = attributes_of(cx).await?;
    if found.get("RedrivePolicy").is_some_and(|policy| !policy.is_empty()) && !counts {
        return Err(Error::refused(format!(
            "a look at {} counts as a receipt, and after so many SQS moves a message to the dead-letter queue",
            cx.name()
        ))
        .hint("Nothing was received. Give --count to look all the same; `deployer status` needs no receipt."));
    }
    let mut seen: BTreeMap<String, QueuedMessage> = BTreeMap::new();
    let mut handles = Vec::new();
    while (seen.len() as u64) < u64::from(most) {
        let left = u64::from(most) - seen.len() as u64;
        // Hidden for a moment, so that the next call shows others; given back below.
        let input = json!({
            "QueueUrl": url(cx)?, "MaxNumberOfMessages": left.min(u64::from(AT_ONCE)), "VisibilityTimeout": 30,
            "WaitTimeSeconds": 1, "AttributeNames": ["All"], "MessageSystemAttributeNames": ["All"],
        });
        let answer = send_call(cx, &op::RECEIVE_MESSAGE, &input).await.map_err(|error| told(cx, error))?;
        let received = read(&answer);
        if received.is_empty() {
            break;
        }
        for (message, handle) in received {
            handles.push(handle);
            seen.insert(message.id.clone(), message);
        }
    }
    for handle in handles {
        let input = json!({"QueueUrl": url(cx)?, "ReceiptHandle": handle, "VisibilityTimeout": 0});
        send_call(cx, &op::CHANGE_MESSAGE_VISIBILITY, &input).await.map_err(|error| {
            told(cx, error).hint("Messages that were looked at may be hidden from others for up to 30 s.")
        })?;
    }
    let mut messages: Vec<_> = seen.into_values().collect();
    messages.sort_by_key(|message| message.attributes.get("SentTimestamp").cloned());
    Ok(messages)
}

/// Reads messages, each with the handle that it is given back by.
fn read(answer: &Value) -> Vec<(QueuedMessage, String)> {
    let text = |message: &Value, member: &str| message[member].as_str().unwrap_or_default().to_owned();
    let messages = answer["Messages"].as_array().into_iter().flatten().map(|message| {
        let attributes = message["Attributes"].as_object().into_iter().flatten();
        let attributes = attributes.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let read = QueuedMessage {
            id: text(message, "MessageId"),
            body: text(message, "Body"),
            attributes: attributes.collect(),
        };
        (read, text(message, "ReceiptHandle"))
    });
    messages.collect()
}

/// Moves the messages of a dead-letter queue back to where they came from, and waits until it is done. `cx` may be about the
/// dead-letter queue, or about a queue that has one: then it gets its own back.
///
/// # Errors
/// The failure of SQS.
pub async fn redrive(cx: &StepContext<'_>) -> Result<MessageMove> {
    let found = attributes_of(cx).await?;
    let own = cx.session.arn()?.queue(cx.name());
    let policy = found.get("RedrivePolicy").and_then(|policy| serde_json::from_str::<Value>(policy).ok());
    let dead = policy.and_then(|policy| policy["deadLetterTargetArn"].as_str().map(str::to_owned));
    let input = match &dead {
        Some(dead) => json!({"SourceArn": dead, "DestinationArn": own}),
        None => json!({"SourceArn": own}),
    };
    send_call(cx, &op::START_MESSAGE_MOVE_TASK, &input).await.map_err(|error| told(cx, error))?;
    let source = dead.unwrap_or(own);
    loop {
        let input = json!({"SourceArn": source, "MaxResults": 1});
        let answer = send_call(cx, &op::LIST_MESSAGE_MOVE_TASKS, &input).await.map_err(|error| told(cx, error))?;
        let moved: MessageMove = serde_json::from_value(answer["Results"][0].clone())
            .map_err(|error| Error::aws(format!("an answer of SQS could not be read: {error}")))?;
        match moved.status.as_str() {
            "RUNNING" | "CANCELLING" => sleep(Duration::from_millis(500)).await,
            "FAILED" => {
                let why = moved.failure_reason.unwrap_or_default();
                let from = name_in(&source).unwrap_or_default();
                return Err(Error::aws(format!("messages of {NAME} {from} were not moved: {why}"))
                    .fact("moved", moved.approximate_number_of_messages_moved.to_string()));
            }
            _ => return Ok(moved),
        }
    }
}

/// Throws all messages of a queue away.
///
/// # Errors
/// The failure of SQS.
pub async fn purge(cx: &StepContext<'_>) -> Result<()> {
    let input = json!({"QueueUrl": url(cx)?});
    send_call(cx, &op::PURGE_QUEUE, &input).await.map(drop).map_err(|error| told(cx, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_with_their_handles() {
        let answer = json!({"Messages": [
            {"MessageId": "1", "Body": "a", "ReceiptHandle": "h", "Attributes": {"SentTimestamp": "5"}},
            {"MessageId": "2", "Body": "b"},
        ]});
        let read = read(&answer);
        assert_eq!(read[0].0.attributes["SentTimestamp"], "5");
        assert_eq!(
            read.iter().map(|(message, handle)| (&*message.body, &**handle)).collect::<Vec<_>>(),
            [("a", "h"), ("b", "")]
        );
        assert!(super::read(&json!({})).is_empty(), "SQS leaves out what there is none of");
    }
}

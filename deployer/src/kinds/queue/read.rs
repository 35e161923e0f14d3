//! Reading a queue: its attributes, its tags, and whether it holds messages.

use super::named::{NAME, PROTECTED};
use super::spec::{QueueAttributes, QueueSpec};
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::Error;
use crate::kinds::{DeletionGuard, ObserveDetail, ObservedResource, StepContext, StepResult};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// How many messages a queue holds, as far as SQS knows: every count is approximate ("GetQueueAttributes").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Can be received.
    pub waiting: u64,
    /// Were received and neither deleted nor given back.
    pub in_flight: u64,
    /// Are held back.
    pub delayed: u64,
}

impl MessageCounts {
    /// Reads the counts in a queue's attributes.
    pub fn of(attributes: &QueueAttributes) -> Self {
        let count = |name: &str| attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or_default();
        Self {
            waiting: count("ApproximateNumberOfMessages"),
            in_flight: count("ApproximateNumberOfMessagesNotVisible"),
            delayed: count("ApproximateNumberOfMessagesDelayed"),
        }
    }

    /// Tells whether there is any.
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

impl fmt::Display for MessageCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { waiting, in_flight, delayed } = self;
        write!(f, "about {waiting} waiting, {in_flight} in flight, {delayed} delayed")
    }
}

/// Reads the queue `cx` is about.
pub async fn observe(cx: &StepContext<'_>, look: ObserveDetail) -> StepResult<Option<ObservedResource<QueueSpec>>> {
    let arn = cx.session.arn_when_known().await;
    let url = arn.queue_url(cx.name());
    let (found, tags) = futures::join!(attributes(cx, &url), tags(cx, &url));
    // The queue may go between the two.
    let (Some(found), Some(mut tags)) = (found?, tags?) else { return Ok(None) };
    let protected = tags.remove(PROTECTED).is_some();
    let holds = look == ObserveDetail::Identity && MessageCounts::of(&found).any();
    let hold = if protected { Some(DeletionGuard::Protected(stays(cx))) } else { holds.then_some(DeletionGuard::Data) };
    Ok(Some(ObservedResource {
        owner: cx.session.owner(&tags),
        spec: QueueSpec { protected: Some(protected), tags, ..QueueSpec::read(&found) },
        state: (),
        settling: None,
        outputs: BTreeMap::from([
            ("name".to_owned(), cx.name().to_owned()),
            ("arn".to_owned(), arn.queue(cx.name())),
            ("url".to_owned(), url),
        ]),
        hold,
        changed_at: None,
    }))
}

/// Explains why a protected queue stays, and the way out.
fn stays(cx: &StepContext<'_>) -> String {
    let id = &cx.place.id.name;
    let described = cx.session.stack.block(NAME, id).is_some();
    let first = if described { "" } else { "describe it again with " };
    format!("it is protected; to delete it: {first}`protected = false` in [{NAME}.{id}], `deployer up`, then again")
}

/// Reads all attributes of a queue; nothing where there is no such queue.
pub async fn attributes(cx: &StepContext<'_>, url: &str) -> StepResult<Option<QueueAttributes>> {
    let answer = find(cx, &op::GET_QUEUE_ATTRIBUTES, &json!({"QueueUrl": url, "AttributeNames": ["All"]})).await?;
    Ok(answer.map(|answer| texts(answer, "Attributes")).transpose()?)
}

/// Reads the tags of a queue that are managed; nothing where there is no such queue.
pub async fn tags(cx: &StepContext<'_>, url: &str) -> StepResult<Option<ResourceTags>> {
    let answer = find(cx, &op::LIST_QUEUE_TAGS, &json!({"QueueUrl": url})).await?;
    let tags = answer.map(|answer| texts(answer, "Tags")).transpose()?;
    Ok(tags.map(|tags| cx.session.managed(tags)))
}

async fn find(cx: &StepContext<'_>, op: &'static AwsOperation, input: &Value) -> StepResult<Option<Value>> {
    Ok(cx.find(op, || cx.clients().sqs.send(op.name, input)).await?)
}

/// Returns the texts by name that an answer has at `member`; none where it does not have it.
fn texts(mut answer: Value, member: &str) -> Result<BTreeMap<String, String>, Error> {
    let found: Option<BTreeMap<String, String>> = serde_json::from_value(answer[member].take())
        .map_err(|error| Error::aws(format!("an answer of SQS could not be read: {error}")))?;
    Ok(found.unwrap_or_default())
}

/// Returns the name in a queue's ARN.
pub fn name_in(arn: &str) -> Option<String> {
    let parts: Vec<_> = arn.split(':').collect();
    match parts[..] {
        ["arn", _, "sqs", _, _, name] => Some(name.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_queues_have_a_queue_name() {
        for (arn, name) in [
            ("arn:aws:sqs:ap-south-1:123456789012:jobs.fifo", Some("jobs.fifo")),
            ("arn:aws:lambda:ap-south-1:123456789012:function:f", None),
            ("nonsense", None),
        ] {
            assert_eq!(name_in(arn).as_deref(), name);
        }
    }

    #[test]
    fn every_sort_of_message_counts() {
        let of = |name: &str, count: &str| MessageCounts::of(&BTreeMap::from([(name.to_owned(), count.to_owned())]));
        assert!(!of("ApproximateNumberOfMessages", "0").any());
        for name in ["Messages", "MessagesNotVisible", "MessagesDelayed"] {
            assert!(of(&format!("ApproximateNumberOf{name}"), "1").any(), "{name}");
        }
        let counts = of("ApproximateNumberOfMessagesNotVisible", "2").to_string();
        assert_eq!(counts, "about 0 waiting, 2 in flight, 0 delayed");
    }
}

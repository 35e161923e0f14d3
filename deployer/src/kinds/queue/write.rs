//! Changing a queue.

use super::named::{NAME, PROTECTED};
use super::read::{MessageCounts, attributes};
use super::spec::QueueSpec;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::aws::{AwsError, ErrorClass, op};
use crate::error::Error;
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::{ObservedResource, RetryRule, StepContext, StepResult, WriteProgress, tag_sync};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// SQS gives a name away again 60 s after the queue of that name was deleted ("CreateQueue").
const NAME_PATIENCE: Duration = Duration::from_secs(90);

/// Says how to go on while the name of a queue that was deleted is not free yet.
pub fn retry(error: &AwsError) -> Option<RetryRule> {
    let waits = error.op == &op::CREATE_QUEUE && error.class == ErrorClass::NotYet;
    waits.then(|| RetryRule {
        patience: NAME_PATIENCE,
        dense: (0, Duration::ZERO),
        sparse: Duration::from_secs(2),
        reason: "the queue's name to be free, 60 s after a queue of that name was deleted".into(),
        hint: "The name was not free for 90 s. Run the same command again: it goes on from here.",
    })
}

/// Creates the queue.
pub async fn create(cx: &StepContext<'_>, desired: &QueueSpec) -> StepResult<WriteProgress> {
    let attributes = desired.attributes(true, |_| true);
    let input = json!({"QueueName": cx.name(), "Attributes": attributes, "tags": sent_tags(desired)});
    send(cx, &op::CREATE_QUEUE, &input).await?;
    let arn = cx.session.arn()?;
    cx.publish("name", cx.name());
    cx.publish("arn", arn.queue(cx.name()));
    cx.publish("url", arn.queue_url(cx.name()));
    cx.exists();
    Ok(WriteProgress::Done)
}

/// Returns the tags with the mark of what is not deleted.
fn sent_tags(spec: &QueueSpec) -> ResourceTags {
    let mark = (spec.protected == Some(true)).then(|| (PROTECTED.to_owned(), "true".to_owned()));
    spec.tags.clone().into_iter().chain(mark).collect()
}

/// Sends what differs. The mark goes first where it is set and last where it is taken away, which one call for tags does.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &QueueSpec,
    observed: &ObservedResource<QueueSpec>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    let url = cx.session.arn()?.queue_url(cx.name());
    let changed = desired.attributes(false, |field| touches(diff, field));
    if !changed.is_empty() {
        send(cx, &op::SET_QUEUE_ATTRIBUTES, &json!({"QueueUrl": url, "Attributes": changed})).await?;
    }
    // What the description does not manage stays.
    let protected = desired.protected.or(observed.spec.protected);
    let wanted = QueueSpec { protected, ..desired.clone() };
    tag_sync::sync(
        &sent_tags(&wanted),
        &sent_tags(&observed.spec),
        async |tags: HashMap<String, String>| {
            send(cx, &op::SQS_TAG, &json!({"QueueUrl": url, "Tags": tags})).await.map(drop)
        },
        async |keys| send(cx, &op::SQS_UNTAG, &json!({"QueueUrl": url, "TagKeys": keys})).await.map(drop),
    )
    .await?;
    Ok(WriteProgress::Done)
}

/// Deletes the queue, with the messages in it only where the user named it.
pub async fn delete(cx: &StepContext<'_>) -> StepResult<WriteProgress> {
    let url = cx.session.arn()?.queue_url(cx.name());
    // Looked at again: something may have come in since the plan was shown. Who sends and who receives is gone by now.
    let Some(found) = attributes(cx, &url).await? else { return Ok(WriteProgress::Done) };
    let counts = MessageCounts::of(&found);
    if counts.any() && !cx.may_lose_data {
        return Err(Error::refused(format!("queue {} was not deleted: it holds messages, {counts}", cx.name()))
            .hint("SQS counts approximately. `deployer queue peek` shows some of them.")
            .hint(format!("To delete them with the queue: `--delete-data {NAME}.{}`.", cx.place.id.name))
            .into());
    }
    match send(cx, &op::DELETE_QUEUE, &json!({"QueueUrl": url})).await {
        // It can be seen for up to 60 s.
        Ok(_) => Ok(WriteProgress::Settling),
        Err(error) if error.is_not_found() => Ok(WriteProgress::Done),
        Err(error) => Err(error.into()),
    }
}

async fn send(cx: &StepContext<'_>, op: &'static AwsOperation, input: &Value) -> Result<Value, AwsError> {
    cx.call(op, || cx.clients().sqs.send(op.name, input)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::classify;

    #[test]
    fn a_name_that_is_not_free_yet_is_waited_for() {
        for (op, code, waits) in [
            (&op::CREATE_QUEUE, "QueueDeletedRecently", true),
            (&op::CREATE_QUEUE, "AWS.SimpleQueueService.QueueDeletedRecently", true),
            (&op::CREATE_QUEUE, "QueueNameExists", false),
            (&op::DELETE_QUEUE, "QueueDoesNotExist", false),
        ] {
            let error = AwsError {
                op,
                code: code.to_owned(),
                message: String::new(),
                request_id: None,
                status: Some(400),
                class: classify(op, code, "", 400),
                advice: Vec::new(),
            };
            assert_eq!(retry(&error).is_some(), waits, "{code}");
            assert_eq!(error.is_not_found(), code == "QueueDoesNotExist", "{code}");
        }
    }
}

//! Changing a rule: the rule first, then its targets, which EventBridge keeps apart.

use super::spec::{ScheduleSpec, ScheduleTarget};
use crate::aws::op;
use crate::error::{Error, Result};
use crate::kinds::diff::{SpecDiff, touches};
use crate::kinds::tag_sync::{RequestTag, RequestTags};
use crate::kinds::{ObservedResource, StepContext, StepResult, WriteProgress, tag_sync};
use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use aws_smithy_types::error::operation::BuildError;
use std::collections::BTreeMap;

/// Creates the rule and gives it its targets.
pub async fn create(cx: &StepContext<'_>, desired: &ScheduleSpec) -> StepResult<WriteProgress> {
    put_rule(cx, desired).await?;
    cx.publish("name", cx.name());
    cx.exists();
    put_targets(cx, &desired.targets).await?;
    Ok(WriteProgress::Done)
}

/// Sends what differs.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &ScheduleSpec,
    observed: &ObservedResource<ScheduleSpec>,
    diff: &SpecDiff,
) -> StepResult<WriteProgress> {
    let events = &cx.clients().events;
    if ["expression", "enabled", "description"].iter().any(|field| touches(diff, field)) {
        put_rule(cx, desired).await?;
    }
    let differing: BTreeMap<_, _> = desired
        .targets
        .iter()
        .filter(|(id, t)| observed.spec.targets.get(*id) != Some(t))
        .map(|(id, t)| (id.clone(), t.clone()))
        .collect();
    if !differing.is_empty() {
        put_targets(cx, &differing).await?;
    }
    remove_targets(cx, observed.spec.targets.keys().filter(|id| !desired.targets.contains_key(*id))).await?;
    let arn = observed.outputs.get("arn").map(String::as_str).unwrap_or_default();
    tag_sync::sync(
        &desired.tags,
        &observed.spec.tags,
        async |tags: Vec<Tag>| {
            let send = || events.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
            cx.call(&op::EVENTS_TAG, send).await.map(drop)
        },
        async |keys| {
            let send = || events.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
            cx.call(&op::EVENTS_UNTAG, send).await.map(drop)
        },
    )
    .await?;
    Ok(WriteProgress::Done)
}

/// Deletes the targets, then the rule: one with targets cannot be deleted.
pub async fn delete(cx: &StepContext<'_>, observed: &ObservedResource<ScheduleSpec>) -> StepResult<WriteProgress> {
    let events = &cx.clients().events;
    remove_targets(cx, observed.spec.targets.keys()).await?;
    cx.find(&op::DELETE_RULE, || events.delete_rule().name(cx.name()).send()).await?;
    Ok(WriteProgress::Done)
}

/// Sends PutRule, which sets everything anew. It takes tags only when it creates the rule, which it also does when the rule that was to be updated
/// went meanwhile: without them it would be nobody's.
async fn put_rule(cx: &StepContext<'_>, desired: &ScheduleSpec) -> StepResult<()> {
    let events = &cx.clients().events;
    let tags: Vec<Tag> = RequestTags::from_tags(&desired.tags)?;
    cx.call(&op::PUT_RULE, || {
        events
            .put_rule()
            .name(cx.name())
            .schedule_expression(&desired.expression)
            .state(if desired.enabled { RuleState::Enabled } else { RuleState::Disabled })
            .set_description((!desired.description.is_empty()).then(|| desired.description.clone()))
            .set_tags(Some(tags.clone()))
            .send()
    })
    .await?;
    Ok(())
}

/// Sends targets. EventBridge answers 200 even when it took none of them.
async fn put_targets(cx: &StepContext<'_>, targets: &BTreeMap<String, ScheduleTarget>) -> StepResult<()> {
    let events = &cx.clients().events;
    let target = |(id, target): (&String, &ScheduleTarget)| {
        Target::builder().id(id).arn(&target.function).set_input(target.input.clone()).build()
    };
    let targets = targets.iter().map(target).collect::<Result<Vec<_>, _>>()?;
    let answer = cx
        .call(&op::PUT_TARGETS, || events.put_targets().rule(cx.name()).set_targets(Some(targets.clone())).send())
        .await?;
    let failed = answer.failed_entries().first().map(|e| (e.target_id(), e.error_code(), e.error_message()));
    refuse_partial("PutTargets", failed)
}

async fn remove_targets(cx: &StepContext<'_>, ids: impl Iterator<Item = &String>) -> StepResult<()> {
    let ids: Vec<_> = ids.cloned().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let events = &cx.clients().events;
    let answer = cx
        .find(&op::REMOVE_TARGETS, || events.remove_targets().rule(cx.name()).set_ids(Some(ids.clone())).send())
        .await?;
    let failed = answer
        .as_ref()
        .and_then(|a| a.failed_entries().first())
        .map(|e| (e.target_id(), e.error_code(), e.error_message()));
    refuse_partial("RemoveTargets", failed)
}

fn refuse_partial(operation: &str, failed: Option<(Option<&str>, Option<&str>, Option<&str>)>) -> StepResult<()> {
    let Some((target, code, message)) = failed else { return Ok(()) };
    Err(Error::aws(format!("EventBridge did not take a target: {}", message.unwrap_or("no message was given")))
        .fact("operation", format!("events:{operation}"))
        .fact("code", code.unwrap_or_default())
        .fact("target", target.unwrap_or_default())
        .into())
}

impl RequestTag for Tag {
    fn from_tag(key: &str, value: &str) -> Result<Self, BuildError> {
        Self::builder().key(key).value(value).build()
    }
}

//! Schedules: EventBridge rules that run a function. A rule needs no role of its own, unlike EventBridge Scheduler, so nothing waits for
//! IAM; the function's grant lets it in.

mod block;
mod expression;

pub use block::ScheduleBlock;

use super::diff::{SpecDiff, touches};
use super::sweep::OwnedLists;
use super::tag_sync::RequestTags;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceRef, StepContext, StepResult, WriteProgress, sweep, tag_sync, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
use crate::stack::Stack;
use aws_sdk_eventbridge::types::{RuleState, Tag, Target};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the kind.
pub const NAME: &str = "schedule";
/// Id of the rule's only target.
const TARGET: &str = "function";

/// EventBridge rules with a schedule.
pub struct ScheduleKind;

/// Managed fields of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleSpec {
    /// When it fires.
    pub expression: String,
    /// Whether it fires.
    pub enabled: bool,
    /// Text shown in the console.
    pub description: String,
    /// What it runs, by target id. There is one; others are removed.
    pub targets: BTreeMap<String, ScheduleTarget>,
    /// Tags.
    pub tags: ResourceTags,
}

/// A target of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduleTarget {
    /// ARN of the function.
    pub function: String,
    /// JSON that it gets instead of EventBridge's own event.
    pub input: Option<String>,
}

/// Id, physical name and block of every schedule of the stack.
pub fn all(stack: &Stack) -> Vec<(String, String, ScheduleBlock)> {
    stack
        .all::<ScheduleBlock>()
        .into_iter()
        .map(|(id, block)| (id.clone(), stack.physical_name(&id, block.name.as_deref()), block))
        .collect()
}

static DEFINITION: KindDefinition = KindDefinition { section: Some(&block::SECTION), ..KindDefinition::new(NAME) };

impl KindContract for ScheduleKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// Nothing comes first: a rule may name a function that does not exist yet.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        all(stack)
            .into_iter()
            .map(|(id, name, _)| DeclaredResource {
                place: ResourceRef { id: ResourceId::new(NAME, id), name },
                needs: Vec::new(),
            })
            .collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        match (op.service, op.name) {
            // It cannot be restricted to resources.
            ("events", "ListRules") => vec!["*".to_owned()],
            ("events", _) => all(stack).into_iter().map(|(_, name, _)| arn.rule(&name)).collect(),
            _ => Vec::new(),
        }
    }
}

impl ResourceKind for ScheduleKind {
    type Spec = ScheduleSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<ScheduleSpec>> {
        let block = stack
            .get::<ScheduleBlock>(&place.id.name)
            .ok_or_else(|| Error::internal(format!("{} is not declared", place.id)))?;
        let function = stack.get::<FunctionBlock>(&block.function).and_then(|function| function.name);
        let function = scope.arn.function(&stack.physical_name(&block.function, function.as_deref()));
        Ok(Some(ScheduleSpec {
            expression: block.expression.clone(),
            enabled: block.enabled,
            description: block.description.clone().unwrap_or_default(),
            targets: BTreeMap::from([(TARGET.to_owned(), ScheduleTarget { function, input: block.input.clone() })]),
            tags: wanted_tags(stack, &block.tags, &place.id),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        _: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<ScheduleSpec>>> {
        let events = &cx.clients().events;
        let Some(rule) = cx.find(&op::DESCRIBE_RULE, || events.describe_rule().name(cx.name()).send()).await? else {
            return Ok(None);
        };
        let arn = rule.arn().unwrap_or_default().to_owned();
        let (targets, tags) = futures::join!(
            targets(cx),
            cx.find(&op::EVENTS_LIST_TAGS, || events.list_tags_for_resource().resource_arn(&arn).send())
        );
        let Some(tags) = tags? else { return Ok(None) };
        let tags = cx.session.managed(tags.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
        Ok(Some(ObservedResource {
            owner: cx.session.owner(&tags),
            spec: ScheduleSpec {
                expression: rule.schedule_expression().unwrap_or_default().to_owned(),
                enabled: rule.state() == Some(&RuleState::Enabled),
                description: rule.description().unwrap_or_default().to_owned(),
                targets: targets?,
                tags,
            },
            state: (),
            settling: None,
            outputs: BTreeMap::from([("name".to_owned(), cx.name().to_owned()), ("arn".to_owned(), arn)]),
            hold: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, want: &ScheduleSpec) -> StepResult<WriteProgress> {
        put_rule(cx, want).await?;
        cx.publish("name", cx.name());
        cx.exists();
        put_targets(cx, &want.targets).await?;
        Ok(WriteProgress::Done)
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &ScheduleSpec,
        live: &ObservedResource<ScheduleSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        let events = &cx.clients().events;
        if ["expression", "enabled", "description"].iter().any(|field| touches(diff, field)) {
            put_rule(cx, want).await?;
        }
        let differing: BTreeMap<_, _> = want
            .targets
            .iter()
            .filter(|(id, t)| live.spec.targets.get(*id) != Some(t))
            .map(|(id, t)| (id.clone(), t.clone()))
            .collect();
        if !differing.is_empty() {
            put_targets(cx, &differing).await?;
        }
        remove_targets(cx, live.spec.targets.keys().filter(|id| !want.targets.contains_key(*id))).await?;
        let arn = live.outputs.get("arn").map(String::as_str).unwrap_or_default();
        tag_sync::sync(
            &want.tags,
            &live.spec.tags,
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

    /// A rule with targets cannot be deleted.
    async fn delete(&self, cx: &StepContext<'_>, live: &ObservedResource<ScheduleSpec>) -> StepResult<WriteProgress> {
        let events = &cx.clients().events;
        remove_targets(cx, live.spec.targets.keys()).await?;
        cx.find(&op::DELETE_RULE, || events.delete_rule().name(cx.name()).send()).await?;
        Ok(WriteProgress::Done)
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        // A rule on another bus has the bus before its name; ours are on the default one, where schedules must be.
        let name_of =
            |arn: &str| arn.split_once(":rule/").map(|(_, name)| name.to_owned()).filter(|name| !name.contains('/'));
        let prefix = sweep::prefix(cx);
        let (tagged, named) = futures::join!(lists.places(cx, NAME, name_of), rules(cx, &prefix));
        let mut out = tagged?;
        sweep::add(&mut out, NAME, &prefix, named?);
        Ok(out)
    }
}

/// Names of the rules that begin like ours.
async fn rules(cx: &StepContext<'_>, prefix: &str) -> StepResult<Vec<String>> {
    let events = &cx.clients().events;
    let pages = cx.pages(
        &op::LIST_RULES,
        |token| events.list_rules().name_prefix(prefix).set_next_token(token).send(),
        |page| page.next_token.clone(),
    );
    Ok(pages.items(|page| page.rules.unwrap_or_default()).await?.into_iter().filter_map(|rule| rule.name).collect())
}

async fn targets(cx: &StepContext<'_>) -> StepResult<BTreeMap<String, ScheduleTarget>> {
    let events = &cx.clients().events;
    let pages = cx.pages_if_found(
        &op::LIST_TARGETS_BY_RULE,
        |token| events.list_targets_by_rule().rule(cx.name()).set_next_token(token).send(),
        |page| page.next_token.clone(),
    );
    let targets = pages.items(|page| page.targets.unwrap_or_default()).await?.into_iter();
    Ok(targets.map(|target| (target.id, ScheduleTarget { function: target.arn, input: target.input })).collect())
}

/// PutRule sets everything anew. It takes tags only when it creates the rule, which it also does when the rule that was to be updated
/// went meanwhile: without them it would be nobody's.
async fn put_rule(cx: &StepContext<'_>, want: &ScheduleSpec) -> StepResult<()> {
    let events = &cx.clients().events;
    let tags: Vec<Tag> = RequestTags::from_tags(&want.tags)?;
    cx.call(&op::PUT_RULE, || {
        events
            .put_rule()
            .name(cx.name())
            .schedule_expression(&want.expression)
            .state(if want.enabled { RuleState::Enabled } else { RuleState::Disabled })
            .set_description((!want.description.is_empty()).then(|| want.description.clone()))
            .set_tags(Some(tags.clone()))
            .send()
    })
    .await?;
    Ok(())
}

/// EventBridge answers 200 even when it took none of them.
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

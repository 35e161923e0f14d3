//! Reading a rule: itself, its targets and its tags.

use super::spec::{ScheduleSpec, ScheduleTarget};
use crate::aws::op;
use crate::kinds::{ObservedResource, StepContext, StepResult};
use aws_sdk_eventbridge::types::RuleState;
use std::collections::BTreeMap;

/// Reads the rule that `cx` is about.
pub async fn observe(cx: &StepContext<'_>) -> StepResult<Option<ObservedResource<ScheduleSpec>>> {
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
        changed_at: None,
    }))
}

/// Returns the names of the rules that begin like ours.
pub async fn rules(cx: &StepContext<'_>, prefix: &str) -> StepResult<Vec<String>> {
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
    let pages = cx.pages(
        &op::LIST_TARGETS_BY_RULE,
        |token| events.list_targets_by_rule().rule(cx.name()).set_next_token(token).send(),
        |page| page.next_token.clone(),
    );
    let targets = pages.items_if_found(|page| page.targets.unwrap_or_default()).await?.into_iter();
    Ok(targets.map(|target| (target.id, ScheduleTarget { function: target.arn, input: target.input })).collect())
}

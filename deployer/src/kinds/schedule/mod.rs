//! Schedules: EventBridge rules that run a function. A rule needs no role of its own, unlike EventBridge Scheduler, so nothing waits for
//! IAM; the function's grant lets it in.

mod block;
mod expression;
mod read;
mod spec;
mod write;

pub use block::ScheduleBlock;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, KindContract, KindDefinition, ObserveDetail, ObservedResource, ResourceId,
    ResourceKind, ResourceRef, StackLink, StepContext, StepResult, WriteProgress, function, sweep, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::Result;
use crate::stack::Stack;
use spec::ScheduleSpec;

/// Name of the kind.
pub const NAME: &str = "schedule";

/// EventBridge rules with a schedule.
pub struct ScheduleKind;

static DEFINITION: KindDefinition = KindDefinition { section: Some(&block::SECTION), ..KindDefinition::new(NAME) };

impl KindContract for ScheduleKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// Nothing comes first: a rule may name a function that does not exist yet.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        ResourceRef::of_blocks::<ScheduleBlock>(NAME, stack).map(DeclaredResource::from).collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let link = |(id, block): (String, ScheduleBlock)| StackLink {
            from: ResourceId::new(NAME, id),
            to: ResourceId::new(function::NAME, block.function),
            label: block.expression,
        };
        stack.all::<ScheduleBlock>().into_iter().map(link).collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        match (op.service, op.name) {
            // It cannot be restricted to resources.
            ("events", "ListRules") => vec!["*".to_owned()],
            ("events", _) => stack.named::<ScheduleBlock>().iter().map(|schedule| arn.rule(&schedule.name)).collect(),
            _ => Vec::new(),
        }
    }
}

impl ResourceKind for ScheduleKind {
    type Spec = ScheduleSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<ScheduleSpec>> {
        let block = stack.declared::<ScheduleBlock>(&place.id.name)?;
        Ok(Some(ScheduleSpec::of(&block, stack, scope.arn, wanted_tags(stack, &block.tags, &place.id))))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        _: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<ScheduleSpec>>> {
        read::observe(cx).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &ScheduleSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &ScheduleSpec,
        observed: &ObservedResource<ScheduleSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<ScheduleSpec>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, observed).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        // A rule on another bus has the bus before its name; ours are on the default one, where schedules must be.
        let name_of =
            |arn: &str| arn.split_once(":rule/").map(|(_, name)| name.to_owned()).filter(|name| !name.contains('/'));
        let prefix = sweep::prefix(cx);
        let (tagged, named) = futures::join!(lists.places(cx, NAME, name_of), read::rules(cx, &prefix));
        let mut out = tagged?;
        sweep::add(&mut out, NAME, &prefix, named?);
        Ok(out)
    }
}

//! SQS queues.

mod block;
mod external;
pub mod messages;
mod named;
mod read;
mod spec;
mod write;

pub use block::{ATTRIBUTES, QueueBlock, QueueEncryption};
pub use external::{QUEUES as EXTERNAL_QUEUES, fits as fits_external};
pub use named::{NAME, name_of, need};
pub use read::name_in;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, HeldData, KindContract, KindDefinition, ObserveDetail,
    ObservedResource, PreflightFindings, ResourceId, ResourceKind, ResourceRef, RetryRule, RunSession, StackLink,
    StepContext, StepResult, WriteProgress, function, source, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsError, op};
use crate::error::{Error, Result};
use crate::stack::Stack;
use block::DeadLetterRule;
use futures::future::{FutureExt, LocalBoxFuture};
use spec::QueueSpec;

/// SQS queues.
pub struct QueueKind;

static DEFINITION: KindDefinition = KindDefinition {
    section: Some(&block::SECTION),
    fixed: &[(
        "fifo",
        "SQS fixes it when the queue is made. Nothing was changed. Describe a second queue under another id, `deployer up`, let the old one be emptied, then remove its block.",
    )],
    // Nobody may send to a queue or receive from it any more when it is looked at for the last time before it goes.
    deleted_after: &[function::NAME, source::NAME],
    outputs: &["name", "arn", "url"],
    data: Some(HeldData { holder: NAME, content: "messages", fate: "which loses them; SQS counts approximately" }),
    ..KindDefinition::new(NAME)
};

impl KindContract for QueueKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// SQS wants the dead-letter queue to be there.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let declared = |place: ResourceRef| {
            let rule = stack.get::<QueueBlock>(&place.id.name).and_then(|block| block.dead_letter);
            let target = rule.and_then(|rule| rule.on().map(|DeadLetterRule { queue, .. }| need(stack, queue)));
            DeclaredResource { place, needs: target.flatten().into_iter().collect() }
        };
        ResourceRef::of_blocks::<QueueBlock>(NAME, stack).map(declared).collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let used = stack.all::<FunctionBlock>().into_iter().flat_map(|(function, block)| {
            let from = ResourceId::new(function::NAME, function);
            block.queues.into_iter().map(move |(queue, access)| (from.clone(), queue, access.actions().join(", ")))
        });
        let dead = stack.all::<QueueBlock>().into_iter().filter_map(|(id, block)| {
            let DeadLetterRule { queue, receives } = block.dead_letter.as_ref()?.on()?;
            let receipts = if *receives == 1 { "receipt" } else { "receipts" };
            Some((ResourceId::new(NAME, id), queue.clone(), format!("after {receives} {receipts}")))
        });
        // What others manage is no resource of the stack.
        let own = used.chain(dead).filter(|(_, queue, _)| stack.block(NAME, queue).is_some());
        own.map(|(from, queue, label)| StackLink { from, to: ResourceId::new(NAME, queue), label }).collect()
    }

    fn retry(&self, _: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        write::retry(error)
    }

    fn preflight<'a>(&'a self, session: &'a RunSession) -> LocalBoxFuture<'a, Result<PreflightFindings, Vec<Error>>> {
        async move { external::look(session).await.map(|()| PreflightFindings::default()) }.boxed_local()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        if op.service != "sqs" {
            return Vec::new();
        }
        let own = stack.named::<QueueBlock>().into_iter().map(|queue| arn.queue(&queue.name));
        let of_others = super::external::names(stack, NAME).into_iter().filter(|_| op == &op::LIST_QUEUE_TAGS);
        own.chain(of_others.map(|name| arn.queue(&name))).collect()
    }
}

impl ResourceKind for QueueKind {
    type Spec = QueueSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<QueueSpec>> {
        let block = stack.declared::<QueueBlock>(&place.id.name)?;
        QueueSpec::of(&block, stack, scope.arn, wanted_tags(stack, &block.tags, &place.id)).map(Some)
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<QueueSpec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &QueueSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &QueueSpec,
        observed: &ObservedResource<QueueSpec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(&self, cx: &StepContext<'_>, _: &ObservedResource<QueueSpec>) -> StepResult<WriteProgress> {
        write::delete(cx).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        Ok(super::external::spare(&cx.session.stack, NAME, lists.places(cx, NAME, read::name_in).await?))
    }
}

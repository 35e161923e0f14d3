//! Sources: event source mappings of Lambda, which run a function for the messages of a queue or the changes of a table.

mod orphans;
mod place;
mod read;
mod rights;
mod spec;
mod write;

pub use place::NAME;
pub use rights::statements;
pub use write::retry as rights_retry;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceNeed, ResourceRef, RetryRule, StackLink, StepContext, StepMilestone, StepResult,
    WriteProgress, function, queue, role, table, wanted_tags,
};
use crate::aws::AwsError;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::{Error, Result};
use crate::stack::Stack;
use read::SourceState;
use spec::SourceSpec;

/// Event source mappings.
pub struct SourceKind;

static DEFINITION: KindDefinition = KindDefinition {
    fixed: &[(
        "start",
        "Lambda fixes where reading begins when a source is made. Nothing was changed. Take the source out, `deployer up`, and describe it again: records that come meanwhile are read from `trim_horizon` on.",
    )],
    ..KindDefinition::new(NAME)
};

impl KindContract for SourceKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// Lambda asks whether the role may read the source when it is made, so the role is complete before; a stream is known once its
    /// table is.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let declared = |source: place::DescribedSource| {
            let need = |kind, id: &str, milestone| ResourceNeed { id: ResourceId::new(kind, id), milestone };
            let mut needs = vec![need(function::NAME, &source.function, StepMilestone::Exists)];
            if stack.get::<FunctionBlock>(&source.function).is_some_and(|function| function.has_own_role()) {
                needs.push(need(role::NAME, &source.function, StepMilestone::Done));
            }
            needs.extend(
                [&source.block.queue, &source.block.on_failure]
                    .into_iter()
                    .flatten()
                    .filter_map(|id| queue::need(stack, id)),
            );
            let own = source.block.table.as_deref().filter(|id| stack.block(table::NAME, id).is_some());
            needs.extend(own.map(|id| need(table::NAME, id, StepMilestone::Done)));
            DeclaredResource { place: source.place, needs }
        };
        place::described(stack).into_iter().map(declared).collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let of_source = |source: place::DescribedSource| {
            let function = ResourceId::new(function::NAME, source.function.clone());
            let (sort, id) = place::target(&source.block);
            let read = (ResourceId::new(sort, id), function.clone(), "source");
            let failed = source.block.on_failure.as_deref();
            let failed = failed.map(|id| (function, ResourceId::new(queue::NAME, id), "what is given up"));
            std::iter::once(read).chain(failed).collect::<Vec<_>>()
        };
        // What others manage is no resource of the stack.
        let is_own = |id: &ResourceId| stack.block(id.kind, &id.name).is_some();
        let links = place::described(stack).into_iter().flat_map(of_source);
        let links = links.filter(|(from, to, _)| is_own(from) && is_own(to));
        links.map(|(from, to, label)| StackLink { from, to, label: label.to_owned() }).collect()
    }

    /// A source follows its table to another stream, and leaves what it has not read of the old one.
    fn takes_away(&self, diff: &SpecDiff) -> Vec<String> {
        let leaves = diff.iter().any(|change| change.path == "source" && !change.was.is_null());
        let loss = "leaves the stream that it reads: a change of the table that it has not read by then does not run the function";
        leaves.then(|| loss.to_owned()).into_iter().collect()
    }

    fn retry(&self, _: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        write::retry(error)
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        if op.service != "lambda" || place::described(stack).is_empty() {
            return Vec::new();
        }
        match op.name {
            // They cannot be restricted to resources ("Actions, resources, and condition keys for AWS Lambda").
            "CreateEventSourceMapping" | "ListEventSourceMappings" => vec!["*".to_owned()],
            "GetEventSourceMapping"
            | "UpdateEventSourceMapping"
            | "DeleteEventSourceMapping"
            | "ListTags"
            | "TagResource"
            | "UntagResource" => vec![arn.event_source_mapping("*")],
            _ => Vec::new(),
        }
    }
}

impl ResourceKind for SourceKind {
    type Spec = SourceSpec;
    type State = SourceState;

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<SourceSpec>> {
        let source = place::described(stack).into_iter().find(|source| source.place == *place);
        let source = source.ok_or_else(|| Error::internal(format!("{} is not declared", place.id)))?;
        let function = stack.declared::<FunctionBlock>(&source.function)?;
        let tags = wanted_tags(stack, &function.tags, &place.id);
        SourceSpec::of(&source, stack, scope, tags).map(Some)
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<SourceSpec, SourceState>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &SourceSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &SourceSpec,
        observed: &ObservedResource<SourceSpec, SourceState>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<SourceSpec, SourceState>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, observed).await
    }

    async fn owned(&self, cx: &StepContext<'_>, lists: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        orphans::find(cx, lists).await
    }
}

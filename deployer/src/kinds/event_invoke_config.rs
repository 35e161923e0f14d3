//! What becomes of a function's asynchronous calls that fail: Lambda's event invoke configs. One is read and changed only where the
//! description says something of it.

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, FunctionBlock, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceNeed, ResourceRef, RetryRule, StackLink, StepContext, StepMilestone, StepResult,
    WriteProgress, function, queue, role, source,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceOwner;
use crate::aws::{AwsError, op};
use crate::error::Result;
use crate::stack::Stack;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure, OnSuccess};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Event invoke configs.
pub struct EventInvokeConfigKind;

/// Name of the kind.
pub const NAME: &str = "event_invoke_config";

/// Lambda's own settings ("PutFunctionEventInvokeConfig").
const RETRIES: i32 = 2;
const MAX_AGE: i32 = 21_600;

/// Managed fields of a config.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventInvokeSpec {
    /// How often a call is tried again.
    pub retries: i32,
    /// Seconds.
    pub max_age: i32,
    /// ARN of what is told of calls that are given up.
    pub on_failure: Option<String>,
}

/// What else a config says, which stays as it is.
#[derive(Debug, Clone, Default)]
pub struct EventInvokeState {
    /// ARN of what is told of calls that succeeded.
    on_success: Option<String>,
}

static DEFINITION: KindDefinition = KindDefinition { contained: true, ..KindDefinition::new(NAME) };

/// Returns the functions whose description says what becomes of such calls.
fn described(stack: &Stack) -> Vec<(ResourceRef, FunctionBlock)> {
    let places = ResourceRef::of_blocks::<FunctionBlock>(NAME, stack);
    places
        .filter_map(|place| Some((stack.get::<FunctionBlock>(&place.id.name)?, place)))
        .filter(|(block, _)| block.asynchronous.is_some())
        .map(|(block, place)| (place, block))
        .collect()
}

/// Returns the id of the queue that is told, where there is one.
fn told(block: &FunctionBlock) -> Option<&str> {
    block.asynchronous.as_ref()?.on()?.on_failure.as_deref()
}

impl KindContract for EventInvokeConfigKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// Lambda asks whether the role may send to the destination, so the role is complete before.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let declared = |(place, block): (ResourceRef, FunctionBlock)| {
            let need = |kind, milestone| ResourceNeed { id: ResourceId::new(kind, place.id.name.clone()), milestone };
            let mut needs = vec![need(function::NAME, StepMilestone::Exists)];
            if block.has_own_role() {
                needs.push(need(role::NAME, StepMilestone::Done));
            }
            needs.extend(told(&block).and_then(|id| queue::need(stack, id)));
            DeclaredResource { needs, place }
        };
        described(stack).into_iter().map(declared).collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let link = |(place, block): (ResourceRef, FunctionBlock)| {
            let to = told(&block).filter(|id| stack.block(queue::NAME, id).is_some())?;
            Some(StackLink {
                from: ResourceId::new(function::NAME, place.id.name),
                to: ResourceId::new(queue::NAME, to),
                label: "calls that are given up".to_owned(),
            })
        };
        described(stack).into_iter().filter_map(link).collect()
    }

    fn retry(&self, _: &StepContext<'_>, error: &AwsError) -> Option<RetryRule> {
        source::rights_retry(error)
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        match (op.service, op.name) {
            ("lambda", name) if name.contains("EventInvokeConfig") => {
                described(stack).iter().map(|(place, _)| arn.function(&place.name)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl ResourceKind for EventInvokeConfigKind {
    type Spec = EventInvokeSpec;
    type State = EventInvokeState;

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<EventInvokeSpec>> {
        let block = stack.declared::<FunctionBlock>(&place.id.name)?;
        let Some(rule) = block.asynchronous.as_ref().and_then(|rule| rule.on()) else { return Ok(None) };
        let number = |given: Option<u32>, own: i32| given.map_or(own, |given| i32::try_from(given).unwrap_or(i32::MAX));
        let queue = rule.on_failure.as_deref().map(|id| queue::name_of(stack, id)).transpose()?;
        Ok(Some(EventInvokeSpec {
            retries: number(rule.retries, RETRIES),
            max_age: number(rule.max_age, MAX_AGE),
            on_failure: queue.map(|name| scope.arn.queue(&name)),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        _: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<EventInvokeSpec, EventInvokeState>>> {
        let lambda = &cx.clients().lambda;
        let send = || lambda.get_function_event_invoke_config().function_name(cx.name()).send();
        let Some(found) = cx.find(&op::GET_FUNCTION_EVENT_INVOKE_CONFIG, send).await? else { return Ok(None) };
        let arn = |told: Option<&str>| told.filter(|arn| !arn.is_empty()).map(str::to_owned);
        let config = found.destination_config();
        Ok(Some(ObservedResource {
            spec: EventInvokeSpec {
                retries: found.maximum_retry_attempts().unwrap_or(RETRIES),
                max_age: found.maximum_event_age_in_seconds().unwrap_or(MAX_AGE),
                on_failure: arn(config.and_then(|config| config.on_failure()?.destination())),
            },
            state: EventInvokeState { on_success: arn(config.and_then(|config| config.on_success()?.destination())) },
            settling: None,
            // It has no tags and belongs to its function.
            owner: ResourceOwner::Ours,
            outputs: BTreeMap::new(),
            hold: None,
            changed_at: None,
        }))
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &EventInvokeSpec) -> StepResult<WriteProgress> {
        put(cx, desired, None).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &EventInvokeSpec,
        observed: &ObservedResource<EventInvokeSpec, EventInvokeState>,
        _: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        put(cx, desired, observed.state.on_success.as_deref()).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        _: &ObservedResource<EventInvokeSpec, EventInvokeState>,
    ) -> StepResult<WriteProgress> {
        let lambda = &cx.clients().lambda;
        let send = || lambda.delete_function_event_invoke_config().function_name(cx.name()).send();
        cx.find(&op::DELETE_FUNCTION_EVENT_INVOKE_CONFIG, send).await?;
        Ok(WriteProgress::Done)
    }

    /// Configs have no tags; they go with their function.
    async fn owned(&self, _: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        Ok(Vec::new())
    }
}

/// Sends the whole config: what is not in it Lambda takes away.
async fn put(cx: &StepContext<'_>, desired: &EventInvokeSpec, on_success: Option<&str>) -> StepResult<WriteProgress> {
    let destinations = DestinationConfig::builder()
        .on_failure(OnFailure::builder().set_destination(desired.on_failure.clone()).build())
        .set_on_success(on_success.map(|arn| OnSuccess::builder().destination(arn).build()))
        .build();
    let request = cx
        .clients()
        .lambda
        .put_function_event_invoke_config()
        .function_name(cx.name())
        .maximum_retry_attempts(desired.retries)
        .maximum_event_age_in_seconds(desired.max_age)
        .destination_config(destinations);
    cx.call(&op::PUT_FUNCTION_EVENT_INVOKE_CONFIG, || request.clone().send()).await?;
    Ok(WriteProgress::Done)
}

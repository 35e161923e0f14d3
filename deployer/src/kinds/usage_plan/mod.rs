//! The API key of a stack, with the usage plan that opens the API's stage for it. A key is not a proof of who calls, and its limits are
//! best effort ("Usage plans and API keys for REST APIs"); it says which caller may use how much.
//!
//! Neither has a unique name, and creating one again makes another. Both are found by their tags, the key's value is never read but
//! for [`key`].

mod read;
mod spec;
mod write;

pub use spec::NAME;
pub use write::reopen;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    ApiBlock, DeclaredResource, DesiredScope, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceNeed, ResourceRef, RunSession, StepContext, StepMilestone, StepResult,
    WriteProgress, rest_api,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::error::Result;
use crate::stack::Stack;
use spec::UsagePlanSpec;

/// API keys with their usage plans.
pub struct UsagePlanKind;

/// Returns the value of the stack's API key, for whoever asks for it by name: `None` when there is no key.
///
/// # Errors
/// The failure of the call.
pub async fn key(session: &RunSession) -> Result<Option<String>> {
    let id = ResourceId::new(NAME, ApiBlock::ID);
    let Some(key) = session.ledger.outputs.borrow().get(&id).and_then(|values| values.get("key_id")).cloned() else {
        return Ok(None);
    };
    let gateway = &session.aws.connection.clients.apigateway;
    let send = || gateway.get_api_key().api_key(&key).include_value(true).send();
    let answer = session.aws.caller.call(&op::GET_API_KEY, &|_| (), send).await?;
    Ok(answer.value)
}

/// Tells whether an operation of API Gateway is about plans or keys.
pub fn is_about(operation: &str) -> bool {
    operation.contains("UsagePlan") || operation.contains("ApiKey")
}

static DEFINITION: KindDefinition = KindDefinition { outputs: &["id", "key_id"], ..KindDefinition::new(NAME) };

impl KindContract for UsagePlanKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// A plan opens a stage, so the API must be deployed.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let api = ApiBlock::of(stack).filter(ApiBlock::asks_for_key);
        let declared = |api: ApiBlock| DeclaredResource {
            place: ResourceRef {
                id: ResourceId::new(NAME, ApiBlock::ID),
                name: stack.physical_name(ApiBlock::ID, api.name.as_deref()),
            },
            needs: vec![ResourceNeed { id: rest_api::resource_id(), milestone: StepMilestone::Done }],
        };
        api.map(declared).into_iter().collect()
    }

    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        if op.service != "apigateway" || !is_about(op.name) {
            return Vec::new();
        }
        let path = match op.name {
            // What an earlier description had is looked for where there is none now, too.
            "GetUsagePlans" => "/usageplans",
            "GetApiKeys" => "/apikeys",
            _ if self.declare(stack).is_empty() => return Vec::new(),
            "CreateUsagePlan" => "/usageplans",
            "CreateApiKey" => "/apikeys",
            name if name.contains("UsagePlan") => "/usageplans/*",
            _ => "/apikeys/*",
        };
        vec![arn.gateway(path)]
    }
}

impl ResourceKind for UsagePlanKind {
    type Spec = UsagePlanSpec;
    type State = ();

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<UsagePlanSpec>> {
        let api = stack.declared::<ApiBlock>(ApiBlock::ID)?;
        let api_id = scope.output(&rest_api::resource_id(), "id").unwrap_or("(known when the API exists)");
        Ok(Some(UsagePlanSpec::of(&api, place, stack, api_id)))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<UsagePlanSpec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &UsagePlanSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &UsagePlanSpec,
        observed: &ObservedResource<UsagePlanSpec>,
        _: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<UsagePlanSpec>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, observed).await
    }

    /// Plan and key are one resource here, which is found by its tags whatever its name is: lists carry them, so that the tagging API is
    /// not needed.
    async fn owned(&self, cx: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        if !self.declare(&cx.session.stack).is_empty() {
            return Ok(Vec::new());
        }
        let name = cx.session.stack.physical_name(ApiBlock::ID, None);
        let place = ResourceRef { id: ResourceId::new(NAME, ApiBlock::ID), name };
        let observed = read::observe(&StepContext { place: &place, ..*cx }, ObserveDetail::Presence).await?;
        Ok(observed.map(|_| place.clone()).into_iter().collect())
    }
}

//! The API key of a stack, with the usage plan that opens the API's stage for it. A key is not a proof of who calls, and its limits are
//! best effort ("Usage plans and API keys for REST APIs"); it says which caller may use how much.
//!
//! Neither has a unique name, and creating one again makes another. Both are found by their tags, the key's value is never read but
//! for [`key`].

mod read;
mod write;

pub use write::reopen;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    ApiAuth, ApiBlock, DeclaredResource, DesiredScope, KindContract, KindDefinition, ObserveDetail, ObservedResource,
    ResourceId, ResourceKind, ResourceNeed, ResourceRef, RunSession, StepContext, StepMilestone, StepResult,
    WriteProgress, rest_api, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
use crate::stack::Stack;
use aws_sdk_apigateway::types::ApiStage;
use serde::{Deserialize, Serialize};

/// Name of the kind.
pub const NAME: &str = "usage_plan";

/// API keys with their usage plans.
pub struct UsagePlanKind;

/// A plan and its key. Each is missing, live, until it is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UsagePlanSpec {
    /// The plan.
    pub plan: Option<PlanSpec>,
    /// The key, without its value.
    pub key: Option<ApiKeySpec>,
    /// Further plans and keys with the same ownership tags, such as `usageplans/abc`: creations whose answer was lost.
    pub duplicates: Vec<String>,
}

/// A usage plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanSpec {
    /// Name.
    pub name: String,
    /// What it opens: `API:STAGE`.
    pub stages: Vec<String>,
    /// Limits of each key.
    pub throttle: Option<rest_api::StageThrottle>,
    /// Requests of each key in a period.
    pub quota: Option<PlanQuota>,
    /// Tags.
    pub tags: ResourceTags,
}

/// Requests in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanQuota {
    /// Most requests.
    pub limit: i32,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
}

/// An API key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiKeySpec {
    /// Name.
    pub name: String,
    /// Whether it opens anything at all.
    pub enabled: bool,
    /// Whether it belongs to the plan.
    pub in_plan: bool,
    /// Tags.
    pub tags: ResourceTags,
}

/// The value of the stack's API key, for whoever asks for it by name: `None` when there is no key.
///
/// # Errors
/// The failure of the call.
pub async fn key(session: &RunSession) -> Result<Option<String>> {
    let id = ResourceId::new(NAME, rest_api::ID);
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

/// Stages as [`PlanSpec::stages`] has them.
fn opened(stages: &[ApiStage]) -> Vec<String> {
    let mut out: Vec<_> = stages
        .iter()
        .map(|s| format!("{}:{}", s.api_id().unwrap_or_default(), s.stage().unwrap_or_default()))
        .collect();
    out.sort();
    out
}

static DEFINITION: KindDefinition = KindDefinition { outputs: &["id", "key_id"], ..KindDefinition::new(NAME) };

impl KindContract for UsagePlanKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    /// A plan opens a stage, so the API must be deployed.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let api = stack.get::<ApiBlock>(rest_api::ID).filter(|api| api.auth == ApiAuth::ApiKey);
        let declared = |api: ApiBlock| DeclaredResource {
            place: ResourceRef {
                id: ResourceId::new(NAME, rest_api::ID),
                name: stack.physical_name(rest_api::ID, api.name.as_deref()),
            },
            needs: vec![ResourceNeed {
                id: ResourceId::new(rest_api::NAME, rest_api::ID),
                milestone: StepMilestone::Done,
            }],
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
        let api = stack.get::<ApiBlock>(rest_api::ID).ok_or_else(|| Error::internal("the stack has no API"))?;
        let api_id =
            scope.output(&ResourceId::new(rest_api::NAME, rest_api::ID), "id").unwrap_or("(known when the API exists)");
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let limits = &api.usage_plan;
        let tags = wanted_tags(stack, &api.tags, &place.id);
        Ok(Some(UsagePlanSpec {
            plan: Some(PlanSpec {
                name: place.name.clone(),
                stages: vec![format!("{api_id}:{}", rest_api::stage_name(stack, &api))],
                throttle: limits
                    .rate
                    .zip(limits.burst)
                    .map(|(rate, burst)| rest_api::StageThrottle { rate, burst: whole(burst) }),
                quota: limits.quota.as_ref().map(|q| PlanQuota { limit: whole(q.limit), period: q.period.clone() }),
                tags: tags.clone(),
            }),
            key: Some(ApiKeySpec { name: place.name.clone(), enabled: true, in_plan: true, tags }),
            duplicates: Vec::new(),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<UsagePlanSpec>>> {
        read::observe(cx, look).await
    }

    async fn create(&self, cx: &StepContext<'_>, want: &UsagePlanSpec) -> StepResult<WriteProgress> {
        write::create(cx, want).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &UsagePlanSpec,
        live: &ObservedResource<UsagePlanSpec>,
        _: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, want, live).await
    }

    async fn delete(&self, cx: &StepContext<'_>, live: &ObservedResource<UsagePlanSpec>) -> StepResult<WriteProgress> {
        write::delete(cx, live).await
    }

    /// Plan and key are one resource here, which is found by its tags whatever its name is: lists carry them, so that the tagging API is
    /// not needed.
    async fn owned(&self, cx: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        if !self.declare(&cx.session.stack).is_empty() {
            return Ok(Vec::new());
        }
        let name = cx.session.stack.physical_name(rest_api::ID, None);
        let place = ResourceRef { id: ResourceId::new(NAME, rest_api::ID), name };
        let live = read::observe(&StepContext { place: &place, ..*cx }, ObserveDetail::Presence).await?;
        Ok(live.map(|_| place.clone()).into_iter().collect())
    }
}

//! API Gateway REST APIs (v1): one API with its stage and the deployment that the stage shows.

mod block;
mod definition;
mod endpoint;
mod openapi;
mod read;
mod spec;
mod stage_path;
mod write;

pub use block::{ApiAuth, ApiBlock, EndpointType};
pub use definition::routes;
pub use spec::{NAME, StageThrottle, resource_id};
pub use stage_path::{functions_that_see_the_stage, stage_warning};

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, KindContract, KindDefinition, MetricSource, ObserveDetail, ObservedResource,
    ProposedChange, ProtectionVerdict, ResourceId, ResourceKind, ResourceRef, RunSession, StackLink, StepContext,
    StepResult, WriteProgress, function, usage_plan,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::error::Result;
use crate::stack::Stack;
use serde_json::Value;
use spec::{RestApiSpec, RestApiState};
use std::collections::BTreeMap;

/// API Gateway REST APIs.
pub struct RestApiKind {
    adopted: Option<String>,
}

impl RestApiKind {
    /// The kind as `up` and `down` need it: an API is known by its tags alone.
    pub const PLAIN: Self = Self { adopted: None };

    /// Makes the kind with the id of the API that is meant although nothing but its name tells; `ids` are those that AWS made up, by resource.
    pub fn adopting(ids: &BTreeMap<ResourceRef, Option<String>>) -> Self {
        Self { adopted: ids.iter().find(|(place, _)| place.id.kind == NAME).and_then(|(_, id)| id.clone()) }
    }
}

static DEFINITION: KindDefinition = KindDefinition {
    section: Some(&block::SECTION),
    fixed: &[(
        "namesakes",
        "Several REST APIs have this name and none is this stack's. Nothing was changed. Give ours another `name`, rename or delete the others, or name the one that is meant: `deployer import-terraform` reads its id from a state.",
    )],
    // API Gateway does not delete an API that a usage plan opens.
    deleted_after: &[usage_plan::NAME],
    outputs: &["id"],
    ..KindDefinition::new(NAME)
};

impl KindContract for RestApiKind {
    fn definition(&self) -> &'static KindDefinition {
        &DEFINITION
    }

    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        let api = ApiBlock::of(stack);
        api.into_iter()
            .map(|api| DeclaredResource {
                place: ResourceRef { id: resource_id(), name: stack.physical_name(ApiBlock::ID, api.name.as_deref()) },
                needs: Vec::new(),
            })
            .collect()
    }

    fn links(&self, stack: &Stack) -> Vec<StackLink> {
        let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (route, target) in ApiBlock::of(stack).into_iter().flat_map(|api| api.routes) {
            routes.entry(target.function().to_owned()).or_default().push(route);
        }
        let link = |(id, routes): (String, Vec<String>)| StackLink {
            from: resource_id(),
            to: ResourceId::new(function::NAME, id),
            label: routes.join(", "),
        };
        routes.into_iter().map(link).collect()
    }

    fn warn(&self, stack: &Stack) -> Vec<String> {
        let Some(api) = ApiBlock::of(stack) else { return Vec::new() };
        let open: Vec<_> = api.open_routes().collect();
        // A route that says so itself is meant to be open; of an API of which nothing is guarded it is said all the same.
        let unsaid: Vec<_> = open.iter().copied().filter(|route| api.routes[*route].own_auth().is_none()).collect();
        let change = "`auth = \"iam\"` or `auth = \"api_key\"`";
        if open.len() == api.routes.len() {
            vec![format!("the API answers anybody who knows its address: {change} in `[api]` changes that")]
        } else if !unsaid.is_empty() {
            vec![format!(
                "anybody who knows the API's address may call {}: {change} of a route changes that",
                unsaid.join(", ")
            )]
        } else {
            Vec::new()
        }
    }

    /// A route says after its target what a caller has to bring.
    fn protects(&self, proposed: &ProposedChange<'_>) -> Option<ProtectionVerdict> {
        let change = proposed.change;
        let route = change.path.strip_prefix("routes.")?;
        let demand =
            |value: &Value| value.as_str()?.split_once(" (").map(|(_, demand)| demand.trim_end_matches(')').to_owned());
        let lost = demand(&change.was).filter(|_| change.want.is_string() && demand(&change.want).is_none())?;
        let own = ApiBlock::of(proposed.stack).and_then(|api| api.routes.get(route)?.own_auth());
        (own.is_none() && !proposed.stack.is_written(&[ApiBlock::ID, "auth"])).then(|| {
            let keep = format!(
                "Say in `[api]` who may call: `auth = \"iam\"`, `\"api_key\"`, or `\"none\"` for anybody; for this route alone \
                 `{route:?} = {{ function = \"…\", auth = \"…\" }}`."
            );
            proposed.refused(&format!("asks callers of {route} for {lost}: it would let anybody in"), keep)
        })
    }

    /// "Amazon API Gateway dimensions and metrics": it counts 429 with the callers' mistakes.
    fn metrics(&self, stack: &Stack) -> Vec<MetricSource> {
        let Some(api) = ApiBlock::of(stack) else { return Vec::new() };
        let stage = api.stage_name(stack);
        let of = |declared: DeclaredResource| MetricSource {
            namespace: "AWS/ApiGateway",
            dimensions: vec![("ApiName", declared.place.name.clone()), ("Stage", stage.clone())],
            place: declared.place,
            requests: "Count",
            errors: "5XXError",
            client_errors: Some("4XXError"),
            throttles: None,
            duration: "Latency",
        };
        self.declare(stack).into_iter().map(of).collect()
    }

    /// Ids are not known before there is something to have one, so the paths of API Gateway's own API are about all of them.
    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        let path = match (op.service, op.name) {
            // What an earlier description had is looked for where there is none now, too.
            ("cloudwatch", _) if ApiBlock::of(stack).is_some() => return vec!["*".to_owned()],
            ("apigateway", "GetRestApis") => "/restapis",
            ("apigateway", name) if usage_plan::is_about(name) || ApiBlock::of(stack).is_none() => {
                return Vec::new();
            }
            ("apigateway", "CreateRestApi") => "/restapis",
            ("apigateway", "TagResource" | "UntagResource") => "/tags/*",
            ("apigateway", _) => "/restapis/*",
            _ => return Vec::new(),
        };
        vec![arn.gateway(path)]
    }

    fn stack_outputs(&self, session: &RunSession, outputs: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        let Some(endpoint) = outputs.get("endpoint") else { return Vec::new() };
        let curl = endpoint::curl(session, endpoint).map(|line| ("curl", line));
        [("endpoint", endpoint.clone())].into_iter().chain(curl).collect()
    }
}

impl ResourceKind for RestApiKind {
    type Spec = RestApiSpec;
    type State = RestApiState;

    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<RestApiSpec>> {
        let api = stack.declared::<ApiBlock>(ApiBlock::ID)?;
        Ok(Some(RestApiSpec::of(&api, place, stack, scope.arn)))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<RestApiSpec, RestApiState>>> {
        read::observe(cx, look, self.adopted.as_deref()).await
    }

    async fn create(&self, cx: &StepContext<'_>, desired: &RestApiSpec) -> StepResult<WriteProgress> {
        write::create(cx, desired).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        desired: &RestApiSpec,
        observed: &ObservedResource<RestApiSpec, RestApiState>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, desired, observed, diff).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        observed: &ObservedResource<RestApiSpec, RestApiState>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, observed).await
    }

    /// A declared API is found by its tags whatever its name is; only an API that is declared no more can be an orphan.
    async fn owned(&self, cx: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        if ApiBlock::of(&cx.session.stack).is_some() {
            return Ok(Vec::new());
        }
        read::ours(cx).await
    }
}

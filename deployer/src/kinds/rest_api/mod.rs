//! API Gateway REST APIs (v1): one API with its stage and the deployment that the stage shows.

mod block;
mod definition;
mod endpoint;
mod openapi;
mod read;
mod write;

pub use block::{ApiAuth, ApiBlock, EndpointType};
pub use definition::{GatewayResponse, routes};
pub use openapi::OpenApiDocument;

use super::diff::SpecDiff;
use super::sweep::OwnedLists;
use super::{
    DeclaredResource, DesiredScope, KindContract, KindDefinition, ObserveDetail, ObservedResource, ResourceId,
    ResourceKind, ResourceRef, RunSession, StepContext, StepResult, WriteProgress, usage_plan, wanted_tags,
};
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::tags::ResourceTags;
use crate::error::{Error, Result};
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the kind.
pub const NAME: &str = "rest_api";
/// Id of a stack's only API.
pub const ID: &str = "api";

/// API Gateway REST APIs.
pub struct RestApiKind {
    adopted: Option<String>,
}

impl RestApiKind {
    /// The kind as `up` and `down` need it: an API is known by its tags alone.
    pub const PLAIN: Self = Self { adopted: None };

    /// The kind with the id of the API that is meant although nothing but its name tells; `ids` are those that AWS made up, by resource.
    pub fn adopting(ids: &BTreeMap<ResourceRef, Option<String>>) -> Self {
        Self { adopted: ids.iter().find(|(place, _)| place.id.kind == NAME).and_then(|(_, id)| id.clone()) }
    }
}

/// Private state of a live API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestApiState {
    /// Whether the stage that is described exists.
    pub has_stage: bool,
    /// Deployments that the deployer made and no stage shows, the oldest first.
    pub unused_deployments: Vec<ApiDeployment>,
    /// The resource policy, as API Gateway tells it. It is not managed, and stays.
    pub policy: Option<String>,
}

/// A deployment of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiDeployment {
    /// Id.
    pub id: String,
    /// Hash of the definition that the deployment froze; empty when somebody else made it.
    pub hash: String,
}

/// Managed fields of an API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RestApiSpec {
    /// Name.
    pub name: String,
    /// Text shown in the console.
    pub description: String,
    /// REGIONAL or EDGE.
    pub endpoint_type: String,
    /// Media types that travel as Base64.
    pub binary_media_types: Vec<String>,
    /// Smallest answer in bytes that is compressed.
    pub minimum_compression_size: Option<i32>,
    /// Where requests go, and who may send them: function ARN by `METHOD /path`.
    pub routes: BTreeMap<String, String>,
    /// What API Gateway answers by itself, by type. A type that the service does not list is not compared: AWS always lists all.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// Hash of the definition that the stage shows; empty when there is no such stage.
    pub deployed: String,
    /// Limits of the stage.
    pub throttle: Option<StageThrottle>,
    /// X-Ray tracing of the stage.
    pub tracing: bool,
    /// Stages that an earlier description made.
    pub former_stages: Vec<String>,
    /// Ids of further APIs with the same ownership tags: a creation whose answer was lost.
    pub duplicates: Vec<String>,
    /// Ids of further APIs that have its name and nobody's tags, while none is ours: nothing tells which one is meant.
    #[serde(default)]
    pub namesakes: Vec<String>,
    /// Tags.
    pub tags: ResourceTags,
}

/// Limits of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StageThrottle {
    /// Requests per second.
    pub rate: f64,
    /// Requests at once.
    pub burst: i32,
}

/// API stage: what the block says, else the stack's stage with what API Gateway does not allow replaced.
pub fn stage_name(stack: &Stack, api: &ApiBlock) -> String {
    api.stage.clone().unwrap_or_else(|| stack.stage.replace('-', "_"))
}

/// The OpenAPI document that the block names.
pub fn document(stack: &Stack, api: &ApiBlock) -> Option<OpenApiDocument> {
    // Loading made sure that it can be read.
    OpenApiDocument::parse(stack.file(api.openapi.as_deref()?)?).ok()
}

/// Text shown in the console.
pub fn description(stack: &Stack, api: &ApiBlock) -> String {
    api.description.clone().unwrap_or_else(|| format!("API of stack {}, stage {}", stack.name, stack.stage))
}

fn block(stack: &Stack) -> Result<ApiBlock> {
    stack.get::<ApiBlock>(ID).ok_or_else(|| Error::internal("the stack has no API"))
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
        let api = stack.get::<ApiBlock>(ID);
        api.into_iter()
            .map(|api| DeclaredResource {
                place: ResourceRef {
                    id: ResourceId::new(NAME, ID),
                    name: stack.physical_name(ID, api.name.as_deref()),
                },
                needs: Vec::new(),
            })
            .collect()
    }

    fn warn(&self, stack: &Stack) -> Vec<String> {
        let open = stack.get::<ApiBlock>(ID).is_some_and(|api| api.auth == ApiAuth::None);
        let message = "the API answers anybody who knows its address: `auth = \"iam\"` or `auth = \"api_key\"` in `[api]` changes that";
        open.then(|| message.to_owned()).into_iter().collect()
    }

    /// Ids are not known before there is something to have one, so the paths of API Gateway's own API are about all of them.
    fn permission(&self, op: &AwsOperation, stack: &Stack, arn: &ArnScope) -> Vec<String> {
        let path = match (op.service, op.name) {
            // What an earlier description had is looked for where there is none now, too.
            ("apigateway", "GetRestApis") => "/restapis",
            ("apigateway", name) if usage_plan::is_about(name) || stack.get::<ApiBlock>(ID).is_none() => {
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
        let api = block(stack)?;
        let definition = definition::define(stack, &api, &place.name, scope.arn);
        let mut binary_media_types = api.binary_media_types.clone();
        binary_media_types.sort();
        Ok(Some(RestApiSpec {
            name: place.name.clone(),
            description: description(stack, &api),
            endpoint_type: match api.endpoint_type {
                block::EndpointType::Regional => "REGIONAL",
                block::EndpointType::Edge => "EDGE",
            }
            .to_owned(),
            binary_media_types,
            minimum_compression_size: api.minimum_compression_size.and_then(|n| i32::try_from(n).ok()),
            routes: definition.targets,
            gateway_responses: definition.gateway_responses,
            deployed: definition.hash,
            throttle: api
                .throttle
                .map(|t| StageThrottle { rate: t.rate, burst: i32::try_from(t.burst).unwrap_or(i32::MAX) }),
            tracing: api.tracing,
            former_stages: Vec::new(),
            duplicates: Vec::new(),
            namesakes: Vec::new(),
            tags: wanted_tags(stack, &api.tags, &place.id),
        }))
    }

    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<RestApiSpec, RestApiState>>> {
        read::observe(cx, look, self.adopted.as_deref()).await
    }

    async fn create(&self, cx: &StepContext<'_>, want: &RestApiSpec) -> StepResult<WriteProgress> {
        write::create(cx, want).await
    }

    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &RestApiSpec,
        live: &ObservedResource<RestApiSpec, RestApiState>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress> {
        write::update(cx, want, live, diff).await
    }

    async fn delete(
        &self,
        cx: &StepContext<'_>,
        live: &ObservedResource<RestApiSpec, RestApiState>,
    ) -> StepResult<WriteProgress> {
        write::delete(cx, live).await
    }

    /// A declared API is found by its tags whatever its name is; only an API that is declared no more can be an orphan.
    async fn owned(&self, cx: &StepContext<'_>, _: &OwnedLists) -> StepResult<Vec<ResourceRef>> {
        if cx.session.stack.get::<ApiBlock>(ID).is_some() {
            return Ok(Vec::new());
        }
        read::ours(cx).await
    }
}

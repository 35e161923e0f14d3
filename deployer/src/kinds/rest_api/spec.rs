//! A REST API as it is compared, with the limits of its stage.

use super::block::{ApiBlock, EndpointType};
use super::definition::{GatewayResponse, define};
use crate::aws::arn::ArnScope;
use crate::aws::tags::ResourceTags;
use crate::kinds::{ResourceId, ResourceRef, wanted_tags};
use crate::stack::Stack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the kind.
pub const NAME: &str = "rest_api";

/// Returns the id of the stack's only API among its resources.
pub fn resource_id() -> ResourceId {
    ResourceId::new(NAME, ApiBlock::ID)
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

impl RestApiSpec {
    /// Returns what a block asks for.
    pub fn of(api: &ApiBlock, place: &ResourceRef, stack: &Stack, arn: &ArnScope) -> Self {
        let definition = define(stack, api, &place.name, arn);
        let mut binary_media_types = api.binary_media_types.clone();
        binary_media_types.sort();
        Self {
            name: place.name.clone(),
            description: api.description(stack),
            endpoint_type: match api.endpoint_type {
                EndpointType::Regional => "REGIONAL",
                EndpointType::Edge => "EDGE",
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
            tags: wanted_tags(stack, &api.tags, &place.id),
            ..Self::default()
        }
    }
}

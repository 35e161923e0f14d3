//! `[api]` as written in the stack description.

mod check;
mod choice;
mod limits;
mod route;
mod rules;
mod target;

pub use choice::{ApiAuth, EndpointType};
pub use limits::CorsBlock;
pub use route::ApiRoute;
pub use target::RouteTarget;

use super::openapi::OpenApiDocument;
use crate::stack::{
    API_TAGS, DefaultValue, SectionDefinition, Stack, TextRule, TypedBlock, ValueShape, fits, toml_block,
};
use limits::{ThrottleBlock, UsagePlanBlock};
use rules::{MEDIA_TYPE, NAME, ROUTE, STAGE};
use serde::Deserialize;
use std::collections::BTreeMap;
use target::TARGET;

/// `[api]`.
pub static SECTION: SectionDefinition = SectionDefinition {
    name: ApiBlock::SECTION,
    many: false,
    about: ApiBlock::ABOUT,
    notes: "API Gateway answers preflight requests for one origin or `*`. With several the answer depends on who asks, so the path's \
function answers `OPTIONS` as well, and `allow_methods`, `allow_headers` and `max_age` have no meaning. All other answers need the \
header from the function in any case: the order function takes the origins from `CORS_ALLOW_ORIGINS` in its `environment`, \
separated by commas.

A key tells callers apart and is no proof of who calls; AWS keeps its limits by best effort. Requests are limited to 64 KiB by the \
order function; API Gateway's own limit, 10 MB, cannot be set.",
    keys: ApiBlock::KEYS,
    physical_name: NAME,
    files: &["openapi"],
    attributes: &[],
    check: check::check,
    fits: fits::<ApiBlock>,
};

impl TypedBlock for ApiBlock {
    const SECTION: &'static str = "api";

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl ApiBlock {
    /// Id of a stack's only API.
    pub const ID: &'static str = Self::SECTION;

    /// Returns the stack's API, if it has one.
    pub fn of(stack: &Stack) -> Option<Self> {
        stack.get(Self::ID)
    }

    /// Returns the name of the stage: what the block says, else the stack's stage with what API Gateway does not allow replaced.
    pub fn stage_name(&self, stack: &Stack) -> String {
        self.stage.clone().unwrap_or_else(|| stack.stage.replace('-', "_"))
    }

    /// Returns who may call a route: what it says itself, else what the API says.
    pub fn auth_of(&self, route: &str) -> ApiAuth {
        self.routes.get(route).and_then(RouteTarget::own_auth).unwrap_or(self.auth)
    }

    /// Tells whether a route asks for the API key.
    pub fn asks_for_key(&self) -> bool {
        self.routes.keys().any(|route| self.auth_of(route) == ApiAuth::ApiKey)
    }

    /// Returns the routes that anybody may call.
    pub fn open_routes(&self) -> impl Iterator<Item = &str> {
        self.routes.keys().map(String::as_str).filter(|route| self.auth_of(route) == ApiAuth::None)
    }

    /// Returns the OpenAPI document that the block names.
    pub fn document(&self, stack: &Stack) -> Option<OpenApiDocument> {
        // Loading made sure that it can be read.
        OpenApiDocument::parse(stack.file(self.openapi.as_deref()?)?).ok()
    }

    /// Returns the text that the console shows.
    pub fn description(&self, stack: &Stack) -> String {
        self.description.clone().unwrap_or_else(|| format!("API of stack {}, stage {}", stack.name, stack.stage))
    }
}

toml_block! {
    /// An API Gateway REST API with one stage.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ApiBlock {
        /// Name of the API.
        pub name: Option<String> =
            ValueShape::Text(NAME).derived("`{stack}-{stage}-api`").aws("CreateRestApi name"),
        /// Text shown in the console.
        pub description: Option<String> =
            ValueShape::Text(TextRule::any("a description", 1, 1024)).optional().aws("CreateRestApi description"),
        /// Name of the API's stage, the first segment of every path.
        pub stage: Option<String> =
            ValueShape::Text(STAGE).derived("`{stage}`").aws("CreateDeployment stageName"),
        /// Endpoint in the stack's region, or behind AWS's CloudFront distribution.
        pub endpoint_type: EndpointType = ValueShape::OneOf(EndpointType::ALL)
            .or(DefaultValue::Text(EndpointType::Regional.word()))
            .aws("CreateRestApi endpointConfiguration"),
        /// Routes, `"METHOD /path" = "id of a function"`; with a guard of its own `{ function = "id", auth = "iam" }`.
        pub routes: BTreeMap<String, RouteTarget> = ValueShape::Map {
            placeholder: "\"METHOD /path\"",
            key: ROUTE,
            of: &TARGET,
            length: (1, usize::MAX),
        }
        .required()
        .aws("PutRestApi body"),
        /// OpenAPI document of the API, as JSON, relative to the project: names and parameters for the import, and what `deployer openapi` prints. It must have the same routes: `validate` refuses others, the other commands warn of them.
        pub openapi: Option<String> =
            ValueShape::Text(TextRule::any("a path", 1, 4096)).optional().aws("PutRestApi body"),
        /// Who may call the routes that do not say it themselves: anybody, who signs with AWS credentials, or who sends the stack's API key as `x-api-key` (`deployer outputs api_key`). A guarded route is opened only by a key that is written.
        pub auth: ApiAuth = ValueShape::OneOf(ApiAuth::ALL)
            .or(DefaultValue::Text(ApiAuth::None.word()))
            .aws("PutRestApi body, CreateApiKey"),
        /// Limits of the API key; only where a route asks for it.
        pub usage_plan: UsagePlanBlock =
            ValueShape::Table(UsagePlanBlock::KEYS).or(DefaultValue::EmptyTable).aws("CreateUsagePlan"),
        /// Request limits of the stage; not managed when absent: what is there stays.
        pub throttle: Option<ThrottleBlock> =
            ValueShape::Table(ThrottleBlock::KEYS).optional().aws("UpdateStage methodSettings"),
        /// Cross-origin access from browsers; off when absent.
        pub cors: Option<CorsBlock> = ValueShape::Table(CorsBlock::KEYS).optional().aws("PutRestApi body"),
        /// X-Ray tracing of the stage.
        pub tracing: bool =
            ValueShape::Boolean.or(DefaultValue::Boolean(false)).aws("UpdateStage /tracingEnabled"),
        /// Media types that reach the function as Base64.
        pub binary_media_types: Vec<String> = ValueShape::List { of: &ValueShape::Text(MEDIA_TYPE), length: (0, 100) }
            .or(DefaultValue::EmptyList)
            .aws("CreateRestApi binaryMediaTypes"),
        /// Smallest answer that is compressed; none when absent.
        pub minimum_compression_size: Option<u32> =
            ValueShape::integer(0, 10_485_760, "bytes").optional().aws("CreateRestApi minimumCompressionSize"),
        /// Tags of the API, beside the stack's.
        pub tags: BTreeMap<String, String> = API_TAGS.or(DefaultValue::EmptyTable).aws("TagResource tags"),
    }
}

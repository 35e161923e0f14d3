//! `[api]` as written in the stack description.

mod check;
mod route;
mod section;

pub use route::ApiRoute;
pub use section::SECTION;

use serde::Deserialize;
use std::collections::BTreeMap;

/// `[api]`: one API Gateway REST API.
#[derive(Debug, Clone, Deserialize)]
pub struct ApiBlock {
    /// Physical name; `{stack}-{stage}-api` when absent.
    pub name: Option<String>,
    /// Text shown in the console.
    pub description: Option<String>,
    /// API stage, the first segment of every path; the stack's stage when absent.
    pub stage: Option<String>,
    /// Endpoint type.
    #[serde(default)]
    pub endpoint_type: EndpointType,
    /// `"POST /orders" = "api"`: method and path to the id of a function.
    #[serde(default)]
    pub routes: BTreeMap<String, String>,
    /// OpenAPI document of the API, relative to the project.
    pub openapi: Option<String>,
    /// Who may call.
    #[serde(default)]
    pub auth: ApiAuth,
    /// Limits of the API key.
    #[serde(default)]
    pub usage_plan: UsagePlanBlock,
    /// Limits of the stage; the account's when absent.
    pub throttle: Option<ThrottleBlock>,
    /// Cross-origin access; off when absent.
    pub cors: Option<CorsBlock>,
    /// X-Ray tracing of the stage.
    #[serde(default)]
    pub tracing: bool,
    /// Media types that reach the function as Base64.
    #[serde(default)]
    pub binary_media_types: Vec<String>,
    /// Smallest answer in bytes that is compressed; no compression when absent.
    pub minimum_compression_size: Option<u32>,
    /// Tags of the API, beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Where the endpoint lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndpointType {
    /// In the stack's region.
    #[default]
    Regional,
    /// Behind AWS's CloudFront distribution. AWS allows one creation in 30 s.
    Edge,
}

/// Who may call the API. A preflight request of a browser is answered to anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiAuth {
    /// Anybody.
    #[default]
    None,
    /// Who signs with AWS credentials that may `execute-api:Invoke`.
    Iam,
    /// Who sends the stack's API key as `x-api-key`.
    ApiKey,
}

/// Limits of the API key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct UsagePlanBlock {
    /// Steady requests per second.
    pub rate: Option<f64>,
    /// Most requests at once.
    pub burst: Option<u32>,
    /// Requests in a period.
    pub quota: Option<QuotaBlock>,
}

/// Requests in a period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QuotaBlock {
    /// Most requests.
    pub limit: u32,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
}

/// Request limits of the stage.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ThrottleBlock {
    /// Steady requests per second.
    pub rate: f64,
    /// Most requests at once.
    pub burst: u32,
}

/// Cross-origin resource sharing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CorsBlock {
    /// `["*"]` or origins such as `https://shop.example`.
    pub allow_origins: Vec<String>,
    /// Methods; those of the path's routes when absent.
    #[serde(default)]
    pub allow_methods: Vec<String>,
    /// Request headers that a browser may send.
    #[serde(default)]
    pub allow_headers: Vec<String>,
    /// Seconds that a browser may remember the answer.
    pub max_age: Option<u32>,
}

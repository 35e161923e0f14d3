//! A usage plan and its key as they are compared.

use crate::aws::tags::ResourceTags;
use crate::kinds::rest_api::StageThrottle;
use crate::kinds::{ApiBlock, ResourceRef, wanted_tags};
use crate::stack::Stack;
use aws_sdk_apigateway::types::ApiStage;
use serde::{Deserialize, Serialize};

/// Name of the kind.
pub const NAME: &str = "usage_plan";

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
    pub throttle: Option<StageThrottle>,
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

impl UsagePlanSpec {
    /// Returns what a block asks for. `api_id` is the id of the API, or words that stand for it until it exists.
    pub fn of(api: &ApiBlock, place: &ResourceRef, stack: &Stack, api_id: &str) -> Self {
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let limits = &api.usage_plan;
        let tags = wanted_tags(stack, &api.tags, &place.id);
        let plan = PlanSpec {
            name: place.name.clone(),
            stages: vec![format!("{api_id}:{}", api.stage_name(stack))],
            throttle: limits.rate.zip(limits.burst).map(|(rate, burst)| StageThrottle { rate, burst: whole(burst) }),
            quota: limits.quota.as_ref().map(|q| PlanQuota { limit: whole(q.limit), period: q.period.clone() }),
            tags: tags.clone(),
        };
        let key = ApiKeySpec { name: place.name.clone(), enabled: true, in_plan: true, tags };
        Self { plan: Some(plan), key: Some(key), duplicates: Vec::new() }
    }
}

/// Returns stages as [`PlanSpec::stages`] has them.
pub fn opened_stages(stages: &[ApiStage]) -> Vec<String> {
    let mut out: Vec<_> = stages
        .iter()
        .map(|s| format!("{}:{}", s.api_id().unwrap_or_default(), s.stage().unwrap_or_default()))
        .collect();
    out.sort();
    out
}

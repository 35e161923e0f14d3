//! Usage plans and API keys. Stages, throttles and quotas are read from API Gateway's inputs, too, by its names.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// Who may call which stages, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsagePlan {
    /// Made by the server.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Per key.
    pub throttle: Option<PlanThrottle>,
    /// Per key and period.
    pub quota: Option<PlanQuota>,
    /// The stages it opens.
    pub stages: Vec<PlanStage>,
    /// Ids of its keys.
    pub keys: BTreeSet<String>,
    /// User tags.
    pub tags: BTreeMap<String, String>,
}

/// A stage in a usage plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStage {
    /// The API's id.
    #[serde(alias = "apiId")]
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
}

/// A request rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanThrottle {
    /// Requests per second.
    #[serde(alias = "rateLimit", default)]
    pub rate: f64,
    /// Requests at once.
    #[serde(alias = "burstLimit", default)]
    pub burst: u32,
}

/// Requests per calendar period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanQuota {
    /// Requests allowed in one period.
    pub limit: u32,
    /// Requests counted as used when the first period starts.
    #[serde(default)]
    pub offset: u32,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: String,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Made by the server.
    pub id: String,
    /// What the caller sends as `x-api-key`, 20 to 128 characters.
    pub value: String,
    /// Not unique.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// A disabled key is refused.
    pub enabled: bool,
    /// User tags.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    #[serde(with = "time::serde::timestamp")]
    pub created: OffsetDateTime,
    /// Last change.
    #[serde(with = "time::serde::timestamp")]
    pub updated: OffsetDateTime,
}

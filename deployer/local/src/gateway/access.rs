//! API keys.

use super::incoming::Incoming;
use super::refusal::Refusal;
use super::target::Target;
use super::throttle::{Rate, Throttle};
use crate::store::Document;
use std::time::Instant;

/// Checks the caller's key, and the rate and the quota of the usage plan that opens the stage for it.
///
/// # Errors
/// `INVALID_API_KEY`, `THROTTLED` or `QUOTA_EXCEEDED`.
pub fn check_key(
    document: &Document,
    target: &Target<'_>,
    incoming: &Incoming,
    throttle: &Throttle,
) -> Result<(), Refusal> {
    let region = document.region(target.region);
    let sent = incoming.header("x-api-key").ok_or_else(Refusal::invalid_api_key)?;
    let key = region
        .api_keys
        .values()
        .find(|key| key.enabled && key.value == sent)
        .ok_or_else(Refusal::invalid_api_key)?;
    let opens = |stage: &crate::store::usage::PlanStage| {
        stage.api_id == target.api.id && stage.stage == target.stage.name
    };
    let plan = region
        .usage_plans
        .values()
        .find(|plan| plan.keys.contains(&key.id) && plan.stages.iter().any(opens))
        .ok_or_else(Refusal::invalid_api_key)?;
    let counter = format!("{}/{}", plan.id, key.id);
    if let Some(limit) = plan.throttle {
        let rate = Rate { per_second: limit.rate, burst: limit.burst };
        if !throttle.admit(&counter, rate, Instant::now()) {
            return Err(Refusal::throttled());
        }
    }
    match &plan.quota {
        Some(quota) if !throttle.spend(&counter, quota, incoming.time.date()) => Err(Refusal::quota_exceeded()),
        _ => Ok(()),
    }
}

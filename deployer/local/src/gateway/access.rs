//! Who may call a route: signatures, the resource policy, API keys.

use super::incoming::Incoming;
use super::refusal::Refusal;
use super::target::Target;
use super::throttle::{Rate, Throttle};
use crate::ACCOUNT;
use crate::policy::{Policy, Request, Verdict};
use crate::store::Document;
use crate::store::rest_api::Route;
use crate::store::usage::PlanStage;
use std::collections::BTreeMap;
use std::time::Instant;

/// Checks the caller against the route's authorization and the API's resource policy.
///
/// Signatures are not verified in this cloud, and every signer is a user of the account that may do everything; but a route
/// that wants a signature gets none from an anonymous caller.
///
/// # Errors
/// `MISSING_AUTHENTICATION_TOKEN` or `ACCESS_DENIED`.
pub fn check_caller(target: &Target<'_>, incoming: &Incoming, route: &Route) -> Result<(), Refusal> {
    let signed = route.authorization_type == "AWS_IAM";
    if signed && incoming.header("authorization").is_none() {
        return Err(Refusal::missing_token());
    }
    let Some(policy) = &target.definition.policy else { return Ok(()) };
    let base = format!("arn:aws:execute-api:{}:{ACCOUNT}:{}/", target.region, target.api.id);
    // Policies may leave out everything before the stage; API Gateway completes them.
    let policy = Policy::parse(&policy.replace("\"execute-api:/", &format!("\"{base}"))).ok();
    let resource = format!("{base}{}/{}{}", target.stage.name, incoming.method, incoming.path);
    let mut keys = BTreeMap::from([("aws:sourceip", incoming.source_ip.clone())]);
    if let Some(agent) = incoming.header("user-agent") {
        keys.insert("aws:useragent", agent.to_owned());
    }
    let request =
        Request { account: signed.then_some(ACCOUNT), action: "execute-api:Invoke", resource: &resource, keys };
    match policy.map(|policy| policy.judge(&request)) {
        Some(Verdict::Allowed) => Ok(()),
        Some(Verdict::Unmentioned) if signed => Ok(()),
        Some(Verdict::Denied) => Err(Refusal::not_authorized(&resource, " with an explicit deny")),
        Some(Verdict::Unmentioned) | None => Err(Refusal::not_authorized(&resource, "")),
    }
}

/// Checks the caller's API key, and the rate and the quota of the usage plan that opens the stage for it.
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
    let key =
        region.api_keys.values().find(|key| key.enabled && key.value == sent).ok_or_else(Refusal::invalid_api_key)?;
    let opens = |stage: &PlanStage| stage.api_id == target.api.id && stage.stage == target.stage.name;
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

//! Who may call a route: signatures, the resource policy, API keys.

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use super::target::StageTarget;
use crate::arn::ACCOUNT;
use crate::policy::{PolicyDocument, PolicyRequest, PolicyVerdict};
use crate::state::{RequestRate, RequestThrottle};
use crate::store::CloudDocument;
use crate::store::rest_api::DeployedRoute;
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
pub fn check_caller(
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    route: &DeployedRoute,
) -> Result<(), GatewayRefusal> {
    let signed = route.authorization_type == "AWS_IAM";
    if signed && incoming.header("authorization").is_none() {
        return Err(GatewayRefusal::MISSING_TOKEN);
    }
    let Some(policy) = &target.definition.policy else { return Ok(()) };
    let base = format!("arn:aws:execute-api:{}:{ACCOUNT}:{}/", target.region, target.api.id);
    // Policies may leave out everything before the stage; API Gateway completes them.
    let policy = PolicyDocument::parse(&policy.replace("\"execute-api:/", &format!("\"{base}"))).ok();
    let resource = format!("{base}{}/{}{}", target.stage.name, incoming.method, incoming.path);
    let mut keys = BTreeMap::from([("aws:sourceip", incoming.source_ip.clone())]);
    if let Some(agent) = incoming.header("user-agent") {
        keys.insert("aws:useragent", agent.to_owned());
    }
    let request =
        PolicyRequest { account: signed.then_some(ACCOUNT), action: "execute-api:Invoke", resource: &resource, keys };
    match policy.map(|policy| policy.judge(&request)) {
        Some(PolicyVerdict::Allowed) => Ok(()),
        Some(PolicyVerdict::Unmentioned) if signed => Ok(()),
        Some(PolicyVerdict::Denied) => Err(GatewayRefusal::not_authorized(&resource, " with an explicit deny")),
        Some(PolicyVerdict::Unmentioned | PolicyVerdict::OutOfBounds) | None => {
            Err(GatewayRefusal::not_authorized(&resource, ""))
        }
    }
}

/// Checks the caller's API key, and the rate and the quota of the usage plan that opens the stage for it.
///
/// # Errors
/// `INVALID_API_KEY`, `THROTTLED` or `QUOTA_EXCEEDED`.
pub fn check_key(
    document: &CloudDocument,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    throttle: &RequestThrottle,
) -> Result<(), GatewayRefusal> {
    let region = document.region(target.region);
    let sent = incoming.header("x-api-key").ok_or(GatewayRefusal::INVALID_API_KEY)?;
    let key =
        region.api_keys.values().find(|key| key.enabled && key.value == sent).ok_or(GatewayRefusal::INVALID_API_KEY)?;
    let opens = |stage: &PlanStage| stage.api_id == target.api.id && stage.stage == target.stage.name;
    let plan = region
        .usage_plans
        .values()
        .find(|plan| plan.keys.contains(&key.id) && plan.stages.iter().any(opens))
        .ok_or(GatewayRefusal::INVALID_API_KEY)?;
    let counter = format!("{}/{}", plan.id, key.id);
    if let Some(limit) = plan.throttle {
        let rate = RequestRate { per_second: limit.rate, burst: limit.burst };
        if !throttle.admit(&counter, rate, Instant::now()) {
            return Err(GatewayRefusal::THROTTLED);
        }
    }
    match &plan.quota {
        Some(quota) if !throttle.spend(&counter, quota, incoming.time.date()) => Err(GatewayRefusal::QUOTA_EXCEEDED),
        _ => Ok(()),
    }
}

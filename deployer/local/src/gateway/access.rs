//! Who may call a route: signers, the resource policy, API keys.

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use super::signer::RequestSigner;
use super::target::StageTarget;
use crate::arn::{ACCOUNT, arn};
use crate::policy::{PolicyDocument, PolicyRequest, PolicyVerdict};
use crate::state::{RequestRate, RequestThrottle, RestrictedCallers};
use crate::store::CloudDocument;
use crate::store::rest_api::DeployedRoute;
use crate::store::usage::PlanStage;
use std::collections::BTreeMap;
use std::time::Instant;

/// Checks the caller against the route's authorization and the API's resource policy, and returns who signed, where the route
/// asks for that.
///
/// Both policies, the signer's and the API's, are of one account: one that allows is enough, one that denies too ("IAM
/// authentication and resource policy").
///
/// # Errors
/// `MISSING_AUTHENTICATION_TOKEN`, `INVALID_SIGNATURE` or `ACCESS_DENIED`.
pub fn check_caller(
    document: &CloudDocument,
    callers: &RestrictedCallers,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    route: &DeployedRoute,
) -> Result<Option<RequestSigner>, GatewayRefusal> {
    let signer = match route.authorization_type.as_str() {
        "AWS_IAM" => Some(RequestSigner::of(incoming, target.region, callers, document)?),
        _ => None,
    };
    let base = arn("execute-api", target.region, format_args!("{}/", target.api.id));
    // Policies may leave out everything before the stage; API Gateway completes them.
    let policy = target.definition.policy.as_ref();
    let policy =
        policy.map(|policy| PolicyDocument::parse(&policy.replace("\"execute-api:/", &format!("\"{base}"))).ok());
    let resource = format!("{base}{}/{}{}", target.stage.name, incoming.method, incoming.path);
    let mut keys = BTreeMap::from([("aws:sourceip", incoming.source_ip.clone())]);
    if let Some(agent) = incoming.header("user-agent") {
        keys.insert("aws:useragent", agent.to_owned());
    }
    let request = PolicyRequest {
        account: signer.as_ref().map(|_| ACCOUNT),
        action: "execute-api:Invoke",
        resource: &resource,
        keys,
    };
    let own = signer.as_ref().map(|signer| signer.caller.judge(&request).verdict);
    // A policy that cannot be read lets nobody in.
    let of_the_api = policy.map(|policy| policy.map_or(PolicyVerdict::Denied, |policy| policy.judge(&request)));
    let user = || signer.as_ref().map_or_else(|| "anonymous".to_owned(), |signer| signer.caller.arn(target.region));
    match (own, of_the_api) {
        (Some(PolicyVerdict::Denied), _) | (_, Some(PolicyVerdict::Denied)) => {
            Err(GatewayRefusal::not_authorized(&user(), &resource, " with an explicit deny"))
        }
        (Some(PolicyVerdict::Allowed), _) | (_, Some(PolicyVerdict::Allowed)) | (None, None) => Ok(signer),
        _ => Err(GatewayRefusal::not_authorized(&user(), &resource, "")),
    }
}

/// Checks the caller's API key, and the rate and the quota of the usage plan that opens the stage for it. Returns the key's id.
///
/// # Errors
/// `INVALID_API_KEY`, `THROTTLED` or `QUOTA_EXCEEDED`.
pub fn check_key(
    document: &CloudDocument,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    throttle: &RequestThrottle,
) -> Result<String, GatewayRefusal> {
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
        _ => Ok(key.id.clone()),
    }
}

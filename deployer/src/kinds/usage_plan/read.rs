//! Reading plan and key. Lists carry tags, so two calls find them; a third says whether the key is in the plan.

use super::spec::{ApiKeySpec, NAME, PlanQuota, PlanSpec, UsagePlanSpec, opened_stages};
use crate::aws::tags::ResourceOwner;
use crate::aws::{op, tags};
use crate::kinds::rest_api::StageThrottle;
use crate::kinds::{ObserveDetail, ObservedResource, StepContext, StepResult};
use aws_sdk_apigateway::types::{ApiKey, UsagePlan};
use std::collections::{BTreeMap, HashMap};

/// Reads the plan and the key that `cx` is about; `None` when there is neither.
pub async fn observe(cx: &StepContext<'_>, look: ObserveDetail) -> StepResult<Option<ObservedResource<UsagePlanSpec>>> {
    let (plans, keys) = futures::join!(plans(cx), keys(cx));
    let (plans, mut keys) = (plans?, keys?);
    let plan = plans.first();
    let plan_id = plan.and_then(UsagePlan::id).unwrap_or_default();
    let members =
        if look != ObserveDetail::Presence && plan.is_some() { members(cx, plan_id).await? } else { Vec::new() };
    let in_plan = |key: &ApiKey| key.id().is_some_and(|id| members.iter().any(|member| member == id));
    // Of several keys (a creation whose answer was lost) the one that opens the API is the one that clients may know, else the oldest.
    keys.sort_by_key(|key| (!in_plan(key), key.created_date().map(|date| (date.secs(), date.subsec_nanos()))));
    let key = keys.first();
    if plan.is_none() && key.is_none() {
        return Ok(None);
    }
    let id = |collection: &str, id: Option<&str>| format!("{collection}/{}", id.unwrap_or_default());
    let duplicates = plans.iter().skip(1).map(|plan| id("usageplans", plan.id()));
    let duplicates = duplicates.chain(keys.iter().skip(1).map(|key| id("apikeys", key.id()))).collect();
    let outputs = [("id", plan.and_then(UsagePlan::id)), ("key_id", key.and_then(ApiKey::id))];
    let spec = UsagePlanSpec {
        plan: plan.map(|plan| read_plan(cx, plan)),
        key: key.map(|key| ApiKeySpec {
            name: key.name().unwrap_or_default().to_owned(),
            enabled: key.enabled(),
            in_plan: in_plan(key),
            tags: cx.session.managed(tags::from_map(key.tags())),
        }),
        duplicates,
    };
    let outputs: BTreeMap<_, _> =
        outputs.into_iter().filter_map(|(name, id)| Some((name.to_owned(), id?.to_owned()))).collect();
    Ok(Some(ObservedResource {
        spec,
        state: (),
        settling: None,
        owner: ResourceOwner::Ours,
        outputs,
        hold: None,
        changed_at: None,
    }))
}

fn read_plan(cx: &StepContext<'_>, plan: &UsagePlan) -> PlanSpec {
    PlanSpec {
        name: plan.name().unwrap_or_default().to_owned(),
        stages: opened_stages(plan.api_stages()),
        throttle: plan.throttle().map(|t| StageThrottle { rate: t.rate_limit(), burst: t.burst_limit() }),
        quota: plan.quota().map(|q| PlanQuota {
            limit: q.limit(),
            period: q.period().map(|p| p.as_str().to_owned()).unwrap_or_default(),
        }),
        tags: cx.session.managed(tags::from_map(plan.tags())),
    }
}

/// Tells whether something carries the stack's tags and this resource's id.
fn ours(cx: &StepContext<'_>, tags: Option<&HashMap<String, String>>) -> bool {
    let tags = tags::from_map(tags);
    let id = tags.get(tags::ID).and_then(|id| id.strip_prefix(NAME)?.strip_prefix('.'));
    id == Some(&cx.place.id.name) && cx.session.owner(&tags) == ResourceOwner::Ours
}

/// Reads our plans; the one that opens a stage first.
async fn plans(cx: &StepContext<'_>) -> StepResult<Vec<UsagePlan>> {
    let mut plans = every_plan(cx).await?;
    plans.retain(|plan| ours(cx, plan.tags()));
    plans.sort_by_key(|plan| (plan.api_stages().is_empty(), plan.id.clone()));
    Ok(plans)
}

/// Reads the plans of the account.
pub async fn every_plan(cx: &StepContext<'_>) -> StepResult<Vec<UsagePlan>> {
    let gateway = &cx.clients().apigateway;
    let pages = cx.pages(
        &op::GET_USAGE_PLANS,
        |position| gateway.get_usage_plans().limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    Ok(pages.items(|page| page.items.unwrap_or_default()).await?)
}

/// Reads our keys, without their values.
async fn keys(cx: &StepContext<'_>) -> StepResult<Vec<ApiKey>> {
    let gateway = &cx.clients().apigateway;
    let pages = cx.pages(
        &op::GET_API_KEYS,
        |position| gateway.get_api_keys().include_values(false).limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    let mut keys = pages.items(|page| page.items.unwrap_or_default()).await?;
    keys.retain(|key| ours(cx, key.tags()));
    Ok(keys)
}

/// Reads the ids of the keys in a plan.
async fn members(cx: &StepContext<'_>, plan: &str) -> StepResult<Vec<String>> {
    let gateway = &cx.clients().apigateway;
    // The plan may go while it is looked at.
    let pages = cx.pages(
        &op::GET_USAGE_PLAN_KEYS,
        |position| gateway.get_usage_plan_keys().usage_plan_id(plan).limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    let keys = pages.items_if_found(|page| page.items.unwrap_or_default()).await?;
    Ok(keys.into_iter().filter_map(|key| key.id).collect())
}

//! Changing plan and key: what is missing is made, what differs is patched, and the key is put into the plan last.

use super::read;
use super::spec::{ApiKeySpec, PlanSpec, UsagePlanSpec, opened_stages};
use crate::aws::{op, tags};
use crate::kinds::{ObservedResource, StepContext, StepResult, WriteProgress, patch, tag_sync};
use aws_sdk_apigateway::types::{ApiStage, PatchOperation, QuotaPeriodType, QuotaSettings, ThrottleSettings};

/// Creates both. The key comes first: it takes no rate of AWS's worth waiting for.
pub async fn create(cx: &StepContext<'_>, desired: &UsagePlanSpec) -> StepResult<WriteProgress> {
    let (Some(key), Some(plan)) = (&desired.key, &desired.plan) else { return Ok(WriteProgress::Done) };
    let key = create_key(cx, key).await?;
    let plan = create_plan(cx, plan).await?;
    join(cx, &plan, &key).await?;
    Ok(WriteProgress::Done)
}

/// Sends what differs, and makes what an earlier run did not get to.
pub async fn update(
    cx: &StepContext<'_>,
    desired: &UsagePlanSpec,
    observed: &ObservedResource<UsagePlanSpec>,
) -> StepResult<WriteProgress> {
    let (Some(key), Some(plan)) = (&desired.key, &desired.plan) else { return Ok(WriteProgress::Done) };
    for duplicate in &observed.spec.duplicates {
        cx.note(format!(
            "{duplicate} has the tags of another one (the answer to an earlier creation was lost): it is deleted"
        ));
    }
    delete_duplicates(cx, observed).await?;
    let known = |name: &str| observed.outputs.get(name).cloned().unwrap_or_default();
    let key_id = match &observed.spec.key {
        None => create_key(cx, key).await?,
        Some(there) => {
            let id = known("key_id");
            update_key(cx, &id, key, there).await?;
            id
        }
    };
    let plan_id = match &observed.spec.plan {
        None => create_plan(cx, plan).await?,
        Some(there) => {
            let id = known("id");
            update_plan(cx, &id, plan, there).await?;
            id
        }
    };
    if observed.spec.plan.is_none() || observed.spec.key.as_ref().is_none_or(|key| !key.in_plan) {
        join(cx, &plan_id, &key_id).await?;
    }
    Ok(WriteProgress::Done)
}

/// Closes the stage, then deletes the plan and the key.
pub async fn delete(cx: &StepContext<'_>, observed: &ObservedResource<UsagePlanSpec>) -> StepResult<WriteProgress> {
    let gateway = &cx.clients().apigateway;
    delete_duplicates(cx, observed).await?;
    if let (Some(id), Some(_)) = (observed.outputs.get("id"), &observed.spec.plan) {
        delete_plan(cx, id).await?;
    }
    if let Some(id) = observed.outputs.get("key_id") {
        cx.find(&op::DELETE_API_KEY, || gateway.delete_api_key().api_key(id).send()).await?;
    }
    Ok(WriteProgress::Done)
}

/// Lets the stack's plans open `to` instead of `from`: AWS deletes no stage that a plan opens, and keys work on.
pub async fn reopen(cx: &StepContext<'_>, api: &str, from: &str, to: &str) -> StepResult<()> {
    let (from, to) = (format!("{api}:{from}"), format!("{api}:{to}"));
    for plan in read::every_plan(cx).await? {
        let owner = cx.session.owner(&tags::from_map(plan.tags()));
        let stages = opened_stages(plan.api_stages());
        if stages.contains(&from) && owner == tags::ResourceOwner::Ours {
            let mut patches = vec![patch::remove_value("/apiStages", &from)];
            if !stages.contains(&to) {
                patches.push(patch::add_value("/apiStages", &to));
            }
            send_plan(cx, plan.id().unwrap_or_default(), patches).await?;
        }
    }
    Ok(())
}

/// Reads the stages of a plan as they are now; none of a plan that is gone.
async fn opened_by(cx: &StepContext<'_>, plan: &str) -> StepResult<Vec<String>> {
    let gateway = &cx.clients().apigateway;
    let plan = cx.find(&op::GET_USAGE_PLAN, || gateway.get_usage_plan().usage_plan_id(plan).send()).await?;
    Ok(plan.map(|plan| opened_stages(plan.api_stages())).unwrap_or_default())
}

async fn create_key(cx: &StepContext<'_>, desired: &ApiKeySpec) -> StepResult<String> {
    let gateway = &cx.clients().apigateway;
    let send = || {
        gateway
            .create_api_key()
            .name(&desired.name)
            .enabled(desired.enabled)
            .set_tags(Some(desired.tags.clone().into_iter().collect()))
            .send()
    };
    let answer = cx.call(&op::CREATE_API_KEY, send).await?;
    let id = answer.id().unwrap_or_default().to_owned();
    cx.publish("key_id", &id);
    Ok(id)
}

async fn update_key(cx: &StepContext<'_>, id: &str, desired: &ApiKeySpec, observed: &ApiKeySpec) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let mut patches = Vec::new();
    if desired.name != observed.name {
        patches.push(patch::replace("/name", &desired.name));
    }
    if desired.enabled != observed.enabled {
        patches.push(patch::replace("/enabled", desired.enabled));
    }
    if !patches.is_empty() {
        let send = || gateway.update_api_key().api_key(id).set_patch_operations(Some(patches.clone())).send();
        cx.call(&op::UPDATE_API_KEY, send).await?;
    }
    tag_sync::sync_gateway(cx, &format!("/apikeys/{id}"), &desired.tags, &observed.tags).await
}

async fn create_plan(cx: &StepContext<'_>, desired: &PlanSpec) -> StepResult<String> {
    let gateway = &cx.clients().apigateway;
    let stages: Vec<_> = desired
        .stages
        .iter()
        .filter_map(|stage| stage.split_once(':'))
        .map(|(api, stage)| ApiStage::builder().api_id(api).stage(stage).build())
        .collect();
    let throttle =
        desired.throttle.map(|t| ThrottleSettings::builder().rate_limit(t.rate).burst_limit(t.burst).build());
    let quota = desired.quota.as_ref().map(|q| {
        QuotaSettings::builder().limit(q.limit).offset(0).period(QuotaPeriodType::from(q.period.as_str())).build()
    });
    let send = || {
        gateway
            .create_usage_plan()
            .name(&desired.name)
            .set_api_stages(Some(stages.clone()))
            .set_throttle(throttle.clone())
            .set_quota(quota.clone())
            .set_tags(Some(desired.tags.clone().into_iter().collect()))
            .send()
    };
    let answer = cx.call(&op::CREATE_USAGE_PLAN, send).await?;
    let id = answer.id().unwrap_or_default().to_owned();
    cx.publish("id", &id);
    cx.exists();
    Ok(id)
}

async fn update_plan(cx: &StepContext<'_>, id: &str, desired: &PlanSpec, observed: &PlanSpec) -> StepResult<()> {
    let mut observed = observed.clone();
    if desired.stages != observed.stages {
        // The API's own step may have moved it on since.
        observed.stages = opened_by(cx, id).await?;
    }
    let patches = plan_patches(desired, &observed);
    if !patches.is_empty() {
        send_plan(cx, id, patches).await?;
    }
    tag_sync::sync_gateway(cx, &format!("/usageplans/{id}"), &desired.tags, &observed.tags).await
}

/// Returns what makes `observed` the plan that is wanted, in one call: AWS allows one in 20 s.
fn plan_patches(desired: &PlanSpec, observed: &PlanSpec) -> Vec<PatchOperation> {
    let mut out = Vec::new();
    if desired.name != observed.name {
        out.push(patch::replace("/name", &desired.name));
    }
    let only_in = |one: &'_ PlanSpec, other: &PlanSpec| -> Vec<String> {
        one.stages.iter().filter(|stage| !other.stages.contains(stage)).cloned().collect()
    };
    out.extend(only_in(observed, desired).iter().map(|stage| patch::remove_value("/apiStages", stage)));
    out.extend(only_in(desired, observed).iter().map(|stage| patch::add_value("/apiStages", stage)));
    if desired.throttle != observed.throttle {
        let limits = desired
            .throttle
            .map(|limit| [("rateLimit", limit.rate.to_string()), ("burstLimit", limit.burst.to_string())]);
        out.extend(group_patches("/throttle", limits, observed.throttle.is_some()));
    }
    if desired.quota != observed.quota {
        let quota =
            desired.quota.as_ref().map(|quota| [("limit", quota.limit.to_string()), ("period", quota.period.clone())]);
        out.extend(group_patches("/quota", quota, observed.quota.is_some()));
    }
    out
}

/// Sets the members of a group of limits, or removes the group. A group that is not there yet takes its members as new ones.
fn group_patches(path: &str, members: Option<[(&str, String); 2]>, is_there: bool) -> Vec<PatchOperation> {
    let Some(members) = members else { return vec![patch::remove(path)] };
    let set = |(name, value): (&str, String)| {
        let path = format!("{path}/{name}");
        if is_there { patch::replace(&path, value) } else { patch::add_value(&path, value) }
    };
    members.into_iter().map(set).collect()
}

async fn send_plan(cx: &StepContext<'_>, id: &str, patches: Vec<PatchOperation>) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let send = || gateway.update_usage_plan().usage_plan_id(id).set_patch_operations(Some(patches.clone())).send();
    cx.call(&op::UPDATE_USAGE_PLAN, send).await?;
    Ok(())
}

async fn join(cx: &StepContext<'_>, plan: &str, key: &str) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    let send = || gateway.create_usage_plan_key().usage_plan_id(plan).key_id(key).key_type("API_KEY").send();
    cx.call(&op::CREATE_USAGE_PLAN_KEY, send).await?;
    Ok(())
}

async fn delete_plan(cx: &StepContext<'_>, id: &str) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    // One by one: a batch with a stage that is gone is refused as a whole (UpdateUsagePlan, "Invalid API Stage").
    for stage in opened_by(cx, id).await? {
        let patches = vec![patch::remove_value("/apiStages", &stage)];
        let send = || gateway.update_usage_plan().usage_plan_id(id).set_patch_operations(Some(patches.clone())).send();
        cx.find(&op::UPDATE_USAGE_PLAN, send).await?;
    }
    cx.find(&op::DELETE_USAGE_PLAN, || gateway.delete_usage_plan().usage_plan_id(id).send()).await?;
    Ok(())
}

async fn delete_duplicates(cx: &StepContext<'_>, observed: &ObservedResource<UsagePlanSpec>) -> StepResult<()> {
    let gateway = &cx.clients().apigateway;
    for duplicate in &observed.spec.duplicates {
        match duplicate.split_once('/') {
            Some(("usageplans", id)) => {
                delete_plan(cx, id).await?;
            }
            Some((_, id)) => {
                cx.find(&op::DELETE_API_KEY, || gateway.delete_api_key().api_key(id).send()).await?;
            }
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::rest_api::StageThrottle;
    use crate::kinds::usage_plan::spec::PlanQuota;
    use aws_sdk_apigateway::types::Op;

    /// Patches in words: `replace /name shop`.
    fn words(desired: &PlanSpec, observed: &PlanSpec) -> Vec<String> {
        let word = |p: &PatchOperation| {
            format!(
                "{} {} {}",
                p.op().map(Op::as_str).unwrap_or_default(),
                p.path().unwrap_or_default(),
                p.value().unwrap_or("-")
            )
        };
        plan_patches(desired, observed).iter().map(word).collect()
    }

    #[test]
    fn only_what_differs_is_patched() {
        let bare = PlanSpec { name: "shop".into(), stages: vec!["a:prod".into()], ..PlanSpec::default() };
        let limited = PlanSpec {
            throttle: Some(StageThrottle { rate: 10.5, burst: 20 }),
            quota: Some(PlanQuota { limit: 1000, period: "DAY".into() }),
            ..bare.clone()
        };
        let faster = PlanSpec { throttle: Some(StageThrottle { rate: 50.0, burst: 20 }), ..limited.clone() };
        let moved = PlanSpec { name: "store".into(), stages: vec!["b:dev".into()], ..bare.clone() };
        for (desired, observed, patches) in [
            (&bare, &bare, &[][..]),
            (
                &limited,
                &bare,
                &[
                    "add /throttle/rateLimit 10.5",
                    "add /throttle/burstLimit 20",
                    "add /quota/limit 1000",
                    "add /quota/period DAY",
                ],
            ),
            (&faster, &limited, &["replace /throttle/rateLimit 50", "replace /throttle/burstLimit 20"]),
            (&bare, &limited, &["remove /throttle -", "remove /quota -"]),
            (&moved, &bare, &["replace /name store", "remove /apiStages a:prod", "add /apiStages b:dev"]),
        ] {
            assert_eq!(words(desired, observed), patches);
        }
    }
}

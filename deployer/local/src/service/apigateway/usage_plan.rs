//! Usage plans and which keys belong to them.

use super::check;
use super::lookup::{bad, conflict, new_id, no_api, not_found};
use super::patch::{self, PatchOperation};
use crate::context::Context;
use crate::store::CloudDocument;
use crate::store::usage::{PlanQuota, PlanStage, PlanThrottle, UsagePlan};
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUsagePlanInput {
    name: String,
    description: Option<String>,
    #[serde(default)]
    api_stages: Vec<PlanStage>,
    throttle: Option<PlanThrottle>,
    quota: Option<PlanQuota>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetUsagePlansInput {
    position: Option<String>,
    limit: Option<i64>,
    key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateUsagePlanInput {
    usage_plan_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetUsagePlanKeysInput {
    usage_plan_id: String,
    position: Option<String>,
    limit: Option<i64>,
}

fn view(plan: &UsagePlan) -> Value {
    let stages: Vec<Value> =
        plan.stages.iter().map(|stage| json!({"apiId": stage.api_id, "stage": stage.stage})).collect();
    let mut view = json!({"id": plan.id, "name": plan.name, "apiStages": stages});
    if let Some(description) = &plan.description {
        view["description"] = json!(description);
    }
    if let Some(throttle) = &plan.throttle {
        view["throttle"] = json!({"rateLimit": throttle.rate, "burstLimit": throttle.burst});
    }
    if let Some(quota) = &plan.quota {
        view["quota"] = json!({"limit": quota.limit, "offset": quota.offset, "period": quota.period});
    }
    if !plan.tags.is_empty() {
        view["tags"] = json!(plan.tags);
    }
    view
}

fn no_plan() -> ServiceError {
    not_found("Usage Plan")
}

fn plan_mut<'a>(document: &'a mut CloudDocument, region: &str, id: &str) -> ServiceResult<&'a mut UsagePlan> {
    document.region_mut(region).usage_plans.get_mut(id).ok_or_else(no_plan)
}

fn check_stage(document: &CloudDocument, region: &str, stage: &PlanStage) -> ServiceResult<()> {
    match document.region(region).rest_apis.get(&stage.api_id).map(|api| api.stages.contains_key(&stage.stage)) {
        None => Err(no_api(&stage.api_id)),
        Some(false) => {
            let message = format!("API Stage not found: {}:{}", stage.api_id, stage.stage);
            Err(ServiceError::new(404, "NotFoundException", message))
        }
        Some(true) => Ok(()),
    }
}

fn check_quota(quota: &PlanQuota) -> ServiceResult<()> {
    match quota.period.as_str() {
        "DAY" | "WEEK" | "MONTH" => Ok(()),
        other => Err(bad(format!("Invalid quota period {other}: must be DAY, WEEK or MONTH"))),
    }
}

pub(super) fn create_usage_plan(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateUsagePlanInput = call.input()?;
    if input.name.trim().is_empty() {
        return Err(bad("Usage Plan name cannot be blank"));
    }
    check::tags(&input.tags)?;
    let plan = UsagePlan {
        id: new_id(6),
        name: input.name,
        description: input.description,
        throttle: input.throttle,
        quota: input.quota,
        stages: input.api_stages,
        keys: Default::default(),
        tags: input.tags,
    };
    plan.quota.as_ref().map_or(Ok(()), check_quota)?;
    cx.store.write(|document| {
        for stage in &plan.stages {
            check_stage(document, &call.region, stage)?;
        }
        let view = view(&plan);
        document.region_mut(&call.region).usage_plans.insert(plan.id.clone(), plan);
        Ok(view)
    })
}

pub(super) fn get_usage_plan(cx: &Context, call: &Call) -> ServiceResult {
    let [usage_plan_id] = call.texts(["usagePlanId"])?;
    cx.store.read(|document| document.region(&call.region).usage_plans.get(usage_plan_id).map(view).ok_or_else(no_plan))
}

pub(super) fn get_usage_plans(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetUsagePlansInput = call.input()?;
    cx.store.read(|document| {
        let plans = document.region(&call.region).usage_plans.values();
        let plans = plans.filter(|plan| input.key_id.as_ref().is_none_or(|key| plan.keys.contains(key)));
        check::page(plans, |plan| &plan.id, input.position.as_deref(), input.limit, view)
    })
}

pub(super) fn delete_usage_plan(cx: &Context, call: &Call) -> ServiceResult {
    let [usage_plan_id] = call.texts(["usagePlanId"])?;
    cx.store.write(|document| {
        if !plan_mut(document, &call.region, usage_plan_id)?.stages.is_empty() {
            return Err(bad(format!(
                "Cannot delete Usage Plan {} because there are API Stages associated with it",
                usage_plan_id
            )));
        }
        document.region_mut(&call.region).usage_plans.remove(usage_plan_id);
        Ok(Value::Null)
    })
}

pub(super) fn update_usage_plan(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateUsagePlanInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    let region = call.region.as_str();
    cx.store.write(|document| {
        let mut plan = plan_mut(document, region, &input.usage_plan_id)?.clone();
        for patch in &input.patch_operations {
            apply(document, region, &mut plan, patch)?;
        }
        let view = view(&plan);
        *plan_mut(document, region, &input.usage_plan_id)? = plan;
        Ok(view)
    })
}

fn apply(document: &CloudDocument, region: &str, plan: &mut UsagePlan, patch: &PatchOperation) -> ServiceResult<()> {
    let segments = patch.segments();
    match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["name"] => plan.name = patch.value()?.to_owned(),
        ["description"] => plan.description = patch.optional(),
        ["apiStages"] => return stage(document, region, plan, patch),
        ["throttle"] if patch.op() == "remove" => {
            plan.throttle = None;
            return Ok(());
        }
        ["quota"] if patch.op() == "remove" => {
            plan.quota = None;
            return Ok(());
        }
        ["throttle", "rateLimit"] => {
            let rate = patch.parsed("requests per second")?;
            plan.throttle = Some(PlanThrottle { rate, burst: plan.throttle.map_or(0, |throttle| throttle.burst) });
        }
        ["throttle", "burstLimit"] => {
            let burst = patch.parsed("a number of requests")?;
            plan.throttle = Some(PlanThrottle { burst, rate: plan.throttle.map_or(0.0, |throttle| throttle.rate) });
        }
        ["quota", member] => {
            let mut quota = plan.quota.clone().unwrap_or(PlanQuota { limit: 0, offset: 0, period: "MONTH".to_owned() });
            match *member {
                "limit" => quota.limit = patch.parsed("a number of requests")?,
                "offset" => quota.offset = patch.parsed("a number of requests")?,
                "period" => quota.period = patch.value()?.to_owned(),
                _ => return Err(patch.unknown("UpdateUsagePlan")),
            }
            check_quota(&quota)?;
            plan.quota = Some(quota);
        }
        _ => return Err(patch.unknown("UpdateUsagePlan")),
    }
    match patch.op() {
        "replace" | "add" => Ok(()),
        _ => Err(patch.wrong_op()),
    }
}

/// Adds or removes the stage `<api>:<stage>`.
fn stage(document: &CloudDocument, region: &str, plan: &mut UsagePlan, patch: &PatchOperation) -> ServiceResult<()> {
    let (api_id, name) =
        patch.value()?.split_once(':').ok_or_else(|| bad("Invalid API Stage: must be in the form <api id>:<stage>"))?;
    let stage = PlanStage { api_id: api_id.to_owned(), stage: name.to_owned() };
    match patch.op() {
        "add" => {
            check_stage(document, region, &stage)?;
            if plan.stages.contains(&stage) {
                return Err(conflict(format!(
                    "API Stage {api_id}:{name} is already associated with usage plan {}",
                    plan.id
                )));
            }
            plan.stages.push(stage);
        }
        "remove" => {
            let known = plan.stages.iter().position(|known| *known == stage);
            let gone = || {
                let stage = format!("{{api: {api_id}, stage: {name}}}");
                let message = format!("Invalid API Stage {stage} specified for usageplan {}", plan.id);
                ServiceError::new(404, "NotFoundException", message)
            };
            plan.stages.remove(known.ok_or_else(gone)?);
        }
        _ => return Err(patch.wrong_op()),
    }
    Ok(())
}

pub(super) fn create_usage_plan_key(cx: &Context, call: &Call) -> ServiceResult {
    let [usage_plan_id, key_id, key_type] = call.texts(["usagePlanId", "keyId", "keyType"])?;
    if key_type != "API_KEY" {
        return Err(bad(format!("Invalid key type {}: must be API_KEY", key_type)));
    }
    cx.store.write(|document| {
        let key = document.region(&call.region).api_keys.get(key_id).ok_or_else(|| not_found("API Key"))?;
        let view = super::api_key::plan_view(key);
        if !plan_mut(document, &call.region, usage_plan_id)?.keys.insert(key_id.to_owned()) {
            return Err(conflict("Usage plan key already exists"));
        }
        Ok(view)
    })
}

pub(super) fn get_usage_plan_keys(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetUsagePlanKeysInput = call.input()?;
    cx.store.read(|document| {
        let here = document.region(&call.region);
        let plan = here.usage_plans.get(&input.usage_plan_id).ok_or_else(no_plan)?;
        let keys = plan.keys.iter().filter_map(|id| here.api_keys.get(id));
        check::page(keys, |key| &key.id, input.position.as_deref(), input.limit, super::api_key::plan_view)
    })
}

pub(super) fn get_usage_plan_key(cx: &Context, call: &Call) -> ServiceResult {
    let [usage_plan_id, key_id] = call.texts(["usagePlanId", "keyId"])?;
    cx.store.read(|document| {
        let here = document.region(&call.region);
        let plan = here.usage_plans.get(usage_plan_id).ok_or_else(no_plan)?;
        let key = plan.keys.get(key_id).and_then(|id| here.api_keys.get(id));
        key.map(super::api_key::plan_view).ok_or_else(|| not_found("Usage Plan Key"))
    })
}

pub(super) fn delete_usage_plan_key(cx: &Context, call: &Call) -> ServiceResult {
    let [usage_plan_id, key_id] = call.texts(["usagePlanId", "keyId"])?;
    cx.store.write(|document| {
        if plan_mut(document, &call.region, usage_plan_id)?.keys.remove(key_id) {
            Ok(Value::Null)
        } else {
            Err(not_found("Usage Plan Key"))
        }
    })
}

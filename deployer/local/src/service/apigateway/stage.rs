//! Stages: names under which deployments are served.

use super::lookup::{api as find, api_mut, bad, conflict, limit_exceeded, not_found};
use super::patch::{self, PatchOperation};
use super::{check, view};
use crate::context::Context;
use crate::store::rest_api::{ApiStage, RestApi};
use crate::store::usage::PlanStage;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Per API.
const MAX_STAGES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateStageInput {
    rest_api_id: String,
    stage_name: String,
    deployment_id: String,
    description: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    tracing_enabled: bool,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetStagesInput {
    rest_api_id: String,
    deployment_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateStageInput {
    rest_api_id: String,
    stage_name: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

/// Returns the stage of that name, made when there is none.
pub(super) fn entry<'a>(
    api: &'a mut RestApi,
    name: &str,
    deployment_id: &str,
    now: OffsetDateTime,
) -> ServiceResult<&'a mut ApiStage> {
    if !api.stages.contains_key(name) && api.stages.len() >= MAX_STAGES {
        return Err(limit_exceeded("stages for this API"));
    }
    Ok(api.stages.entry(name.to_owned()).or_insert_with(|| ApiStage {
        name: name.to_owned(),
        deployment_id: deployment_id.to_owned(),
        description: None,
        variables: BTreeMap::new(),
        method_settings: BTreeMap::new(),
        tracing_enabled: false,
        tags: BTreeMap::new(),
        created: now,
        updated: now,
    }))
}

pub(super) fn create_stage(cx: &Context, call: &Call) -> ServiceResult {
    let input: CreateStageInput = call.input()?;
    check::stage_name(&input.stage_name)?;
    check::variables(&input.variables)?;
    check::tags(&input.tags)?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, &input.rest_api_id)?;
        if api.stages.contains_key(&input.stage_name) {
            return Err(conflict("Stage already exists"));
        }
        if !api.deployments.contains_key(&input.deployment_id) {
            return Err(bad("Deployment id does not exist"));
        }
        let stage = entry(api, &input.stage_name, &input.deployment_id, now)?;
        stage.description = input.description;
        stage.variables = input.variables;
        stage.tracing_enabled = input.tracing_enabled;
        stage.tags = input.tags;
        Ok(view::stage(stage))
    })
}

pub(super) fn get_stage(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, stage_name] = call.texts(["restApiId", "stageName"])?;
    cx.store.read(|document| {
        let api = find(document, &call.region, rest_api_id)?;
        Ok(view::stage(api.stages.get(stage_name).ok_or_else(|| not_found("Stage"))?))
    })
}

pub(super) fn get_stages(cx: &Context, call: &Call) -> ServiceResult {
    let input: GetStagesInput = call.input()?;
    cx.store.read(|document| {
        let stages = find(document, &call.region, &input.rest_api_id)?.stages.values();
        let wanted = |stage: &&ApiStage| input.deployment_id.as_ref().is_none_or(|id| *id == stage.deployment_id);
        Ok(json!({"item": stages.filter(wanted).map(view::stage).collect::<Vec<_>>()}))
    })
}

pub(super) fn delete_stage(cx: &Context, call: &Call) -> ServiceResult {
    let [rest_api_id, stage_name] = call.texts(["restApiId", "stageName"])?;
    cx.store.write(|document| {
        let api = api_mut(document, &call.region, rest_api_id)?;
        api.stages.remove(stage_name).ok_or_else(|| not_found("Stage"))?;
        let is_it = |stage: &PlanStage| stage.api_id == rest_api_id && stage.stage == stage_name;
        let plans = &mut document.region_mut(&call.region).usage_plans;
        for plan in plans.select_mut(|plan| plan.stages.iter().any(is_it)) {
            plan.stages.retain(|stage| !is_it(stage));
        }
        Ok(Value::Null)
    })
}

pub(super) fn update_stage(cx: &Context, call: &Call) -> ServiceResult {
    let input: UpdateStageInput = call.input()?;
    patch::check(call, &input.patch_operations)?;
    let now = cx.clock.now();
    cx.store.write(|document| {
        let RestApi { stages, deployments, .. } = api_mut(document, &call.region, &input.rest_api_id)?;
        let stage = stages.get_mut(&input.stage_name).ok_or_else(|| not_found("Stage"))?;
        for patch in &input.patch_operations {
            apply(stage, patch, |id| deployments.contains_key(id))?;
        }
        check::variables(&stage.variables)?;
        stage.updated = now;
        Ok(view::stage(stage))
    })
}

fn apply(stage: &mut ApiStage, patch: &PatchOperation, deployed: impl Fn(&str) -> bool) -> ServiceResult<()> {
    let segments = patch.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["deploymentId"] => {
            if !deployed(patch.value()?) {
                return Err(bad("Deployment id does not exist"));
            }
            stage.deployment_id = patch.value()?.to_owned();
            patch.replace_only()
        }
        ["description"] => {
            stage.description = patch.optional();
            patch.replace_only()
        }
        ["tracingEnabled"] => {
            stage.tracing_enabled = patch.parsed("true or false")?;
            patch.replace_only()
        }
        ["variables", name] => {
            match patch.op() {
                "remove" => stage.variables.remove(*name),
                "add" | "replace" => stage.variables.insert((*name).to_owned(), patch.value()?.to_owned()),
                _ => return Err(patch.wrong_op()),
            };
            Ok(())
        }
        ["accessLogSettings"] if patch.op() == "remove" => Ok(()),
        ["accessLogSettings", setting @ ..] => access_log(setting, patch),
        [path @ .., method, group @ ("throttling" | "metrics" | "logging"), name] if !path.is_empty() => {
            setting(stage, &key(path, method), group, name, patch)?;
            patch.replace_only()
        }
        [path @ .., method] if patch.op() == "remove" && !path.is_empty() => {
            let removed = stage.method_settings.remove(&key(path, method));
            removed
                .map(drop)
                .ok_or_else(|| bad(format!("Invalid patch: there are no settings for {}", key(path, method))))
        }
        _ => Err(patch.unknown("UpdateStage")),
    }
}

/// Returns the key of a method's settings: `orders/{id}/GET`, `/GET` for the root, `*/*` for all.
fn key(path: &[&str], method: &str) -> String {
    let path = path.join("/");
    format!("{}/{method}", path.trim_start_matches('/'))
}

/// Refuses a change of the access log: there is none, and there can be none. The words are recorded answers of AWS.
fn access_log(setting: &[&str], patch: &PatchOperation) -> ServiceResult<()> {
    if patch.op() == "remove" {
        let setting = setting.join("/");
        return Err(bad(format!(
            "Cannot remove method setting accessLogSettings/{setting} because there is no method setting for this method "
        )));
    }
    match setting {
        ["destinationArn" | "format"] if patch.optional().is_none() => Err(bad("Access Log value must not be empty")),
        ["destinationArn" | "format"] => Err(no_logs_role()),
        _ => Err(bad(
            "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
        )),
    }
}

/// Makes the error of an account without a role for logs: this one has none and can have none.
fn no_logs_role() -> ServiceError {
    bad("CloudWatch Logs role ARN must be set in account settings to enable logging")
}

fn setting(stage: &mut ApiStage, key: &str, group: &str, name: &str, patch: &PatchOperation) -> ServiceResult<()> {
    let mut settings = stage.method_settings.get(key).cloned().unwrap_or_default();
    match (group, name) {
        ("throttling", "rateLimit") => {
            let rate: f64 = patch.parsed("requests per second")?;
            if !rate.is_finite() {
                return Err(bad("Invalid throttling rate limit: must be a number"));
            }
            // -1 is AWS's way to say: the account's.
            settings.throttling_rate = Some(rate).filter(|rate| *rate >= 0.0);
        }
        ("throttling", "burstLimit") => {
            let burst: i64 = patch.parsed("a number of requests")?;
            settings.throttling_burst = u32::try_from(burst).ok();
        }
        ("metrics", "enabled") => settings.metrics_enabled = patch.parsed("true or false")?,
        ("logging", "loglevel") => match patch.value()? {
            "OFF" => {}
            "ERROR" | "INFO" => return Err(no_logs_role()),
            other => {
                return Err(bad(format!("Invalid log level {other}: must be OFF, ERROR or INFO")));
            }
        },
        ("logging", "dataTrace") => {
            if patch.parsed("true or false")? {
                return Err(no_logs_role());
            }
        }
        _ => return Err(patch.unknown("UpdateStage")),
    }
    stage.method_settings.insert(key.to_owned(), settings);
    Ok(())
}

//! The API: its id and its address stay, and nobody gets in who could not before.

use super::super::system::{MethodGuard, ResourceGraph};
use super::super::{DescriptionSetting, resource};
use super::pair::ResourcePair;
use super::{RequiredEdits, tags};
use crate::kinds::{ApiAuth, ApiBlock, api_stage_name};
use crate::stack::Stack;
use std::collections::BTreeSet;
use toml_edit::Array;

/// What the description needs for the API.
pub fn demands(pair: &ResourcePair<'_, ApiBlock>, system: &ResourceGraph<'_>, stack: &Stack) -> RequiredEdits {
    let mut out = RequiredEdits::default();
    let (former, block) = (pair.former, &pair.block);
    if pair.name != pair.former_name {
        out.settings.push(DescriptionSetting::new(["api", "name"], pair.former_name));
    }
    stage(pair, system, stack, &mut out);
    // API Gateway's default, and the provider's, is EDGE (CreateRestApi).
    let types = former.block("endpoint_configuration").map(|endpoint| resource::texts(endpoint.get("types")));
    let types = types.unwrap_or_else(|| vec!["EDGE".to_owned()]);
    let described = match block.endpoint_type {
        crate::kinds::EndpointType::Regional => "REGIONAL",
        crate::kinds::EndpointType::Edge => "EDGE",
    };
    match types.as_slice() {
        [only] if only == described => {}
        [only] if only == "EDGE" || only == "REGIONAL" => {
            out.settings.push(DescriptionSetting::new(["api", "endpoint_type"], only.as_str()))
        }
        [] => {}
        others => out.refuse(
            &former.address,
            format!(
                "REST API {} has the endpoint type {}, which a description cannot say",
                pair.former_name,
                others.join(", ")
            ),
            "A private API stays with Terraform: take `[api]` out of the description, or give it another `name`.",
        ),
    }
    let mut media = former.texts("binary_media_types");
    media.sort();
    let mut described = block.binary_media_types.clone();
    described.sort();
    if !media.is_empty() && media != described {
        out.settings.push(DescriptionSetting::new(
            ["api", "binary_media_types"],
            media.iter().map(String::as_str).collect::<Array>(),
        ));
    }
    let smallest = former.integer("minimum_compression_size").filter(|size| *size >= 0);
    if let Some(smallest) = smallest.filter(|size| u32::try_from(*size).ok() != block.minimum_compression_size) {
        out.settings.push(DescriptionSetting::new(["api", "minimum_compression_size"], smallest));
    }
    methods(pair, system, &mut out);
    tags::demand(former, stack, &block.tags, &["api"], &mut out);
    out
}

/// The stage is in the address that callers know.
fn stage(pair: &ResourcePair<'_, ApiBlock>, system: &ResourceGraph<'_>, stack: &Stack, out: &mut RequiredEdits) {
    let stages = system.stages(pair.former);
    let described = api_stage_name(stack, &pair.block);
    let mut shown = described.as_str();
    match stages.iter().copied().collect::<Vec<_>>()[..] {
        [only] if only != described => {
            out.settings.push(DescriptionSetting::new(["api", "stage"], only));
            shown = only;
        }
        [_, _, ..] if !stages.contains(described.as_str()) => out.refuse(
            &pair.former.address,
            format!("REST API {} has several stages and none is called {described}", pair.former_name),
            &format!(
                "Say in `[api]` which one is meant: `stage = \"…\"`, one of {}.",
                stages.iter().copied().collect::<Vec<_>>().join(", ")
            ),
        ),
        _ => {}
    }
    for other in stages.iter().filter(|stage| **stage != shown && stages.len() > 1) {
        out.remarks.push(format!("its stage {other} goes on showing what it shows now"));
    }
    let stages = system.about("aws_api_gateway_stage", "rest_api_id", pair.former);
    let traced = stages.iter().any(|stage| stage.text("stage_name") == Some(shown) && stage.on("xray_tracing_enabled"));
    if traced && !pair.block.tracing {
        out.settings.push(DescriptionSetting::new(["api", "tracing"], true));
    }
    for settings in system.about("aws_api_gateway_method_settings", "rest_api_id", pair.former) {
        if settings.text("method_path") != Some("*/*")
            || settings.text("stage_name").is_some_and(|stage| stage != shown)
        {
            continue;
        }
        let Some(limits) = settings.block("settings") else { continue };
        let rate = limits.get("throttling_rate_limit").and_then(number).filter(|rate| *rate >= 0.0);
        let burst = limits.get("throttling_burst_limit").and_then(resource::integer).filter(|burst| *burst >= 0);
        if let (Some(rate), Some(burst)) = (rate, burst) {
            let same = pair
                .block
                .throttle
                .is_some_and(|t| (t.rate - rate).abs() < f64::EPSILON && i64::from(t.burst) == burst);
            if !same {
                out.settings.push(DescriptionSetting::new(["api", "throttle", "rate"], rate));
                out.settings.push(DescriptionSetting::new(["api", "throttle", "burst"], burst));
            }
        }
    }
}

fn number(value: &serde_json::Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number: &f64| number.is_finite())
}

/// Routes that end, and who may call those that stay.
fn methods(pair: &ResourcePair<'_, ApiBlock>, system: &ResourceGraph<'_>, out: &mut RequiredEdits) {
    let methods = system.methods(pair.former);
    let preflight = |route: &str| route.starts_with("OPTIONS ");
    let described =
        |route: &str| pair.block.routes.contains_key(route) || (preflight(route) && pair.block.cors.is_some());
    let gone: BTreeSet<&str> =
        methods.iter().filter_map(|method| method.route.as_deref()).filter(|route| !described(route)).collect();
    if !gone.is_empty() {
        let list = gone.into_iter().collect::<Vec<_>>().join(", ");
        out.remarks.push(format!("not in [api.routes], so they end: {list}"));
    }
    let guards: BTreeSet<&MethodGuard> = methods
        .iter()
        .filter(|method| method.route.as_deref().is_none_or(|route| !preflight(route)))
        .map(|method| &method.guard)
        .collect();
    let guards: Vec<_> = guards.into_iter().collect();
    match (guards.as_slice(), pair.block.auth) {
        ([] | [MethodGuard::None], _)
        | ([MethodGuard::Iam], ApiAuth::Iam)
        | ([MethodGuard::ApiKey], ApiAuth::ApiKey) => {}
        ([MethodGuard::Iam], ApiAuth::None) => out.settings.push(DescriptionSetting::new(["api", "auth"], "iam")),
        ([MethodGuard::ApiKey], ApiAuth::None) => {
            out.settings.push(DescriptionSetting::new(["api", "auth"], "api_key"));
            out.remarks.push("callers get a new key (`deployer outputs api_key`): the keys that Terraform made open other usage plans".to_owned());
        }
        (others, auth) => {
            let list: Vec<_> = others
                .iter()
                .map(|guard| match guard {
                    MethodGuard::None => "nothing",
                    MethodGuard::Iam => "AWS_IAM",
                    MethodGuard::ApiKey => "an API key",
                    MethodGuard::Other(what) => what,
                })
                .collect();
            let described = match auth {
                ApiAuth::None => "none",
                ApiAuth::Iam => "iam",
                ApiAuth::ApiKey => "api_key",
            };
            out.refuse(
                &pair.former.address,
                format!(
                    "the methods of REST API {} are guarded by {}; `auth = \"{described}\"` in [api] would change who gets in",
                    pair.former_name,
                    list.join(" and ")
                ),
                "Guard all of them alike first (nothing, AWS_IAM, or an API key) and say so in `[api] auth`.",
            );
        }
    }
}

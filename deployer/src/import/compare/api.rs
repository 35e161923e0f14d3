//! The API: its id and its address stay, and nobody gets in who could not before.

use super::edits::RequiredEdits;
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::methods::{ApiMethod, MethodGuard, hidden_methods, methods};
use crate::import::resource;
use crate::import::setting::DescriptionSetting;
use crate::kinds::{ApiAuth, ApiBlock};
use std::collections::BTreeSet;

/// Judges stage, endpoint, routes and guards.
pub fn judge(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let Some(block) = ApiBlock::of(takeover.stack) else { return };
    refuse_stages(pair, takeover, out);
    let endpoint = pair.resource.block("endpoint_configuration");
    let types = endpoint.map(|endpoint| resource::texts(endpoint.get("types"))).unwrap_or_default();
    if types.len() > 1 || types.iter().any(|kind| kind != "EDGE" && kind != "REGIONAL") {
        out.refuse(
            pair.resource,
            format!(
                "REST API {} has the endpoint type {}, which a description cannot say",
                pair.aws_name,
                types.join(", ")
            ),
            "A private API stays with Terraform: take `[api]` out of the description, or give it another `name`.",
        );
    }
    let methods = methods(&takeover.graph, pair.resource);
    name_ending_routes(pair, &block, &methods, out);
    judge_guards(pair, block.auth, &methods, out);
    if let Some(why) = hidden_methods(&takeover.graph, pair.resource) {
        refuse_hidden(pair, block.auth, &why, out);
    }
}

/// Refuses to open methods of which nobody can tell from the file who may call them.
fn refuse_hidden(pair: &ResourcePair<'_>, auth: ApiAuth, why: &str, out: &mut RequiredEdits) {
    let name = pair.aws_name;
    if auth != ApiAuth::None {
        return out.remark(
            pair.resource,
            format!("not all of its methods are in the file ({why}): those that are not in [api.routes] end"),
        );
    }
    out.refuse(
        pair.resource,
        format!("not all methods of REST API {name} are in the file ({why}), so nobody can tell who may call them; `auth = \"none\"` in [api] would let anybody in"),
        "`aws apigateway get-resources --rest-api-id ID --embed methods` shows their `authorizationType`. Say it in `[api] auth`, or leave the API with Terraform: take `[api]` out of the description, or give it another `name`.",
    );
}

/// The stage is in the address that callers know.
fn refuse_stages(pair: &ResourcePair<'_>, takeover: &Takeover<'_>, out: &mut RequiredEdits) {
    let stages = takeover.graph.stages(pair.resource);
    let described = takeover.described_stage().unwrap_or_default();
    if stages.len() < 2 {
        return;
    }
    if !stages.contains(described.as_str()) {
        out.refuse(
            pair.resource,
            format!("REST API {} has several stages and none is called {described}", pair.aws_name),
            format!(
                "Say in `[api]` which one is meant: `stage = \"…\"`, one of {}.",
                stages.iter().copied().collect::<Vec<_>>().join(", ")
            ),
        );
    }
    for other in stages.into_iter().filter(|stage| *stage != described) {
        out.remark(pair.resource, format!("its stage {other} goes on showing what it shows now"));
    }
}

fn name_ending_routes(pair: &ResourcePair<'_>, block: &ApiBlock, methods: &[ApiMethod<'_>], out: &mut RequiredEdits) {
    let described = |method: &&ApiMethod<'_>| {
        let route = method.route.as_deref().unwrap_or_default();
        block.routes.contains_key(route) || (method.is_preflight() && block.cors.is_some())
    };
    let ending = methods.iter().filter(|method| !described(method));
    let ending: BTreeSet<&str> = ending.filter_map(|method| method.route.as_deref()).collect();
    if !ending.is_empty() {
        let list = ending.into_iter().collect::<Vec<_>>().join(", ");
        out.remark(pair.resource, format!("not in [api.routes], so they end: {list}"));
    }
}

/// Refuses other guards than described; proposes the guard that all methods have when the description has none.
fn judge_guards(pair: &ResourcePair<'_>, auth: ApiAuth, methods: &[ApiMethod<'_>], out: &mut RequiredEdits) {
    let guards: BTreeSet<_> = methods.iter().filter(|m| !m.is_preflight()).map(|m| &m.guard).collect();
    let guards: Vec<_> = guards.into_iter().collect();
    let propose = |auth: &str| DescriptionSetting::new(&["api", "auth"], auth);
    match (guards.as_slice(), auth) {
        ([] | [MethodGuard::None], _)
        | ([MethodGuard::Iam], ApiAuth::Iam)
        | ([MethodGuard::ApiKey], ApiAuth::ApiKey) => {}
        ([MethodGuard::Iam], ApiAuth::None) => out.settings.push(propose("iam")),
        ([MethodGuard::ApiKey], ApiAuth::None) => {
            out.settings.push(propose("api_key"));
            out.remark(pair.resource, "callers get a new key (`deployer outputs api_key`): the keys that Terraform made open other usage plans".to_owned());
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
                pair.resource,
                format!(
                    "the methods of REST API {} are guarded by {}; `auth = \"{described}\"` in [api] would change who gets in",
                    pair.aws_name,
                    list.join(" and ")
                ),
                "Guard all of them alike first (nothing, AWS_IAM, or an API key) and say so in `[api] auth`.",
            );
        }
    }
}

//! The API: its id and its address stay, and nobody gets in who could not before.

use super::edits::RequiredEdits;
use super::guards;
use super::pair::ResourcePair;
use super::takeover::Takeover;
use crate::import::methods::{ApiMethod, hidden_methods, methods};
use crate::import::resource;
use crate::kinds::ApiBlock;
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
    guards::judge(pair, &block, &methods, out);
    if let Some(why) = hidden_methods(&takeover.graph, pair.resource) {
        refuse_hidden(pair, &block, &why, out);
    }
}

/// Refuses to open methods of which nobody can tell from the file who may call them.
fn refuse_hidden(pair: &ResourcePair<'_>, block: &ApiBlock, why: &str, out: &mut RequiredEdits) {
    let name = pair.aws_name;
    if block.open_routes().next().is_none() {
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

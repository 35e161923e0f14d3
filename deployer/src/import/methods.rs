//! The methods of an API: their routes, the functions behind them, and who may call them.

use super::graph::ResourceGraph;
use super::resource::{TerraformResource, is_open, reference};
use crate::kinds::ApiAuth;
use std::collections::{BTreeMap, BTreeSet};

/// A method of an API.
#[derive(Debug, Clone)]
pub struct ApiMethod<'a> {
    /// `GET /orders`; nothing when its path is not known.
    pub route: Option<String>,
    /// The function that answers; nothing when it is another thing.
    pub function: Option<&'a TerraformResource>,
    /// Who may call.
    pub guard: MethodGuard,
}

impl ApiMethod<'_> {
    /// Tells whether it is what a browser asks before a call from another site.
    pub fn is_preflight(&self) -> bool {
        self.route.as_deref().is_some_and(|route| route.starts_with("OPTIONS "))
    }
}

/// Tells who may call a method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MethodGuard {
    /// Anybody.
    None,
    /// Who signs.
    Iam,
    /// Who has a key.
    ApiKey,
    /// Whoever an authorizer lets in, or what is not known.
    Other(String),
}

impl MethodGuard {
    /// Returns the word of a description for it; nothing where there is none.
    pub fn auth(&self) -> Option<ApiAuth> {
        match self {
            Self::None => Some(ApiAuth::None),
            Self::Iam => Some(ApiAuth::Iam),
            Self::ApiKey => Some(ApiAuth::ApiKey),
            Self::Other(_) => None,
        }
    }
}

/// Returns the guard of all methods alike, but for preflights; nothing when they differ or there is none.
pub fn common_guard(methods: &[ApiMethod<'_>]) -> Option<MethodGuard> {
    let guards: BTreeSet<_> =
        methods.iter().filter(|method| !method.is_preflight()).map(|method| &method.guard).collect();
    guards.first().filter(|_| guards.len() == 1).map(|guard| (*guard).clone())
}

/// Returns the methods of an API.
pub fn methods<'a>(graph: &ResourceGraph<'a>, api: &TerraformResource) -> Vec<ApiMethod<'a>> {
    let paths = paths(graph, api);
    let integrations: BTreeMap<_, _> = graph
        .parts("aws_api_gateway_integration", "rest_api_id", api)
        .into_iter()
        .map(|integration| ((integration.raw("resource_id"), integration.text("http_method")), integration))
        .collect();
    let method = |method: &TerraformResource| {
        let (at, verb) = (method.raw("resource_id"), method.text("http_method"));
        let uri = integrations.get(&(at, verb)).and_then(|integration| integration.raw("uri"));
        ApiMethod {
            route: at.and_then(|at| paths.get(at)).zip(verb).map(|(path, verb)| format!("{verb} {path}")),
            function: uri.and_then(|uri| graph.function(uri)),
            guard: guard(method),
        }
    };
    graph.parts("aws_api_gateway_method", "rest_api_id", api).into_iter().map(method).collect()
}

/// Returns why an API may have methods that are not among those of the file.
pub fn hidden_methods(graph: &ResourceGraph<'_>, api: &TerraformResource) -> Option<String> {
    match api.told("body") {
        Err(why) => return Some(format!("its `body` makes them, which is not known: {why}")),
        Ok(Some(body)) if body.as_str() != Some("") => return Some("its `body` makes them".to_owned()),
        Ok(_) => {}
    }
    let lost = |method: &&TerraformResource| method.raw("rest_api_id").is_none();
    let method = graph.kind("aws_api_gateway_method").find(lost)?;
    let why = method.unknown.values().next().map_or("its API is not known", String::as_str);
    Some(format!("{}: {why}", method.address))
}

/// Returns the paths of an API's resources by what methods refer to them with.
fn paths(graph: &ResourceGraph<'_>, api: &TerraformResource) -> BTreeMap<String, String> {
    let mut below: BTreeMap<&str, Vec<&TerraformResource>> = BTreeMap::new();
    for part in graph.parts("aws_api_gateway_resource", "rest_api_id", api) {
        if let Some(parent) = part.raw("parent_id") {
            below.entry(parent).or_default().push(part);
        }
    }
    let root = api.raw("root_resource_id").map(str::to_owned);
    let mut next = vec![(root.unwrap_or_else(|| reference(&api.address, "root_resource_id")), String::new())];
    let mut out = BTreeMap::new();
    while let Some((id, path)) = next.pop() {
        for part in below.get(id.as_str()).into_iter().flatten() {
            if let (Some(id), Some(segment)) = (part.identity("id"), part.text("path_part")) {
                next.push((id, format!("{path}/{segment}")));
            }
        }
        below.remove(id.as_str());
        out.entry(id).or_insert(if path.is_empty() { "/".to_owned() } else { path });
    }
    out
}

fn guard(method: &TerraformResource) -> MethodGuard {
    let open = |name: &str| method.unknown.get(name).cloned();
    if let Some(why) = open("authorization").or_else(|| open("api_key_required")) {
        return MethodGuard::Other(why);
    }
    match (method.raw("authorization").unwrap_or("NONE"), method.on("api_key_required")) {
        ("NONE", false) => MethodGuard::None,
        ("NONE", true) => MethodGuard::ApiKey,
        ("AWS_IAM", false) => MethodGuard::Iam,
        ("AWS_IAM", true) => MethodGuard::Other("AWS_IAM and an API key".to_owned()),
        (other, _) if is_open(other) => MethodGuard::Other("what only AWS knows".to_owned()),
        (other, _) => MethodGuard::Other(format!("{other} authorization")),
    }
}

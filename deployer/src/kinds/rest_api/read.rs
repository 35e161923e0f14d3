//! Reading an API. Its id is the one thing that AWS makes up, so it is found by its tags.

use super::definition;
use super::definition::{GatewayResponse, PREFLIGHT};
use super::spec::{ApiDeployment, NAME, RestApiSpec, RestApiState, StageThrottle};
use crate::aws::tags::ResourceOwner;
use crate::aws::{op, tags};
use crate::kinds::{ApiBlock, ObserveDetail, ObservedResource, ResourceId, ResourceRef, StepContext, StepResult};
use aws_sdk_apigateway::types::{Deployment, IntegrationType, Method, RestApi, Stage};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// Deployments that the deployer made are described like this, followed by the hash of the definition.
pub const DEPLOYMENT: &str = "deployer ";

/// Reads the API `cx` is about.
pub async fn observe(
    cx: &StepContext<'_>,
    look: ObserveDetail,
    adopted: Option<&str>,
) -> StepResult<Option<ObservedResource<RestApiSpec, RestApiState>>> {
    let Some(FoundApi { api, owner, duplicates, namesakes }) = find(cx, adopted).await? else { return Ok(None) };
    let id = api.id().unwrap_or_default().to_owned();
    let block = ApiBlock::of(&cx.session.stack);
    let stage = block.as_ref().map(|block| block.stage_name(&cx.session.stack)).unwrap_or_default();
    let limited = block.is_some_and(|block| block.throttle.is_some());
    let tags = cx.session.managed(tags::from_map(api.tags()));
    let mut binary_media_types = api.binary_media_types().to_vec();
    binary_media_types.sort();
    let mut spec = RestApiSpec {
        name: api.name().unwrap_or_default().to_owned(),
        description: api.description().unwrap_or_default().to_owned(),
        endpoint_type: api
            .endpoint_configuration()
            .and_then(|e| e.types().first())
            .map_or("EDGE", |t| t.as_str())
            .to_owned(),
        binary_media_types,
        minimum_compression_size: api.minimum_compression_size(),
        duplicates,
        namesakes,
        tags,
        ..RestApiSpec::default()
    };
    let mut state = RestApiState { policy: api.policy().map(str::to_owned), ..RestApiState::default() };
    let outputs = BTreeMap::from([
        ("id".to_owned(), id.clone()),
        ("name".to_owned(), spec.name.clone()),
        ("endpoint".to_owned(), cx.session.invoke_url(&id, &stage)),
    ]);
    let mut changed_at = None;
    if look == ObserveDetail::Whole {
        let (routes, responses, stages, deployments) =
            futures::join!(routes(cx, &id), gateway_responses(cx, &id), stages(cx, &id), deployments(cx, &id));
        let (stages, deployments) = (stages?, deployments?);
        spec.routes = routes?;
        spec.gateway_responses = responses?;
        let hash_of =
            |s: &Stage| deployments.iter().find(|d| Some(d.id.as_str()) == s.deployment_id()).map(|d| d.hash.clone());
        if let Some(observed) = stages.iter().find(|s| s.stage_name() == Some(stage.as_str())) {
            spec.deployed = hash_of(observed).unwrap_or_default();
            spec.throttle = throttle(observed).filter(|_| limited);
            spec.tracing = observed.tracing_enabled();
            changed_at =
                observed.last_updated_date().and_then(|at| OffsetDateTime::from_unix_timestamp(at.secs()).ok());
            state.has_stage = true;
        }
        spec.former_stages = stages
            .iter()
            .filter(|s| s.stage_name() != Some(stage.as_str()) && hash_of(s).is_some_and(|h| !h.is_empty()))
            .filter_map(|s| s.stage_name().map(str::to_owned))
            .collect();
        let shown: Vec<_> = stages.iter().filter_map(Stage::deployment_id).collect();
        let unused = deployments.iter().filter(|d| !d.hash.is_empty() && !shown.contains(&d.id.as_str()));
        state.unused_deployments = unused.cloned().collect();
    }
    Ok(Some(ObservedResource { spec, state, settling: None, owner, outputs, hold: None, changed_at }))
}

/// An API, whose it is, and others that might be meant.
struct FoundApi {
    api: RestApi,
    owner: ResourceOwner,
    /// Ids of others of ours.
    duplicates: Vec<String>,
    /// Ids of others with its name that are nobody's.
    namesakes: Vec<String>,
}

/// Reads the API with our tags; failing that, one with our name: the one that was chosen, or nobody's, or another stack's. With several of ours
/// (a creation whose answer was lost) the oldest is the one that clients may know.
async fn find(cx: &StepContext<'_>, adopted: Option<&str>) -> StepResult<Option<FoundApi>> {
    let (mut ours, mut nobodys, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for api in all(cx).await? {
        let tags = tags::from_map(api.tags());
        match cx.session.owner(&tags) {
            ResourceOwner::Ours if named(&tags) == Some(&cx.place.id.name) || api.id() == Some(cx.name()) => {
                ours.push(api)
            }
            ResourceOwner::Nobody if api.name() == Some(cx.name()) => nobodys.push(api),
            owner if api.name() == Some(cx.name()) => others.push((api, owner)),
            _ => {}
        }
    }
    let by_age = |apis: &mut Vec<RestApi>| {
        apis.sort_by_key(|api| (api.created_date().map(|date| (date.secs(), date.subsec_nanos())), api.id.clone()));
    };
    let ids = |apis: std::vec::IntoIter<RestApi>| apis.filter_map(|api| api.id).collect::<Vec<_>>();
    by_age(&mut ours);
    let mut ours = ours.into_iter();
    if let Some(api) = ours.next() {
        return Ok(Some(FoundApi { api, owner: ResourceOwner::Ours, duplicates: ids(ours), namesakes: Vec::new() }));
    }
    if adopted.is_some() {
        nobodys.retain(|api| api.id() == adopted);
    }
    by_age(&mut nobodys);
    let mut nobodys = nobodys.into_iter();
    let nobodys = nobodys.next().map(|api| FoundApi {
        api,
        owner: ResourceOwner::Nobody,
        duplicates: Vec::new(),
        namesakes: ids(nobodys),
    });
    let other = |(api, owner)| FoundApi { api, owner, duplicates: Vec::new(), namesakes: Vec::new() };
    Ok(nobodys.or_else(|| others.into_iter().next().map(other)))
}

/// Reads the APIs with our tags. The list tells tags, so it is surer than the tagging API.
pub async fn ours(cx: &StepContext<'_>) -> StepResult<Vec<ResourceRef>> {
    let apis = all(cx).await?.into_iter().filter_map(|api| {
        let tags = tags::from_map(api.tags());
        let id = ResourceId::new(NAME, named(&tags)?.to_owned());
        (cx.session.owner(&tags) == ResourceOwner::Ours)
            .then(|| ResourceRef { id, name: api.id().unwrap_or_default().to_owned() })
    });
    Ok(apis.collect())
}

/// Returns the second half of the id in the tags: `api`.
fn named(tags: &tags::ResourceTags) -> Option<&str> {
    tags.get(tags::ID)?.strip_prefix(NAME)?.strip_prefix('.')
}

/// Reads every API of the account.
async fn all(cx: &StepContext<'_>) -> StepResult<Vec<RestApi>> {
    let gateway = &cx.clients().apigateway;
    let pages = cx.pages(
        &op::GET_REST_APIS,
        |position| gateway.get_rest_apis().limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    Ok(pages.items(|page| page.items.unwrap_or_default()).await?)
}

async fn routes(cx: &StepContext<'_>, id: &str) -> StepResult<BTreeMap<String, String>> {
    let gateway = &cx.clients().apigateway;
    let api = ApiBlock::of(&cx.session.stack);
    let wanted = |route: &str| match &api {
        Some(api) if !(route.starts_with("OPTIONS ") && api.cors.is_some()) => definition::demand(api.auth_of(route)),
        _ => "",
    };
    // Without `embed` the methods come back as empty objects.
    let pages = cx.pages(
        &op::GET_RESOURCES,
        |position| gateway.get_resources().rest_api_id(id).embed("methods").limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    let mut out = BTreeMap::new();
    for resource in pages.items(|page| page.items.unwrap_or_default()).await? {
        let path = resource.path().unwrap_or("/");
        for (method, detail) in resource.resource_methods().into_iter().flatten() {
            // An emulator keeps the method's name in the definition.
            let any = method.eq_ignore_ascii_case("x-amazon-apigateway-any-method");
            let route = format!("{} {path}", if any { "ANY" } else { method });
            let target = target(detail, wanted(&route));
            out.insert(route, target);
        }
    }
    Ok(out)
}

/// Returns where a method leads, as [`super::ApiDefinition::targets`] says it; anything out of the ordinary is spelled out and so differs.
fn target(method: &Method, wanted: &'static str) -> String {
    let Some(integration) = method.method_integration() else { return "nothing".to_owned() };
    let uri = integration.uri().unwrap_or_default();
    let mut text = match integration.r#type() {
        Some(IntegrationType::Mock) => PREFLIGHT.to_owned(),
        Some(kind) => {
            let function = uri.split_once("/functions/").and_then(|(_, rest)| rest.strip_suffix("/invocations"));
            // The emulator of a referee answers in lower case.
            match function.filter(|_| kind.as_str().eq_ignore_ascii_case("AWS_PROXY")) {
                Some(arn) => arn.to_owned(),
                None if kind.as_str().eq_ignore_ascii_case("MOCK") => PREFLIGHT.to_owned(),
                None => format!("{} {uri}", kind.as_str()),
            }
        }
        None => "nothing".to_owned(),
    };
    // AWS always says which it is. An emulator that reads no security says nothing, so it is taken to be as wanted.
    let Some(auth) = method.authorization_type() else { return text + wanted };
    if !auth.is_empty() && auth != "NONE" {
        text.push_str(&format!(" (authorization {auth})"));
    }
    if method.api_key_required() == Some(true) {
        text.push_str(" (API key)");
    }
    text
}

async fn gateway_responses(cx: &StepContext<'_>, id: &str) -> StepResult<BTreeMap<String, GatewayResponse>> {
    let gateway = &cx.clients().apigateway;
    let pages = cx.pages(
        &op::GET_GATEWAY_RESPONSES,
        |position| gateway.get_gateway_responses().rest_api_id(id).limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    let (mut out, mut listed) = (BTreeMap::new(), BTreeSet::new());
    for response in pages.items(|page| page.items.unwrap_or_default()).await? {
        let Some(kind) = response.response_type() else { continue };
        listed.insert(kind.as_str().to_owned());
        if response.default_response() {
            continue;
        }
        let header = |(name, value): (&String, &String)| {
            (name.strip_prefix("gatewayresponse.header.").unwrap_or(name).to_owned(), value.clone())
        };
        out.insert(
            kind.as_str().to_owned(),
            GatewayResponse {
                status: response.status_code().map(str::to_owned),
                headers: response.response_parameters().into_iter().flatten().map(header).collect(),
                templates: response.response_templates.unwrap_or_default().into_iter().collect(),
            },
        );
    }
    // AWS lists every type, set or not. A type that is missing altogether says nothing, so it is taken to be as wanted.
    let cors = ApiBlock::of(&cx.session.stack).and_then(|block| block.cors);
    out.extend(definition::gateway_responses(cors.as_ref()).into_iter().filter(|(kind, _)| !listed.contains(kind)));
    Ok(out)
}

async fn stages(cx: &StepContext<'_>, id: &str) -> StepResult<Vec<Stage>> {
    let gateway = &cx.clients().apigateway;
    Ok(cx.call(&op::GET_STAGES, || gateway.get_stages().rest_api_id(id).send()).await?.item.unwrap_or_default())
}

/// Reads the id and hash of every deployment, the oldest first; the hash is empty when somebody else made it.
async fn deployments(cx: &StepContext<'_>, id: &str) -> StepResult<Vec<ApiDeployment>> {
    let gateway = &cx.clients().apigateway;
    let pages = cx.pages(
        &op::GET_DEPLOYMENTS,
        |position| gateway.get_deployments().rest_api_id(id).limit(500).set_position(position).send(),
        |page| page.position.clone(),
    );
    let mut all = pages.items(|page| page.items.unwrap_or_default()).await?;
    all.sort_by_key(|d| d.created_date().map(|date| (date.secs(), date.subsec_nanos())));
    let hash = |d: &Deployment| d.description().and_then(|t| t.strip_prefix(DEPLOYMENT)).unwrap_or_default().to_owned();
    Ok(all.iter().map(|d| ApiDeployment { id: d.id().unwrap_or_default().to_owned(), hash: hash(d) }).collect())
}

/// Returns the limits of all methods. AWS tells the account's where other settings of the stage were made and no limits, so that what is not
/// described is not compared.
fn throttle(stage: &Stage) -> Option<StageThrottle> {
    let settings = stage.method_settings()?.get("*/*")?;
    let (rate, burst) = (settings.throttling_rate_limit(), settings.throttling_burst_limit());
    (rate >= 0.0 && burst >= 0).then_some(StageThrottle { rate, burst })
}

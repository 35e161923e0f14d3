//! An API's stage: its routes, and a request to one of them.

use super::charts;
use super::invocation::answer;
use super::layout::{Page, address, facts, not_found, page};
use super::service_call::whole;
use super::visit::PageVisit;
use crate::context::Context;
use crate::gateway;
use crate::wire::HttpRequest;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Shows the routes of a stage.
pub fn api(visit: &PageVisit, region: &str, id: &str, stage: &str, tried: Option<Markup>) -> Page {
    let document = visit.cx.store.snapshot();
    let found = document.regions.get(region).and_then(|region| region.rest_apis.get(id));
    let served = found.and_then(|api| Some((api, api.deployments.get(&api.stages.get(stage)?.deployment_id)?)));
    let Some((api, deployment)) = served else { return not_found(visit, "There is no such stage of an API.") };
    let content = html! {
        h1 { "API " bdi { (api.name) } }
        (facts([("Address", html! { code { (gateway::endpoint(visit.cx.addr, id, stage)) } })]))
        @if let Some(tried) = tried { (tried) }
        (charts::of_stage(&visit.cx, region, &api.name, stage))
        h2 { "Routes" }
        @for route in &deployment.definition.routes {
            article {
                h3 { (route.method) " " bdi { (route.path) } }
                p {
                    @if let Some(name) = &route.operation_name { bdi { (name) } ", " }
                    @match (route.authorization_type.as_str(), route.api_key_required) {
                        ("AWS_IAM", _) => { "signed by IAM" }
                        (_, true) => { "with an API key" }
                        _ => { "open to anybody" }
                    }
                }
                (visit.form(&address(&["apis", region, id, stage]), "try", html! {
                    input type="hidden" name="method" value=(if route.method == "ANY" { "GET" } else { &route.method });
                    label { "Path and query" input name="path" value=(route.path) autocomplete="off" spellcheck="false"; }
                    @if route.api_key_required { label { "x-api-key" input name="key" autocomplete="off"; } }
                    @if !["GET", "HEAD", "DELETE", "OPTIONS"].contains(&route.method.as_str()) {
                        label.wide { "Body" textarea name="body" rows="3" spellcheck="false" { "{}" } }
                    }
                    button type="submit" { "Send" }
                }))
            }
        }
    };
    page(visit, &format!("API {}", api.name), content)
}

/// Sends a request to a stage, as everybody may send it, and renders the answer.
///
/// # Errors
/// What is wrong with the request, in words.
pub async fn send(cx: &Context, id: &str, stage: &str, fields: &BTreeMap<String, String>) -> Result<Markup, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let method = Method::from_bytes(field("method").as_bytes()).map_err(|error| error.to_string())?;
    let target = field("path").trim();
    let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    if !path.starts_with('/') {
        return Err("the path begins with /".to_owned());
    }
    let mut request = Request::builder().method(method).uri(target).header(HOST, cx.addr.to_string());
    if !field("body").is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    if !field("key").is_empty() {
        request = request.header("x-api-key", field("key"));
    }
    let body = Bytes::copy_from_slice(field("body").as_bytes());
    let request: HttpRequest = request.body(body).map_err(|error| format!("this is no address: {error}"))?;
    let response = gateway::handle(cx, id, stage, &path, request).await;
    let status = response.status();
    let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let body = whole(response).await.map_err(|error| error.to_string())?;
    Ok(answer(cx, &format!("Answer: {status}"), !status.is_success(), &body, &id))
}

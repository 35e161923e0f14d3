//! An API's stage: its routes with the parameters that its OpenAPI document names, and a request to one of them.

use super::charts;
use super::invocation::answer;
use super::layout::{Page, address, facts, not_found, page, segment};
use super::service_call::whole;
use super::visit::PageVisit;
use crate::context::Context;
use crate::gateway;
use crate::store::rest_api::{ApiDraft, DeployedRoute};
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
                    input type="hidden" name="path" value=(route.path);
                    @for parameter in parameters(&api.draft, route) {
                        label { span { (parameter.place.word()) " " bdi { (parameter.name) } @if parameter.is_required { ", required" } }
                            input name=(parameter.field()) required[parameter.is_required] autocomplete="off" spellcheck="false"; }
                    }
                    label { "Further query" input name="query" placeholder="name=value&…" autocomplete="off" spellcheck="false"; }
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

/// Where a parameter stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParameterPlace {
    Path,
    Query,
    Header,
}

impl ParameterPlace {
    /// Returns what a method's parameter in this place begins with ("requestParameters" of a method).
    fn prefix(self) -> &'static str {
        match self {
            Self::Path => "method.request.path.",
            Self::Query => "method.request.querystring.",
            Self::Header => "method.request.header.",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// A parameter of a route.
#[derive(Debug, PartialEq, Eq)]
struct RouteParameter<'a> {
    place: ParameterPlace,
    name: &'a str,
    is_required: bool,
}

impl RouteParameter<'_> {
    /// Returns the name of the form's field that holds it.
    fn field(&self) -> String {
        format!("{}{}", self.place.prefix(), self.name)
    }
}

/// Returns the parameters of a route: those of its path, in their order, then those that its method declares.
fn parameters<'a>(draft: &'a ApiDraft, route: &'a DeployedRoute) -> Vec<RouteParameter<'a>> {
    let in_path = path_parameters(&route.path);
    let in_path = in_path.map(|name| RouteParameter { place: ParameterPlace::Path, name, is_required: true });
    // What is deployed keeps only what is checked; the method says the rest, unless it is gone.
    let method = draft.resources.get(&route.resource_id).and_then(|resource| resource.methods.get(&route.method));
    let declared = method.into_iter().flat_map(|method| &method.request_parameters).filter_map(|(name, required)| {
        let mut places = [ParameterPlace::Query, ParameterPlace::Header].into_iter();
        let (place, name) = places.find_map(|place| Some((place, name.strip_prefix(place.prefix())?)))?;
        Some(RouteParameter { place, name, is_required: *required })
    });
    in_path.chain(declared).collect()
}

/// Returns the names in the braces of a route's path; that of `{proxy+}` with its plus.
fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// Returns the path and query that a form asks for.
///
/// # Errors
/// In words, when a parameter of the path is missing.
fn target(fields: &BTreeMap<String, String>) -> Result<String, String> {
    let route = fields.get("path").map(String::as_str).unwrap_or_default();
    if !route.starts_with('/') {
        return Err("the path begins with /".to_owned());
    }
    let mut path = route.to_owned();
    for name in path_parameters(route) {
        let given = fields.get(&format!("{}{name}", ParameterPlace::Path.prefix())).filter(|value| !value.is_empty());
        let value = given.ok_or_else(|| format!("the path needs a value for {name}"))?;
        // What `{proxy+}` stands for may have several segments.
        let segments = if name.ends_with('+') { value.split('/').collect() } else { vec![value.as_str()] };
        let segments: Vec<_> = segments.into_iter().map(segment).collect();
        path = path.replace(&format!("{{{name}}}"), &segments.join("/"));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (field, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        if let Some(name) = field.strip_prefix(ParameterPlace::Query.prefix()) {
            query.append_pair(name, value);
        }
    }
    let further = fields.get("query").map(|query| query.trim().trim_start_matches('?')).unwrap_or_default();
    let query = [query.finish(), further.to_owned()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    Ok(if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) })
}

/// Sends a request to a stage, as everybody may send it, and renders the answer.
///
/// # Errors
/// What is wrong with the request, in words.
pub async fn send(cx: &Context, id: &str, stage: &str, fields: &BTreeMap<String, String>) -> Result<Markup, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let method = Method::from_bytes(field("method").as_bytes()).map_err(|error| error.to_string())?;
    let target = target(fields)?;
    let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut request = Request::builder().method(method).uri(target).header(HOST, cx.addr.to_string());
    if !field("body").is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    if !field("key").is_empty() {
        request = request.header("x-api-key", field("key"));
    }
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        if let Some(name) = name.strip_prefix(ParameterPlace::Header.prefix()) {
            request = request.header(name, value);
        }
    }
    let body = Bytes::copy_from_slice(field("body").as_bytes());
    let request: HttpRequest = request.body(body).map_err(|error| format!("this is no request: {error}"))?;
    let response = gateway::handle(cx, id, stage, &path, request).await;
    let status = response.status();
    let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let body = whole(response).await.map_err(|error| error.to_string())?;
    Ok(answer(cx, &format!("Answer: {status}"), !status.is_success(), &body, &id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_path_and_a_query() {
        let target = |pairs: &[(&str, &str)]| {
            target(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        for (pairs, expected) in [
            (&[("path", "/orders")][..], Ok("/orders")),
            (
                &[("path", "/orders/{id}"), ("method.request.path.id", "a/b?c#d é")],
                Ok("/orders/a%2Fb%3Fc%23d%20%C3%A9"),
            ),
            (&[("path", "/{proxy+}"), ("method.request.path.proxy+", "a/b c")], Ok("/a/b%20c")),
            (
                &[("path", "/{a}/{b}"), ("method.request.path.a", "{b}"), ("method.request.path.b", "2")],
                Ok("/%7Bb%7D/2"),
            ),
            (
                &[("path", "/o"), ("method.request.querystring.q", "a&b=c"), ("method.request.querystring.r", "")],
                Ok("/o?q=a%26b%3Dc"),
            ),
            (&[("path", "/o"), ("method.request.querystring.q", "1"), ("query", "?x=2&y")], Ok("/o?q=1&x=2&y")),
            (&[("path", "/orders/{id}"), ("method.request.path.id", "")], Err("the path needs a value for id")),
            (&[("path", "orders")], Err("the path begins with /")),
        ] {
            assert_eq!(target(pairs).as_deref().map_err(String::as_str), expected, "{pairs:?}");
        }
    }
}

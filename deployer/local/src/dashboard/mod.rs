//! The dashboard: what is in the cloud, what requests did and why they failed, as pages for a browser on this machine.
//!
//! Pages are read alone, and rendered here, so that they can be read without a script. What they show is asked of the services, as
//! everybody asks them. Everything that comes from outside is escaped by the templates; a policy forbids scripts and styles that are not
//! the dashboard's own. A page of another origin can neither read these nor frame them.

mod functions;
mod layout;
mod overview;
mod requests;
mod service_call;
mod tables;
mod traffic;

use crate::context::Context;
use crate::wire::{HttpRequest, HttpResponse, respond};
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use layout::{Page, not_found};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The path of everything but the first page.
const PATH: &str = "/_dashboard/";
/// What every answer says to the browser.
const GUARDS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Tells whether a request is a browser's for a page: unsigned, and for the first page only where HTML is asked for.
pub fn serves(request: &HttpRequest) -> bool {
    if request.headers().contains_key(AUTHORIZATION) {
        return false;
    }
    let accepts = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    path.starts_with(PATH) || (path == "/" && request.method() == Method::GET && accepts.contains("text/html"))
}

/// Answers a request that [`serves`] takes.
pub async fn answer(cx: &Arc<Context>, request: &HttpRequest) -> HttpResponse {
    let mut response = match refusal(request) {
        Some((status, why)) => respond(status, "text/plain; charset=utf-8", why),
        None => route(cx, request).await,
    };
    for (name, value) in GUARDS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Says why a request is not answered: it would change something, or a page of another origin sends it.
fn refusal(request: &HttpRequest) -> Option<(StatusCode, &'static str)> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "the dashboard only shows: GET"));
    }
    let from_elsewhere = header("sec-fetch-site").is_some_and(|site| ["cross-site", "same-site"].contains(&site));
    // A link from elsewhere that is followed shows the page to its reader alone.
    let is_navigation = header("sec-fetch-mode") == Some("navigate") && header("sec-fetch-dest") == Some("document");
    (from_elsewhere && !is_navigation).then_some((StatusCode::FORBIDDEN, "a page of another origin may not read this"))
}

async fn route(cx: &Arc<Context>, request: &HttpRequest) -> HttpResponse {
    let path = request.uri().path();
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let segments: Vec<String> = path
        .strip_prefix(PATH)
        .unwrap_or_default()
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let page: Page = match segments.as_slice() {
        ["style.css"] => return asset("text/css; charset=utf-8", include_str!("assets/style.css")),
        ["live.js"] => return asset("text/javascript; charset=utf-8", include_str!("assets/live.js")),
        ["icon.svg"] => return asset("image/svg+xml", include_str!("assets/icon.svg")),
        [""] => overview::overview(cx).await,
        ["requests"] => requests::list(cx, &query).await,
        ["requests", id] => requests::one(cx, id).await,
        ["tables", region, name] => tables::items(cx, region, name, &query).await,
        ["tables", region, name, "item"] => tables::item(cx, region, name, &query).await,
        ["functions", region, name] => functions::function(cx, region, name).await,
        _ => not_found(cx, "There is no such page."),
    };
    respond(page.status, "text/html; charset=utf-8", page.html.into_string())
}

fn asset(content_type: &'static str, content: &'static str) -> HttpResponse {
    let mut response = respond(StatusCode::OK, content_type, content);
    // Another version of the program may be started on the same port.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

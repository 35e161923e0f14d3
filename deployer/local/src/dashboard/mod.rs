//! The dashboard: what is in the cloud, what requests did and why they failed, as pages for a browser on this machine.
//!
//! Pages are rendered here, so that they can be read without a script, and changes are forms. What pages show and change goes through the
//! services, as everybody's calls do. Everything that comes from outside is escaped by the templates; a policy forbids scripts and styles that are not
//! the dashboard's own. A page of another origin can neither read these nor frame them, and [`visit`] says who may change something.

mod apis;
mod charts;
mod cloud;
mod event_sources;
mod functions;
mod invocation;
mod item_change;
mod layout;
mod log;
mod overview;
mod queues;
mod requests;
mod schedules;
mod service_call;
mod tables;
mod traffic;
mod visit;

use crate::context::Context;
use crate::wire::{HttpRequest, HttpResponse, respond};
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use layout::{Page, not_found};
use maud::Markup;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::sync::Arc;
use visit::{ACTION, PageNotice, PageVisit};

pub use visit::SUBDOMAIN;

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
    // With none at all a browser would not say the origin of a form either.
    ("referrer-policy", "same-origin"),
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

/// Answers a request that [`serves`] takes, or any on the name of the dashboard's own, on which things can be changed.
pub async fn answer(cx: &Arc<Context>, request: &HttpRequest, is_own_host: bool) -> HttpResponse {
    let mut response = match visit::refusal(cx, request, is_own_host) {
        Some((status, why)) => respond(status, "text/plain; charset=utf-8", why),
        None => route(cx, request, is_own_host).await,
    };
    for (name, value) in GUARDS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Returns the segments of a path below [`PATH`].
fn segments(path: &str) -> Vec<String> {
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    match path.strip_prefix(PATH) {
        Some(rest) => rest.split('/').map(decoded).collect(),
        None if path == "/" => Vec::new(),
        None => vec![String::new(); 2],
    }
}

async fn route(cx: &Arc<Context>, request: &HttpRequest, may_change: bool) -> HttpResponse {
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let segments = segments(request.uri().path());
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut visit = PageVisit { cx: Arc::clone(cx), may_change, notice: None };
    let mut shown = None;
    if request.method() == Method::POST {
        match change(cx, &segments, &visit::fields(request)).await {
            Ok(ChangeOutcome::Said(text)) => visit.notice = Some(PageNotice::from(Ok(text))),
            Ok(ChangeOutcome::Shown(markup)) => shown = Some(markup),
            Err(why) => visit.notice = Some(PageNotice::from(Err(why))),
        }
    }
    let page: Page = match segments.as_slice() {
        ["style.css"] => return asset("text/css; charset=utf-8", include_str!("assets/style.css")),
        ["live.js"] => return asset("text/javascript; charset=utf-8", include_str!("assets/live.js")),
        ["icon.svg"] => return asset("image/svg+xml", include_str!("assets/icon.svg")),
        [] => overview::overview(&visit).await,
        ["cloud"] => cloud::cloud(&visit),
        ["requests"] => requests::list(&visit, &query).await,
        ["requests", id] => requests::one(&visit, id).await,
        ["tables", region, name] => tables::items(&visit, region, name, &query).await,
        ["tables", region, name, "export"] => match tables::export(cx, region, name).await {
            Some(Ok(lines)) => return respond(StatusCode::OK, "application/x-ndjson", lines),
            Some(Err(why)) => not_found(&visit, &why),
            None => not_found(&visit, "There is no such table."),
        },
        // What is deleted has no page any more: the table tells it.
        ["tables", region, name, "item"] if visit.notice.as_ref().is_some_and(|notice| !notice.is_failure) => {
            tables::items(&visit, region, name, &BTreeMap::new()).await
        }
        ["tables", region, name, "item"] => tables::item(&visit, region, name, &query).await,
        ["functions", region, name, "log"] => {
            match functions::follow(cx, region, name, log::position(request, &query)) {
                Some(lines) => return lines,
                None => not_found(&visit, "There is no such log."),
            }
        }
        ["functions", region, name] => functions::function(&visit, region, name, shown).await,
        ["queues", region, name] => queues::queue(&visit, region, name, &query).await,
        ["queues", region, name, message] => queues::message(&visit, region, name, message).await,
        ["schedules", region, name] => schedules::schedule(&visit, region, name),
        ["answers", id] => match invocation::whole_answer(cx, id) {
            Some(answer) => return answer,
            None => not_found(&visit, "Only the last answers are kept, until the cloud is stopped."),
        },
        ["apis", region, id, stage] => apis::api(&visit, region, id, stage, shown),
        _ => not_found(&visit, "There is no such page."),
    };
    respond(page.status, "text/html; charset=utf-8", page.html.into_string())
}

/// What came of a change.
enum ChangeOutcome {
    /// In words.
    Said(String),
    /// As a part of the page.
    Shown(Markup),
}

/// Does what a form says.
async fn change(
    cx: &Arc<Context>,
    segments: &[&str],
    fields: &BTreeMap<String, String>,
) -> Result<ChangeOutcome, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let said = match (segments, field(ACTION)) {
        (["cloud"], _) => cloud::change(cx, fields),
        (["tables", region, name] | ["tables", region, name, "item"], _) => {
            tables::change(cx, region, name, fields).await
        }
        (["functions", region, name], "limit") => functions::limit(cx, region, name, field("limit")).await,
        (["functions", region, name], "invoke") => {
            return invocation::invoked(cx, region, name, field("event")).await.map(ChangeOutcome::Shown);
        }
        (["functions", region, _], "source") => {
            event_sources::switch(cx, region, field("source"), field("enabled")).await
        }
        (["queues", region, name], _) => queues::change(cx, region, name, fields).await,
        (["schedules", region, name], "fire") => schedules::fire(cx, region, name),
        (["apis", _, id, stage], "try") => {
            return apis::send(cx, id, stage, fields).await.map(ChangeOutcome::Shown);
        }
        _ => Err("there is nothing like this to change".to_owned()),
    };
    said.map(ChangeOutcome::Said)
}

fn asset(content_type: &'static str, content: &'static str) -> HttpResponse {
    let mut response = respond(StatusCode::OK, content_type, content);
    // Another version of the program may be started on the same port.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

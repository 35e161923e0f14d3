//! The cloud's own endpoints, for `deployer` and for tests, below `/_deployer/`:
//!
//! | | |
//! |---|---|
//! | `GET health` | what this is, which version, and by `folder` (device:inode of the lock) whose data it has |
//! | `POST shutdown` | stops it |
//! | `GET faults`, `PUT faults` | which faults are injected ([`Faults`]) |
//! | `GET clock`, `POST clock` | the time; `{"advanceMs": …}` moves it on |
//! | `POST fire` | `{"region": …, "name": …}`: a rule fires now |
//! | `GET calls`, `DELETE calls` | the call log; what restricted callers needed is in `authorization` |
//! | `GET requests` | the last requests, newest first, without their spans; `after`, `before`, `failed`, `limit`, `waitMs` |
//! | `DELETE requests` | forgets them |
//! | `GET requests/{id}` | one of them with what it did, by its id or a beginning of four characters and more |
//! | `GET requests/{id}/otlp` | the same in OpenTelemetry's form, OTLP/JSON |
//! | `GET openapi.json` | this, as an OpenAPI document |
//! | `GET callers` | the restricted callers' policies by access key id |
//! | `PUT callers/{access-key-id}` | an identity policy: who signs with this key may do what it allows and nothing else |
//! | `DELETE callers/{access-key-id}` | the caller may do everything again |
//!
//! They ask for the header `x-deployer-local: 1`: a page in a browser cannot send it to another origin without a
//! preflight, and preflights are not answered.

use super::requests;
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::injection::Faults;
use crate::service::events;
use crate::wire::{HttpRequest, HttpResponse, respond, respond_text};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// The path that they are below.
pub(super) const PATH: &str = "/_deployer/";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AdvanceInput {
    advance_ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FireInput {
    region: String,
    name: String,
}

/// The cloud's own endpoints, described.
const OPENAPI: &str = include_str!("openapi.json");

/// Answers a request below `/_deployer/`.
pub(super) async fn answer(cx: &Context, request: &HttpRequest) -> HttpResponse {
    if request.headers().get("x-deployer-local").is_none_or(|value| value != "1") {
        return respond_text(StatusCode::FORBIDDEN, "the header x-deployer-local: 1 is missing");
    }
    if let Some(key) = request.uri().path().strip_prefix("/_deployer/callers/") {
        return said(caller(cx, request, key));
    }
    if let Some(id) = request.uri().path().strip_prefix("/_deployer/requests/") {
        let found = match id.strip_suffix("/otlp") {
            _ if request.method() != Method::GET => None,
            Some(id) => requests::as_otlp(cx, id).await,
            None => requests::one(cx, id).await,
        };
        return match found {
            Some(trace) => said(Ok(trace)),
            None => no_such_request(id),
        };
    }
    let result = match (request.method(), request.uri().path()) {
        (&Method::GET, "/_deployer/health") => Ok(health(cx)),
        (&Method::POST, "/_deployer/shutdown") => {
            cx.stop.notify_one();
            Ok(json!({}))
        }
        (&Method::GET, "/_deployer/faults") => {
            serde_json::to_value(cx.faults.settings().as_ref()).map_err(|e| e.to_string())
        }
        (&Method::PUT, "/_deployer/faults") => body::<Faults>(request).map(|faults| {
            cx.faults.set(faults);
            json!({})
        }),
        (&Method::GET, "/_deployer/clock") => Ok(clock(cx)),
        (&Method::POST, "/_deployer/clock") => body::<AdvanceInput>(request).and_then(|advance| {
            let by = Duration::from_millis(advance.advance_ms);
            cx.clock.advance(by).map_err(|error| error.to_string())?;
            Ok(clock(cx))
        }),
        (&Method::POST, "/_deployer/fire") => body::<FireInput>(request).and_then(|rule| {
            let fired = events::fire(cx, &rule.region, &rule.name).map_err(|error| error.to_string())?;
            serde_json::to_value(fired).map_err(|error| error.to_string())
        }),
        (_, "/_deployer/requests") => requests::list(cx, request).await,
        (&Method::GET, "/_deployer/openapi.json") => {
            return respond(StatusCode::OK, "application/json", OPENAPI);
        }
        (&Method::GET, "/_deployer/callers") => Ok(json!(cx.callers.all())),
        (&Method::GET, "/_deployer/calls") => serde_json::to_value(cx.calls.all()).map_err(|e| e.to_string()),
        (&Method::DELETE, "/_deployer/calls") => {
            cx.calls.clear();
            Ok(json!({}))
        }
        _ => return respond_text(StatusCode::NOT_FOUND, "no such endpoint"),
    };
    said(result)
}

fn said(result: Result<Value, String>) -> HttpResponse {
    match result {
        Ok(value) => respond(StatusCode::OK, "application/json", value.to_string()),
        Err(message) => respond(StatusCode::BAD_REQUEST, "application/json", json!({"message": message}).to_string()),
    }
}

fn no_such_request(id: &str) -> HttpResponse {
    let message = format!("none of the last requests, or more than one, has an id that begins with {id:?}");
    respond(StatusCode::NOT_FOUND, "application/json", json!({ "message": message }).to_string())
}

fn caller(cx: &Context, request: &HttpRequest, key: &str) -> Result<Value, String> {
    match *request.method() {
        Method::PUT => {
            let document = std::str::from_utf8(request.body()).map_err(|error| error.to_string())?;
            cx.callers.restrict(key, document).map(|()| json!({}))
        }
        Method::DELETE if cx.callers.release(key) => Ok(json!({})),
        Method::DELETE => Err(format!("access key id {key:?} is not restricted")),
        ref other => Err(format!("{other} is not possible here: PUT a policy, or DELETE it")),
    }
}

fn health(cx: &Context) -> Value {
    #[cfg(unix)]
    let folder = cx.store.identity().ok();
    #[cfg(not(unix))]
    let folder = None::<String>;
    json!({
        "folder": folder,
        "service": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "account": ACCOUNT,
        "endpoint": cx.endpoint(),
    })
}

fn clock(cx: &Context) -> Value {
    json!({
        "nowMs": cx.clock.now_ms(),
        "offsetMs": u64::try_from(cx.clock.offset().as_millis()).unwrap_or(u64::MAX),
    })
}

fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, String> {
    serde_json::from_slice(request.body()).map_err(|error| error.to_string())
}

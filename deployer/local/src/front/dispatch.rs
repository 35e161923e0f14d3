//! Who answers a request: a deployed API, the cloud's own endpoints, the dashboard, or a service.

use super::{admin, host, pipeline};
use crate::context::Context;
use crate::wire::{Disconnect, HttpRequest, HttpResponse, respond, respond_text, split_segment};
use crate::{dashboard, gateway};
use http::StatusCode;
use std::sync::Arc;

/// The path under which deployed APIs are served: `/_aws/execute-api/{apiId}/{stage}/…`.
const EXECUTE_API: &str = "/_aws/execute-api/";

/// Answers one request.
pub(super) async fn answer(cx: &Arc<Context>, request: HttpRequest) -> Result<HttpResponse, Disconnect> {
    let Some(host) = host::check(&request) else {
        return Ok(respond_text(
            StatusCode::FORBIDDEN,
            "the embedded cloud answers only to localhost, 127.0.0.1, [::1] and *.localhost",
        ));
    };
    if host.is_dashboard {
        return Ok(dashboard::answer(cx, &request, true).await);
    }
    let path = request.uri().path();
    let deployed = match &host.execute_api {
        Some(api) => Some((api.as_str(), path.trim_start_matches('/'))),
        None => path.strip_prefix(EXECUTE_API).map(split_segment),
    };
    if let Some((api, rest)) = deployed {
        let (stage, rest) = split_segment(rest);
        let (api, stage, rest) = (api.to_owned(), stage.to_owned(), format!("/{rest}"));
        if flaps(cx, &api, &stage) {
            let body = r#"{"message":"Forbidden"}"#;
            return Ok(respond(StatusCode::FORBIDDEN, "application/json", body));
        }
        return Ok(gateway::handle(cx, &api, &stage, &rest, request).await);
    }
    if dashboard::serves(&request) {
        return Ok(dashboard::answer(cx, &request, false).await);
    }
    if host::is_of_a_page(&request) {
        return Ok(respond_text(StatusCode::FORBIDDEN, "a page in a browser may not call this"));
    }
    if path.starts_with(admin::PATH) {
        return Ok(admin::answer(cx, &request).await);
    }
    pipeline::answer(cx, request).await
}

/// Tells whether a stage is so new that its answers come and go, which is a fault.
fn flaps(cx: &Context, api: &str, stage: &str) -> bool {
    let Some(flapping) = cx.faults.lasting(|faults| faults.stage_flapping_ms) else {
        return false;
    };
    let created = cx.store.read(|document| {
        let api = document.regions.values().find_map(|region| region.rest_apis.get(api))?;
        Some(api.stages.get(stage)?.created)
    });
    created.is_some_and(|created| cx.clock.now() < created + flapping) && cx.faults.alternate()
}

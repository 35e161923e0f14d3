//! The data plane of API Gateway REST APIs: what `https://<api>.execute-api.<region>.amazonaws.com/<stage>/…` is on AWS.
//!
//! A request sees the deployment that its stage points to, never the draft. What the gateway refuses or breaks at is
//! answered with the gateway responses of that deployment, and explained in the cloud's own log.

mod access;
mod answer;
mod compression;
mod event;
mod incoming;
mod media;
mod mock;
mod refusal;
mod route;
mod target;
mod template;
mod throttle;

#[cfg(any(test, fuzzing))]
pub mod fixture;

pub use throttle::Throttle;

use crate::context::Context;
use crate::front::{Request, Response};
use crate::runtime::{InvokeOptions, Outcome, Refused, permission};
use crate::store::Document;
use crate::store::function::FunctionRecord;
use crate::store::rest_api::IntegrationKind;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use incoming::Incoming;
use refusal::Refusal;
use route::Match;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use target::Target;
use template::Scope;

/// The largest body of a request, in bytes.
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// The URL under which a stage is served.
pub fn endpoint(addr: SocketAddr, api_id: &str, stage: &str) -> String {
    format!("http://{addr}/_aws/execute-api/{api_id}/{stage}")
}

/// Answers a request to a stage of an API. `path` is what follows the stage, with its slash, without the query.
pub async fn handle(context: &Context, api: &str, stage: &str, path: &str, request: Request) -> Response {
    let document = context.store.snapshot();
    let mut incoming = Incoming::read(request, path, context.clock.now(), context.addr);
    let Some(target) = Target::find(&document, api, stage) else {
        explain(&incoming, format_args!("there is no stage {stage} of an API {api}"));
        return identify(forbidden(), &incoming);
    };
    let compression = target.definition.minimum_compression_size;
    let unpacked = match compression {
        Some(_) => compression::unpack(&mut incoming, MAX_BODY),
        None => Ok(()),
    };
    let found = route::find(&target.definition.routes, &incoming.method, &incoming.path);
    let mut variables = event::request_context(&target, &incoming, found.as_ref());
    let served = match unpacked {
        Ok(()) => serve(context, &document, &target, &incoming, found.as_ref(), &variables).await,
        Err(refusal) => Err(refusal),
    };
    let response = served.unwrap_or_else(|refusal| {
        variables["error"] = refusal.context();
        let none = BTreeMap::new();
        let path_parameters = found.as_ref().map_or(&none, |found| &found.parameters);
        let scope = Scope { context: &variables, incoming: &incoming, path_parameters, target: &target };
        refusal.answer(&target.definition.gateway_responses, scope)
    });
    let response = match compression {
        Some(minimum) => compression::pack(response, &incoming, minimum).await,
        None => response,
    };
    identify(response, &incoming)
}

async fn serve(
    context: &Context,
    document: &Document,
    target: &Target<'_>,
    incoming: &Incoming,
    found: Option<&Match<'_>>,
    variables: &Value,
) -> Result<Response, Refusal> {
    if incoming.body.len() > MAX_BODY {
        return Err(Refusal::too_large());
    }
    if target.definition.disable_execute_api_endpoint {
        return Err(Refusal::access_denied());
    }
    let found = found.ok_or_else(Refusal::missing_token)?;
    let route = found.route;
    access::check_caller(target, incoming, route)?;
    if route.api_key_required {
        access::check_key(document, target, incoming, &context.throttle)?;
    }
    if let Some(rate) = throttle::stage_rate(target.stage, &route.path, &route.method) {
        let bucket = format!("{}/{} {} {}", target.api.id, target.stage.name, route.method, route.path);
        if !context.throttle.admit(&bucket, rate, Instant::now()) {
            return Err(Refusal::throttled());
        }
    }
    check_parameters(&route.required_parameters, incoming)?;
    match route.integration.kind {
        IntegrationKind::Mock => {
            let scope = Scope { context: variables, incoming, path_parameters: &found.parameters, target };
            mock::answer(route, scope).map_err(|error| {
                explain(incoming, error);
                Refusal::configuration()
            })
        }
        IntegrationKind::AwsProxy => {
            let function = function(document, target, incoming, found)?;
            let event = event::proxy_event(target, incoming, found, variables);
            call(context, target, incoming, found, function, event).await
        }
    }
}

fn check_parameters(required: &[String], incoming: &Incoming) -> Result<(), Refusal> {
    let missing: Vec<&str> = required
        .iter()
        .filter_map(|parameter| parameter.strip_prefix("method.request."))
        .filter_map(|parameter| parameter.split_once('.'))
        .filter(|(place, name)| match *place {
            "querystring" => incoming.query.get(*name).is_none_or(|values| values.iter().all(String::is_empty)),
            "header" => incoming.header(name).is_none_or(str::is_empty),
            // A path parameter is there when the route matches.
            _ => false,
        })
        .map(|(_, name)| name)
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing_parameters(&missing)) }
}

/// The function behind a route, if the API may call it.
fn function<'a>(
    document: &'a Document,
    target: &Target<'_>,
    incoming: &Incoming,
    found: &Match<'_>,
) -> Result<&'a FunctionRecord, Refusal> {
    let broken = |why: std::fmt::Arguments<'_>| {
        explain(incoming, why);
        Refusal::configuration()
    };
    let integration = &found.route.integration;
    if let Some(role) = &integration.credentials {
        return Err(broken(format_args!("the embedded cloud does not model integration credentials ({role})")));
    }
    let uri = integration.uri.as_deref().unwrap_or_default();
    let uri = target
        .stage
        .variables
        .iter()
        .fold(uri.to_owned(), |uri, (name, value)| uri.replace(&format!("${{stageVariables.{name}}}"), value));
    let (region, name) =
        function_of(&uri).ok_or_else(|| broken(format_args!("the integration URI names no function: {uri}")))?;
    let function = document.region(region).functions.get(name).ok_or_else(|| {
        broken(format_args!("Invalid permissions on Lambda function: there is no function {name} in {region}"))
    })?;
    let source = target.source_arn(&incoming.method, &found.route.path);
    match permission::allows(function, "apigateway.amazonaws.com", &source) {
        true => Ok(function),
        false => Err(broken(format_args!(
            "Invalid permissions on Lambda function: no statement of the policy of {name} allows apigateway.amazonaws.com \
             to invoke it from {source}"
        ))),
    }
}

/// Region and name in `arn:…:lambda:path/2015-03-31/functions/arn:aws:lambda:<region>:<account>:function:<name>/invocations`.
fn function_of(uri: &str) -> Option<(&str, &str)> {
    let (_, arn) = uri.split_once("/functions/")?;
    let arn = arn.strip_suffix("/invocations")?;
    let mut parts = arn.split(':').skip(3);
    let (region, account) = (parts.next()?, parts.next()?);
    let (kind, name) = (parts.next()?, parts.next()?);
    // Only `$LATEST` exists here.
    let latest = parts.next().is_none_or(|version| version == "$LATEST");
    (kind == "function" && latest && account == crate::ACCOUNT).then_some((region, name))
}

async fn call(
    context: &Context,
    target: &Target<'_>,
    incoming: &Incoming,
    found: &Match<'_>,
    function: &FunctionRecord,
    event: Value,
) -> Result<Response, Refusal> {
    let options = InvokeOptions { trace_id: Some(incoming.trace_id.clone()), ..InvokeOptions::default() };
    let invocation = context.runtime.invoke(function, Bytes::from(event.to_string()), options);
    let limit = Duration::from_millis(u64::from(found.route.integration.timeout_ms));
    let invocation = match tokio::time::timeout(limit, invocation).await {
        Err(_) => {
            explain(incoming, format_args!("the function {} took longer than {} ms", function.name, limit.as_millis()));
            return Err(Refusal::integration_timeout());
        }
        Ok(Err(refused)) => {
            explain(incoming, format_args!("the function {} was not called: {refused}", function.name));
            return Err(match refused {
                // The event is larger than the body: base64, headers, context.
                Refused::TooLarge => Refusal::too_large(),
                _ => Refusal::internal(),
            });
        }
        Ok(Ok(invocation)) => invocation,
    };
    let payload = match &invocation.outcome {
        Outcome::Answered(payload) => payload,
        Outcome::Failed(error) => {
            let error = String::from_utf8_lossy(error);
            explain(
                incoming,
                format_args!("the function {} failed ({}): {error}", function.name, invocation.request_id),
            );
            return Err(Refusal::bad_answer());
        }
    };
    let accept = incoming.header("accept").unwrap_or_default();
    let mut response = answer::map(payload, &target.definition.binary_media_types, accept).map_err(|bad| {
        explain(incoming, format_args!("{bad} (function {}, request {})", function.name, invocation.request_id));
        match bad {
            answer::BadAnswer::Malformed(_) => Refusal::bad_answer(),
            answer::BadAnswer::NotBase64 => Refusal::configuration(),
        }
    })?;
    if let Ok(trace) = HeaderValue::try_from(&incoming.trace_id) {
        response.headers_mut().insert("x-amzn-trace-id", trace);
    }
    Ok(response)
}

/// The ids that every answer carries.
fn identify(mut response: Response, incoming: &Incoming) -> Response {
    for (name, value) in [("x-amzn-requestid", &incoming.request_id), ("x-amz-apigw-id", &incoming.extended_request_id)]
    {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// What AWS says where no API is.
fn forbidden() -> Response {
    let mut response = Response::new(Full::from(json!({ "message": "Forbidden" }).to_string()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amzn-errortype", HeaderValue::from_static("ForbiddenException"));
    response
}

/// Says in the cloud's own log what a caller is not told.
fn explain(incoming: &Incoming, why: impl std::fmt::Display) {
    eprintln!("execute-api {} {} {}: {why}", incoming.request_id, incoming.method, incoming.path);
}

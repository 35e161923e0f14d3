//! Serving a request: its route, what guards it, and what answers.

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use super::route::{self, RouteMatch};
use super::stage_rate::stage_rate;
use super::target::StageTarget;
use super::template::TemplateScope;
use super::traced::{TracedRequest, authorization};
use super::{access, answer, compression, event, metrics, mock};
use crate::arn::ACCOUNT;
use crate::context::Context;
use crate::runtime::{InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions, permission};
use crate::store::CloudDocument;
use crate::store::function::FunctionRecord;
use crate::store::rest_api::IntegrationKind;
use crate::trace::SpanKind;
use crate::wire::{HttpRequest, HttpResponse, respond};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The largest body of a request, in bytes.
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// Bytes of the request line and the values of the headers ("Amazon API Gateway quotas").
const MAX_HEAD: usize = 10_240;

/// Returns the URL under which a stage is served.
pub fn endpoint(addr: SocketAddr, api_id: &str, stage: &str) -> String {
    format!("http://{addr}/_aws/execute-api/{api_id}/{stage}")
}

/// Answers a request to a stage of an API. `path` is what follows the stage, with its slash, without the query.
pub async fn handle(cx: &Context, api: &str, stage: &str, path: &str, request: HttpRequest) -> HttpResponse {
    let (document, begun) = (cx.store.snapshot(), Instant::now());
    let mut incoming = IncomingRequest::read(request, path, cx.clock.now(), cx.addr);
    let traced = TracedRequest::begin(cx, api, stage, &incoming);
    let Some(target) = StageTarget::find(&document, api, stage) else {
        traced.explain(&incoming, format_args!("there is no stage {stage} of an API {api}"));
        return traced.end(None, identify(forbidden(), &incoming));
    };
    let compression = target.definition.minimum_compression_size;
    let unpacked = match compression {
        Some(_) => compression::unpack(&mut incoming, MAX_BODY),
        None => Ok(()),
    };
    let found = route::find(&target.definition.routes, &incoming.method, &incoming.path);
    let mut variables = event::request_context(&target, &incoming, found.as_ref());
    let served = match unpacked {
        Ok(()) => serve(cx, &document, &target, &incoming, found.as_ref(), &mut variables, &traced).await,
        Err(refusal) => Err(refusal),
    };
    let response = served.unwrap_or_else(|refusal| {
        traced.refused(&refusal);
        variables["error"] = refusal.context();
        let none = BTreeMap::new();
        let path_parameters = found.as_ref().map_or(&none, |found| &found.parameters);
        let scope = TemplateScope { context: &variables, incoming: &incoming, path_parameters, target: &target };
        refusal.answer(&target.definition.gateway_responses, scope)
    });
    let response = match compression {
        Some(minimum) => compression::pack(response, &incoming, minimum).await,
        None => response,
    };
    metrics::answered(cx, &target, response.status(), begun.elapsed());
    traced.end(found.as_ref(), identify(response, &incoming))
}

async fn serve(
    cx: &Context,
    document: &CloudDocument,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    found: Option<&RouteMatch<'_>>,
    variables: &mut Value,
    traced: &TracedRequest,
) -> Result<HttpResponse, GatewayRefusal> {
    if incoming.head_size > MAX_HEAD {
        return Err(GatewayRefusal::HEAD_TOO_LARGE);
    }
    if incoming.body.len() > MAX_BODY {
        return Err(GatewayRefusal::TOO_LARGE);
    }
    if target.definition.disable_execute_api_endpoint {
        return Err(GatewayRefusal::ACCESS_DENIED);
    }
    let found = found.ok_or(GatewayRefusal::MISSING_TOKEN)?;
    let route = found.route;
    traced.step(SpanKind::Authorization, authorization(target, route), || {
        if let Some(signer) = access::check_caller(document, &cx.callers, target, incoming, route)? {
            signer.identify(&mut variables["identity"]);
        }
        if route.api_key_required {
            let id = access::check_key(document, target, incoming, &cx.throttle)?;
            variables["identity"]["apiKey"] = json!(incoming.header("x-api-key"));
            variables["identity"]["apiKeyId"] = json!(id);
        }
        Ok(())
    })?;
    if let Some(rate) = stage_rate(target.stage, &route.path, &route.method) {
        let bucket = format!("{}/{} {} {}", target.api.id, target.stage.name, route.method, route.path);
        let allowed = format!("{} a second, {} at once", rate.per_second, rate.burst);
        traced.step(SpanKind::Throttle, allowed, || match cx.throttle.admit(&bucket, rate, Instant::now()) {
            true => Ok(()),
            false => Err(GatewayRefusal::THROTTLED),
        })?;
    }
    check_parameters(&route.required_parameters, incoming)?;
    match route.integration.kind {
        IntegrationKind::Mock => {
            let scope = TemplateScope { context: variables, incoming, path_parameters: &found.parameters, target };
            mock::answer(route, scope).map_err(|error| {
                traced.explain(incoming, error);
                GatewayRefusal::CONFIGURATION
            })
        }
        IntegrationKind::AwsProxy => {
            let function = function(document, target, incoming, found, traced)?;
            let event = event::proxy_event(target, incoming, found, variables);
            call(cx, target, incoming, found, traced, FunctionCall { function, event }).await
        }
    }
}

fn check_parameters(required: &[String], incoming: &IncomingRequest) -> Result<(), GatewayRefusal> {
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
    if missing.is_empty() { Ok(()) } else { Err(GatewayRefusal::missing_parameters(&missing)) }
}

/// Finds the function behind a route, if the API may call it.
fn function<'a>(
    document: &'a CloudDocument,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    found: &RouteMatch<'_>,
    traced: &TracedRequest,
) -> Result<&'a FunctionRecord, GatewayRefusal> {
    let broken = |why: std::fmt::Arguments<'_>| {
        traced.explain(incoming, why);
        GatewayRefusal::CONFIGURATION
    };
    let integration = &found.route.integration;
    // Lambda's Invoke is a POST, whatever the method of the route is.
    if integration.http_method.as_deref() != Some("POST") {
        let method = integration.http_method.as_deref().unwrap_or("no method");
        return Err(broken(format_args!("the integration calls Lambda with {method}: only POST invokes a function")));
    }
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
    if permission::allows(function, "apigateway.amazonaws.com", &source) {
        return Ok(function);
    }
    Err(broken(format_args!(
        "Invalid permissions on Lambda function: no statement of the policy of {name} allows apigateway.amazonaws.com \
         to invoke it from {source}"
    )))
}

/// Reads region and name in
/// `arn:…:lambda:path/2015-03-31/functions/arn:aws:lambda:<region>:<account>:function:<name>/invocations`.
fn function_of(uri: &str) -> Option<(&str, &str)> {
    let (_, arn) = uri.split_once("/functions/")?;
    let arn = arn.strip_suffix("/invocations")?;
    let mut parts = arn.split(':').skip(3);
    let (region, account) = (parts.next()?, parts.next()?);
    let (kind, name) = (parts.next()?, parts.next()?);
    // Only `$LATEST` exists here.
    let latest = parts.next().is_none_or(|version| version == "$LATEST");
    (kind == "function" && latest && account == ACCOUNT).then_some((region, name))
}

/// A function that is about to be called, with what it gets.
struct FunctionCall<'a> {
    function: &'a FunctionRecord,
    event: Value,
}

async fn call(
    cx: &Context,
    target: &StageTarget<'_>,
    incoming: &IncomingRequest,
    found: &RouteMatch<'_>,
    traced: &TracedRequest,
    FunctionCall { function, event }: FunctionCall<'_>,
) -> Result<HttpResponse, GatewayRefusal> {
    let origin = InvocationOrigin::Request(traced.trace.clone());
    let options = InvokeOptions { trace_id: Some(incoming.trace_id.clone()), origin, ..InvokeOptions::default() };
    let invocation = cx.runtime.invoke(function, Bytes::from(event.to_string()), options);
    let limit = Duration::from_millis(u64::from(found.route.integration.timeout_ms));
    let invocation = match tokio::time::timeout(limit, invocation).await {
        Err(_) => {
            traced.explain(
                incoming,
                format_args!("the function {} took longer than {} ms", function.name, limit.as_millis()),
            );
            return Err(GatewayRefusal::INTEGRATION_TIMEOUT);
        }
        Ok(Err(refused)) => {
            traced.explain(incoming, format_args!("the function {} was not called: {refused}", function.name));
            return Err(match refused {
                // The event is larger than the body: base64, headers, context.
                InvocationRefused::TooLarge => GatewayRefusal::TOO_LARGE,
                _ => GatewayRefusal::INTERNAL,
            });
        }
        Ok(Ok(invocation)) => invocation,
    };
    let payload = match &invocation.outcome {
        InvocationOutcome::Answered(payload) => payload,
        InvocationOutcome::Failed(error) => {
            let error = String::from_utf8_lossy(error);
            traced.explain(
                incoming,
                format_args!("the function {} failed ({}): {error}", function.name, invocation.request_id),
            );
            return Err(GatewayRefusal::BAD_ANSWER);
        }
    };
    let accept = incoming.header("accept").unwrap_or_default();
    let mut response = answer::map(payload, &target.definition.binary_media_types, accept).map_err(|bad| {
        traced.explain(incoming, format_args!("{bad} (function {}, request {})", function.name, invocation.request_id));
        match bad {
            answer::BadAnswer::Malformed(_) => GatewayRefusal::BAD_ANSWER,
            answer::BadAnswer::NotBase64 => GatewayRefusal::CONFIGURATION,
        }
    })?;
    if let Ok(trace) = HeaderValue::try_from(&incoming.trace_id) {
        response.headers_mut().insert("x-amzn-trace-id", trace);
    }
    Ok(response)
}

/// Adds the ids that every answer carries.
fn identify(mut response: HttpResponse, incoming: &IncomingRequest) -> HttpResponse {
    for (name, value) in [("x-amzn-requestid", &incoming.request_id), ("x-amz-apigw-id", &incoming.extended_request_id)]
    {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Makes the answer that AWS gives where no API is.
fn forbidden() -> HttpResponse {
    let mut response =
        respond(StatusCode::FORBIDDEN, "application/json", json!({ "message": "Forbidden" }).to_string());
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static("ForbiddenException"));
    response
}

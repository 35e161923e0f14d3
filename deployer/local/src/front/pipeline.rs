//! The way of a call: decode, authorize, inject faults, carry out, encode, record.

use super::authorize::authorize;
use super::traced::{CallStory, TracedCall};
use crate::context::Context;
use crate::injection::InjectedFault;
use crate::service::{Service, ServiceOperation, find_service, service_names};
use crate::state::CallRecord;
use crate::wire::{
    Call, CallEffect, CredentialScope, Disconnect, HttpRequest, HttpResponse, JsonVersion, Output, ServiceError,
    ServiceResult, WireProtocol, aws_json, query, rest, signature_fault,
};
use http::HeaderValue;
use serde_json::Value;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Answers a signed call.
pub(super) async fn answer(cx: &Arc<Context>, request: HttpRequest) -> Result<HttpResponse, Disconnect> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let mut response = match CredentialScope::of(&request) {
        Some(scope) => call(cx, scope, request, &request_id).await?,
        None if names_dynamodb(&request) => aws_json::encode(JsonVersion::V1_0, &Err(signature_fault(&request))),
        None => refuse(ServiceError::new(
            403,
            "MissingAuthenticationTokenException",
            "the request is not signed: the service is read from the credential scope of an AWS signature (any key \
             will do); deployed APIs are under /_aws/execute-api/{apiId}/{stage}/",
        )),
    };
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    Ok(response)
}

/// Tells whether a request without a signature is for DynamoDB, which answers it in its own protocol.
fn names_dynamodb(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target").is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB_"))
}

/// Encodes the answer to a request that reaches no service.
fn refuse(error: ServiceError) -> HttpResponse {
    rest::encode(200, &Err(error))
}

/// A call whose operation and input are read. Without an operation the service does not declare it.
struct DecodedCall {
    operation: Option<&'static ServiceOperation>,
    name: String,
    body: Value,
}

async fn call(
    cx: &Arc<Context>,
    scope: CredentialScope,
    request: HttpRequest,
    request_id: &str,
) -> Result<HttpResponse, Disconnect> {
    let Some(service) = find_service(&scope.service) else {
        let names = service_names();
        let (last, others) = names.split_last().map_or(("", &[] as &[_]), |(last, others)| (*last, others));
        return Ok(refuse(ServiceError::not_implemented(format!(
            "the embedded cloud has no service {}: it has {} and {last}",
            scope.service,
            others.join(", ")
        ))));
    };
    let is_json = aws_json::is_spoken(request.headers());
    let DecodedCall { operation, name, body } = match decode(service, &request) {
        Ok(decoded) => decoded,
        Err(error) => return Ok(encode(service, None, ("", request_id), is_json, Err(error))),
    };
    let traced = TracedCall::begin(cx, &request);
    let document = cx.store.snapshot();
    let caller = cx.callers.of(&scope.access_key, &document);
    let (parts, payload) = request.into_parts();
    let call = Arc::new(Call {
        operation: name.clone(),
        body,
        payload,
        headers: parts.headers,
        request_id: request_id.to_owned(),
        caller_arn: caller.arn(&scope.region),
        region: scope.region,
        caller_id: caller.user_id(),
        is_counted: true,
    });
    let effect = operation.map_or(CallEffect::Write, |operation| operation.spec.effect);
    let mut record = CallRecord::start(service.spec.name, &call, &scope.access_key, effect);
    let (decisions, allowed) = authorize(&caller, &document, service, operation, &call);
    drop(document);
    record.authorization = decisions;
    let mut fault = None;
    let result = match (allowed, operation) {
        (Err(denied), _) => Ok(Err(denied)),
        (Ok(_), None) => Ok(Err(ServiceError::not_modelled(format_args!("{} {name}", service.spec.name)))),
        (Ok(allowed), Some(operation)) => {
            fault = cx.faults.check(&service.spec, &operation.spec);
            with_fault(cx, service, operation, &call, fault.as_ref()).await.map(|answer| {
                answer.map(|mut output| {
                    if let Output::Members(members) = &mut output {
                        allowed.redact(members);
                    }
                    output
                })
            })
        }
    };
    if let Some(traced) = traced {
        let (call, decisions, fault) = (&call, &record.authorization, fault.as_ref());
        traced.end(cx, &CallStory { service, operation, call, caller: &caller, decisions, fault }, &result);
    }
    cx.calls.add(record.end(&result));
    Ok(encode(service, operation, (&name, request_id), is_json, result?))
}

fn decode(service: &'static Service, request: &HttpRequest) -> ServiceResult<DecodedCall> {
    let (name, body) = match service.spec.protocol {
        WireProtocol::Query(_) => query::decode(request)?,
        WireProtocol::JsonOrQuery(compatibility) if !aws_json::is_spoken(request.headers()) => {
            query::decode_compatible(compatibility, request)?
        }
        WireProtocol::Json(_) | WireProtocol::JsonOrQuery(_) => {
            let name = aws_json::operation(request)?;
            let blob = service.operation(&name).is_some_and(|operation| operation.spec.blob);
            let body = if blob { Value::Null } else { aws_json::decode_members(request.body())?.into() };
            (name, body)
        }
        WireProtocol::Rest => {
            let specs = service.operations.iter().map(|operation| &operation.spec);
            let (spec, body) = rest::decode(specs, request)?;
            (spec.name.to_owned(), body)
        }
    };
    Ok(DecodedCall { operation: service.operation(&name), name, body })
}

fn encode(
    service: &Service,
    operation: Option<&ServiceOperation>,
    (name, request_id): (&str, &str),
    is_json: bool,
    result: ServiceResult<Output>,
) -> HttpResponse {
    let members = match result {
        Ok(Output::Ready(response)) => return response,
        Ok(Output::Members(members)) => Ok(members),
        Err(error) => Err(error),
    };
    let mut response = match service.spec.protocol {
        WireProtocol::Query(namespace) => query::encode(namespace, name, request_id, &members),
        WireProtocol::Json(version) => aws_json::encode(version, &members),
        WireProtocol::JsonOrQuery(compatibility) if is_json => aws_json::encode_compatible(compatibility, &members),
        WireProtocol::JsonOrQuery(compatibility) => query::encode_compatible(compatibility, name, request_id, &members),
        WireProtocol::Rest => {
            let route = operation.and_then(|operation| operation.spec.route);
            rest::encode(route.map_or(200, |route| route.status), &members)
        }
    };
    if let Err(ServiceError { retry_after_s: Some(seconds), .. }) = members {
        response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Carries a call out, with the fault that happens before or after it.
async fn with_fault(
    cx: &Arc<Context>,
    service: &Service,
    operation: &ServiceOperation,
    call: &Arc<Call>,
    fault: Option<&InjectedFault>,
) -> Result<ServiceResult<Output>, Disconnect> {
    match fault {
        None => Ok(execute(cx, service, operation, call).await),
        Some(InjectedFault::Refuse(error)) => Ok(Err(error.clone())),
        Some(InjectedFault::CutBefore) => Err(Disconnect),
        Some(InjectedFault::CutAfter) => {
            // Whatever it answered, nobody will hear of it.
            let _ = execute(cx, service, operation, call).await;
            Err(Disconnect)
        }
    }
}

/// Carries a call out. When faults ask for it, what a deletion takes away is still shown by the tagging API.
async fn execute(
    cx: &Arc<Context>,
    service: &Service,
    operation: &ServiceOperation,
    call: &Arc<Call>,
) -> ServiceResult<Output> {
    let stale = cx.faults.lasting(|faults| faults.stale_tags_ms).filter(|_| operation.spec.name.starts_with("Delete"));
    let (Some(stale), Some(list)) = (stale, service.tagged) else {
        return operation.handler.run(cx, call).await;
    };
    let listed = || {
        let (cx, region) = (Arc::clone(cx), call.region.clone());
        spawn_blocking(move || list(&cx, &region))
    };
    let before = listed().await;
    let result = operation.handler.run(cx, call).await;
    if let (Ok(Ok(before)), Ok(Ok(after))) = (before, listed().await) {
        cx.deleted.add(&call.region, before, &after, cx.clock.now() + stale);
    }
    result
}

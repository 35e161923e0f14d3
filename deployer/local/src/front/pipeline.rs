//! AWS calls: the service by credential scope, the protocol by service, the faults around the handler.

use super::aws_json::{self, Version};
use super::calls::Record;
use super::json::{Call, Fault};
use super::rest::Operation;
use super::scope::{self, Scope};
use super::{Cut, Request, Response, query, rest};
use crate::authorization::{self, Caller, Permit};
use crate::context::Context;
use crate::control::tagging::Deleted;
use crate::control::{apigateway, dynamodb, iam, lambda, secretsmanager, ssm, sts, tagging};
use crate::faults::Injected;
use crate::{events, logs};
use http::HeaderValue;
use serde_json::Value;
use std::sync::Arc;

/// How a service is spoken to.
#[derive(Clone, Copy)]
enum Protocol {
    /// With the XML namespace of its answers.
    Query(&'static str),
    Json(Version),
    /// With its operations, and those among them whose body is a blob.
    Rest(&'static [Operation], &'static [&'static str]),
}

impl Protocol {
    fn of(service: &str) -> Option<Self> {
        Some(match service {
            "sts" => Self::Query("https://sts.amazonaws.com/doc/2011-06-15/"),
            "iam" => Self::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
            "lambda" => Self::Rest(lambda::OPERATIONS, lambda::BLOBS),
            "apigateway" => Self::Rest(apigateway::OPERATIONS, apigateway::BLOBS),
            "dynamodb" => Self::Json(Version::V1_0),
            "events" | "logs" | "secretsmanager" | "ssm" | "tagging" => Self::Json(Version::V1_1),
            _ => return None,
        })
    }
}

/// What a handler made: members to be written in the service's protocol, or an answer of its own shape.
pub enum Output {
    /// To be encoded.
    Members(Value),
    /// As it is.
    Ready(Response),
}

impl Output {
    /// Without what the caller may not see.
    fn within(mut self, permit: &Permit) -> Self {
        if let Self::Members(members) = &mut self {
            permit.withhold(members);
        }
        self
    }
}

/// Answers a signed call.
pub(super) async fn answer(cx: &Arc<Context>, request: Request) -> Result<Response, Cut> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let mut response = match scope::of(&request) {
        Some(scope) => call(cx, scope, request, &request_id).await?,
        None => rest::encode(
            200,
            &Err(Fault::new(
                403,
                "MissingAuthenticationTokenException",
                "the request is not signed: the service is read from the credential scope of an AWS signature (any key \
                 will do); deployed APIs are under /_aws/execute-api/{apiId}/{stage}/",
            )),
        ),
    };
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    Ok(response)
}

async fn call(cx: &Arc<Context>, scope: Scope, request: Request, request_id: &str) -> Result<Response, Cut> {
    let Some(protocol) = Protocol::of(&scope.service) else {
        let fault = Fault::not_implemented(format!(
            "the embedded cloud has no service {}: it has sts, iam, lambda, apigateway, dynamodb, logs, events, tagging, ssm and secretsmanager",
            scope.service
        ));
        return Ok(rest::encode(200, &Err(fault)));
    };
    let decoded = decode(protocol, &scope.service, &request);
    let (operation, status, result) = match decoded {
        Err(fault) => (String::new(), 200, Err(fault)),
        Ok((operation, body, status)) => {
            let call = Call {
                region: scope.region.clone(),
                operation: operation.clone(),
                body,
                payload: request.body().clone(),
                request_id: request_id.to_owned(),
            };
            let mut record = Record::start(&scope.service, &call, &scope.access_key);
            let document = cx.store.snapshot();
            let caller = cx.callers.of(&scope.access_key, &document);
            let (judged, permit) = authorization::check(&caller, &document, &scope.service, &call);
            drop(document);
            record.authorization = judged;
            let result = match permit {
                Ok(permit) => {
                    let answer = guarded(cx, &scope.service, &caller, call, &request).await;
                    answer.map(|answer| answer.map(|output| output.within(&permit)))
                }
                Err(denied) => Ok(Err(denied)),
            };
            cx.calls.add(record.end(&result));
            (operation, status, result?)
        }
    };
    let members = match result {
        Ok(Output::Ready(response)) => return Ok(response),
        Ok(Output::Members(members)) => Ok(members),
        Err(fault) => Err(fault),
    };
    let mut response = match protocol {
        Protocol::Query(namespace) => query::encode(namespace, &operation, request_id, &members),
        Protocol::Json(version) => aws_json::encode(version, &members),
        Protocol::Rest(..) => rest::encode(status, &members),
    };
    if let Err(Fault { retry_after_s: Some(seconds), .. }) = members {
        response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// The operation, its input and the HTTP status of success.
fn decode(protocol: Protocol, service: &str, request: &Request) -> Result<(String, Value, u16), Fault> {
    match protocol {
        Protocol::Query(_) => query::decode(request).map(|(operation, input)| (operation, input, 200)),
        // The engine of the tables reads the body itself, straight into its own types.
        Protocol::Json(_) if service == "dynamodb" => {
            aws_json::operation(request).map(|operation| (operation, Value::Null, 200))
        }
        Protocol::Json(_) => aws_json::decode(request).map(|(operation, input)| (operation, input, 200)),
        Protocol::Rest(operations, blobs) => rest::decode(operations, blobs, request)
            .map(|(operation, input)| (operation.name.to_owned(), input, operation.status)),
    }
}

/// The handler, with what the faults do before and after it.
async fn guarded(
    cx: &Arc<Context>,
    service: &str,
    caller: &Caller,
    call: Call,
    request: &Request,
) -> Result<Result<Output, Fault>, Cut> {
    match cx.faults.check(service, &call.operation) {
        None => Ok(carried_out(cx, service, caller, call, request).await),
        Some(Injected::Refuse(fault)) => Ok(Err(fault)),
        Some(Injected::CutBefore) => Err(Cut),
        Some(Injected::CutAfter) => {
            // Whatever it answered, nobody will hear of it.
            let _ = carried_out(cx, service, caller, call, request).await;
            Err(Cut)
        }
    }
}

async fn carried_out(
    cx: &Arc<Context>,
    service: &str,
    caller: &Caller,
    call: Call,
    request: &Request,
) -> Result<Output, Fault> {
    let (region, operation) = (call.region.clone(), call.operation.clone());
    Deleted::watch(cx, &region, &operation, dispatch(cx, service, caller, call, request)).await
}

async fn dispatch(
    cx: &Arc<Context>,
    service: &str,
    caller: &Caller,
    call: Call,
    request: &Request,
) -> Result<Output, Fault> {
    let members = match service {
        "sts" => sts::handle(&call, caller),
        "iam" => iam::handle(cx, call).await,
        "lambda" if call.operation == "Invoke" => {
            return lambda::invoke(cx, &call, request.headers()).await.map(Output::Ready);
        }
        "lambda" => lambda::handle(cx, call).await,
        "apigateway" => apigateway::handle(cx, call).await,
        "dynamodb" => return dynamodb::handle(cx, call).await,
        "logs" => logs::handle(cx, call).await,
        "events" => events::handle(cx, call).await,
        "tagging" => tagging::handle(cx, call).await,
        "ssm" => ssm::handle(cx, &call),
        "secretsmanager" => secretsmanager::handle(cx, &call),
        _ => Err(Fault::unknown_operation(service, &call.operation)),
    };
    members.map(Output::Members)
}

//! A call of a function, as the trace of its request tells of it.

use crate::context::Context;
use crate::injection::InjectedFault;
use crate::service::{Service, ServiceOperation};
use crate::state::{CallerIdentity, PermissionDecision};
use crate::trace::{ActiveTrace, CapacityUse, SpanKind};
use crate::wire::{Call, Disconnect, HttpRequest, Output, ServiceResult};
use std::time::Instant;

/// Services whose input is secret: their errors may quote it, so that only the code is kept.
const KEEPS_SECRETS: [&str; 2] = ["secretsmanager", "ssm"];

/// A call that belongs to a request.
pub(super) struct TracedCall {
    trace: ActiveTrace,
    began: Instant,
}

/// What a call was, and what happened to it before it was carried out.
pub(super) struct CallStory<'a> {
    pub service: &'a Service,
    pub operation: Option<&'a ServiceOperation>,
    pub call: &'a Call,
    pub caller: &'a CallerIdentity,
    pub decisions: &'a [PermissionDecision],
    pub fault: Option<&'a InjectedFault>,
}

impl TracedCall {
    /// Begins the span of a call that a sandbox signs while it works on a request.
    pub fn begin(cx: &Context, request: &HttpRequest) -> Option<Self> {
        let token = request.headers().get("x-amz-security-token")?.to_str().ok()?;
        Some(Self { trace: cx.traces.of_sandbox(token)?, began: Instant::now() })
    }

    /// Ends it with what came of the call.
    pub fn end(self, cx: &Context, story: &CallStory<'_>, result: &Result<ServiceResult<Output>, Disconnect>) {
        let CallStory { service, operation, call, caller, decisions, fault } = story;
        let (status, problem) = match result {
            Ok(Ok(Output::Ready(response))) => (Some(response.status().as_u16()), None),
            Ok(Ok(Output::Members(_))) => (Some(200), None),
            Ok(Err(error)) if KEEPS_SECRETS.contains(&service.spec.name) => {
                (Some(error.status), Some(error.code.clone()))
            }
            Ok(Err(error)) => (Some(error.status), Some(error.to_string())),
            Err(Disconnect) => (None, Some("the connection was cut".to_owned())),
        };
        let capacity = match result {
            Ok(Ok(Output::Ready(response))) => response.extensions().get::<CapacityUse>().copied(),
            _ => None,
        };
        let name = format!("{}:{}", service.spec.action_prefix, call.operation);
        let attempt = call.header("amz-sdk-request").and_then(sdk_attempt).filter(|attempt| *attempt > 1);
        let item = operation.and_then(|operation| (operation.about?)(cx, call));
        let span = self.trace.span(SpanKind::Call, name, self.began).status(status).problem(problem);
        let span = span
            .capacity(capacity)
            .attribute("request", Some(&call.request_id))
            .attribute("resource", decisions.first().map(|decision| &decision.resource))
            .attribute("item", item)
            .attribute("verdict", verdict(caller, decisions))
            .attribute("fault", fault.map(describe))
            .attribute("attempt", attempt);
        self.trace.add(span);
    }
}

/// Says what IAM decided, and by which statement.
fn verdict(caller: &CallerIdentity, decisions: &[PermissionDecision]) -> Option<String> {
    let whose = match caller {
        CallerIdentity::Function { role, .. } => format!("the role {role}"),
        CallerIdentity::Restricted { key, .. } => format!("the caller {key}"),
        CallerIdentity::Anybody => return None,
    };
    // The last one is the one that decided: what follows a denial is not asked.
    let PermissionDecision { action, resource, allowed, statement } = decisions.last()?;
    Some(match (allowed, statement) {
        (true, Some(statement)) => format!("allowed by {statement} of {whose}"),
        (true, None) => format!("allowed to {whose}"),
        (false, Some(statement)) => format!("denied by {statement} of {whose}"),
        (false, None) => format!("denied: no statement of {whose} allows {action} on {resource}"),
    })
}

fn describe(fault: &InjectedFault) -> String {
    match fault {
        InjectedFault::Refuse(error) => format!("injected: {}", error.code),
        InjectedFault::CutBefore => "injected: the connection was cut before the call was carried out".to_owned(),
        InjectedFault::CutAfter => "injected: the call was carried out, then the connection was cut".to_owned(),
    }
}

/// Reads the number of an attempt in what SDKs send: `ttl=…; attempt=2; max=3`.
fn sdk_attempt(header: &str) -> Option<u32> {
    header.split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok())
}

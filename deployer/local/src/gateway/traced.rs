//! A request as its trace tells of it.

use super::incoming::IncomingRequest;
use super::refusal::GatewayRefusal;
use super::route::RouteMatch;
use super::target::StageTarget;
use crate::context::Context;
use crate::lock::lock;
use crate::store::rest_api::DeployedRoute;
use crate::trace::{ActiveTrace, RequestSource, SpanKind, TraceOrigin, shown_target};
use crate::wire::HttpResponse;
use http::{HeaderName, HeaderValue};
use std::sync::Mutex;
use std::time::Instant;

/// A request on its way through the gateway.
pub struct TracedRequest {
    /// Its trace.
    pub trace: ActiveTrace,
    api: String,
    stage: String,
    /// Why the gateway answers itself, or cannot.
    why: Mutex<Option<String>>,
}

impl TracedRequest {
    /// Begins the trace of a request to a stage.
    pub fn begin(cx: &Context, api: &str, stage: &str, incoming: &IncomingRequest) -> Self {
        let target = shown_target(&incoming.path, incoming.raw_query.as_deref());
        let trace = cx.traces.begin(TraceOrigin {
            id: incoming.request_id.clone(),
            trace_id: incoming.trace_id.clone(),
            source: RequestSource::Api,
            name: format!("{} {target}", incoming.method),
            time_ms: cx.clock.now_ms(),
        });
        Self { trace, api: api.to_owned(), stage: stage.to_owned(), why: Mutex::default() }
    }

    /// Takes one of the steps before the integration, and remembers how it ended.
    ///
    /// # Errors
    /// That of the step.
    pub fn step(
        &self,
        kind: SpanKind,
        name: String,
        step: impl FnOnce() -> Result<(), GatewayRefusal>,
    ) -> Result<(), GatewayRefusal> {
        let began = Instant::now();
        let result = step();
        self.trace.add(self.trace.span(kind, name, began).problem(result.as_ref().err().map(describe)));
        result
    }

    /// Remembers, and says in the cloud's own log, what a caller is not told.
    pub fn explain(&self, incoming: &IncomingRequest, why: impl std::fmt::Display) {
        let why = why.to_string();
        eprintln!("execute-api {} {} {}: {why}", incoming.request_id, incoming.method, incoming.path);
        *lock(&self.why) = Some(why);
    }

    /// Remembers why the gateway answers itself, unless it was explained better.
    pub fn refused(&self, refusal: &GatewayRefusal) {
        lock(&self.why).get_or_insert_with(|| describe(refusal));
    }

    /// Ends the trace with the answer. One that says no more than "Internal server error", as AWS's does, gets a header with the reason.
    pub fn end(self, found: Option<&RouteMatch<'_>>, mut response: HttpResponse) -> HttpResponse {
        let status = response.status().as_u16();
        let why = lock(&self.why).take();
        if let Some(reason) = why.as_deref().filter(|_| status >= 500).and_then(reason) {
            response.headers_mut().insert(REASON, reason);
        }
        let route = found.map(|found| format!("{} {}", found.route.method, found.route.path));
        let name = route.unwrap_or_else(|| "no route".to_owned());
        let span = self.trace.span(SpanKind::Gateway, name, self.trace.began());
        let span = span.attribute("api", Some(&self.api)).attribute("stage", Some(&self.stage));
        self.trace.add(span.status(Some(status)).problem(why.clone()));
        self.trace.answered(Some(status), why);
        response
    }
}

/// The header by which the embedded cloud says why a request failed.
const REASON: HeaderName = HeaderName::from_static("x-deployer-local-reason");

/// Most characters of a reason: clients have limits for a header.
const LONGEST_REASON: usize = 500;

/// Returns a reason as HTTP can carry it: one line of ASCII.
fn reason(why: &str) -> Option<HeaderValue> {
    let printable = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    HeaderValue::try_from(why.chars().take(LONGEST_REASON).map(printable).collect::<String>()).ok()
}

/// Says what a route asks of its callers.
pub fn authorization(target: &StageTarget<'_>, route: &DeployedRoute) -> String {
    let signature = (route.authorization_type == "AWS_IAM").then_some("a signature");
    let policy = target.definition.policy.is_some().then_some("the resource policy");
    let key = route.api_key_required.then_some("an API key");
    let asked: Vec<_> = [signature, policy, key].into_iter().flatten().collect();
    if asked.is_empty() { "open to everybody".to_owned() } else { asked.join(", ") }
}

fn describe(refusal: &GatewayRefusal) -> String {
    format!("{}: {}", refusal.kind, refusal.message)
}

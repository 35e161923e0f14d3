//! What a service declares of itself and of its operations: what they are, what they need, how they are carried out.

use super::permission::{RequestView, RequiredPermission};
use crate::context::{Context, ListTagged};
use crate::wire::{
    Call, CallEffect, CallPlane, OperationSpec, Output, PublishedRate, QueryParameter, RestRoute, ServiceError,
    ServiceResult, ServiceSpec,
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A service: everything that the cloud knows of it.
pub struct Service {
    /// Its name, protocol and error codes.
    pub spec: ServiceSpec,
    /// Its operations.
    pub operations: &'static [ServiceOperation],
    /// Lists its resources with their tags, for the tagging API.
    pub tagged: Option<ListTagged>,
}

impl Service {
    /// Finds an operation by its name.
    pub fn operation(&self, name: &str) -> Option<&'static ServiceOperation> {
        self.operations.iter().find(|operation| operation.spec.name == name)
    }
}

/// Says what a call needs its caller to be allowed.
pub type ListNeeds = fn(&RequestView<'_>) -> Vec<RequiredPermission>;

/// Carries an operation out and answers its members.
type MembersHandler = fn(&Context, &Call) -> ServiceResult;

/// Carries an operation out.
#[derive(Clone, Copy)]
pub enum OperationHandler {
    /// At once: it blocks for no longer than a change of the document takes.
    Immediate(MembersHandler),
    /// On a thread where it may block.
    Blocking(MembersHandler),
    /// As a task, which may also answer with a response of its own.
    Async(for<'a> fn(&'a Arc<Context>, &'a Call) -> BoxFuture<'a, ServiceResult<Output>>),
}

impl OperationHandler {
    /// Carries a call out.
    ///
    /// # Errors
    /// The service's own, and `NotImplementedException` for what is not modelled.
    pub async fn run(self, cx: &Arc<Context>, call: &Arc<Call>) -> ServiceResult<Output> {
        match self {
            Self::Immediate(handler) => handler(cx, call).map(Output::Members),
            Self::Blocking(handler) => {
                let (cx, call) = (Arc::clone(cx), Arc::clone(call));
                let answer = spawn_blocking(move || handler(&cx, &call)).await.map_err(ServiceError::internal)?;
                answer.map(Output::Members)
            }
            Self::Async(handler) => handler(cx, call).await,
        }
    }
}

/// Says what is left out of an answer, and who may see it all the same.
#[derive(Clone, Copy, Debug)]
pub struct AnswerRedaction {
    /// What a caller needs to see it.
    pub needs: fn(&RequestView<'_>) -> RequiredPermission,
    /// Takes it out of the answer; the text says what the caller lacks.
    pub redact: fn(&mut Value, &str),
}

/// An operation of a service.
#[derive(Clone, Copy)]
pub struct ServiceOperation {
    /// What it is.
    pub spec: OperationSpec,
    /// What a caller needs to be allowed.
    pub needs: ListNeeds,
    /// How it is carried out.
    pub handler: OperationHandler,
    /// What some callers may not see of the answer.
    pub redaction: Option<AnswerRedaction>,
    /// Says in words what a call is about, for the trace of a request.
    pub about: Option<fn(&Context, &Call) -> Option<String>>,
}

/// Declares an operation that changes nothing.
pub(super) const fn read(name: &'static str, needs: ListNeeds, handler: OperationHandler) -> ServiceOperation {
    declare(name, CallEffect::Read, needs, handler)
}

/// Declares an operation that changes something.
pub(super) const fn write(name: &'static str, needs: ListNeeds, handler: OperationHandler) -> ServiceOperation {
    declare(name, CallEffect::Write, needs, handler)
}

const fn declare(
    name: &'static str,
    effect: CallEffect,
    needs: ListNeeds,
    handler: OperationHandler,
) -> ServiceOperation {
    let plane = CallPlane::Control;
    let spec = OperationSpec { name, effect, plane, blob: false, route: None, rate: None, counted_by_service: true };
    ServiceOperation { spec, needs, handler, redaction: None, about: None }
}

impl ServiceOperation {
    /// Adds method, path and status of success in the REST protocol.
    pub const fn route(mut self, method: &'static str, path: &'static str, status: u16) -> Self {
        self.spec.route = Some(RestRoute { method, path, status, when: None, query: &[] });
        self
    }

    /// Adds query parameters to the route.
    pub const fn query(mut self, query: &'static [QueryParameter]) -> Self {
        if let Some(route) = &mut self.spec.route {
            route.query = query;
        }
        self
    }

    /// Takes only requests whose query holds this pair.
    pub const fn when(mut self, name: &'static str, value: &'static str) -> Self {
        if let Some(route) = &mut self.spec.route {
            route.when = Some((name, value));
        }
        self
    }

    /// Leaves the body as it came.
    pub const fn blob(mut self) -> Self {
        self.spec.blob = true;
        self
    }

    /// Puts the operation on the data plane.
    pub const fn data_plane(mut self) -> Self {
        self.spec.plane = CallPlane::Data;
        self
    }

    /// Adds a published rate, in calls per second and calls at once.
    pub const fn rate(self, per_second: f64, burst: f64) -> Self {
        let bucket = self.spec.name;
        self.shared_rate(bucket, per_second, burst)
    }

    /// Adds a published rate that other operations with the same bucket share.
    pub const fn shared_rate(mut self, bucket: &'static str, per_second: f64, burst: f64) -> Self {
        self.spec.rate = Some(PublishedRate { bucket, per_second, burst });
        self
    }

    /// Takes the operation out of what the rate of the whole service counts.
    pub const fn not_counted_by_service(mut self) -> Self {
        self.spec.counted_by_service = false;
        self
    }

    /// Says in words what its calls are about.
    pub const fn about(mut self, about: fn(&Context, &Call) -> Option<String>) -> Self {
        self.about = Some(about);
        self
    }

    /// Leaves something out of the answer for callers who may not see it.
    pub const fn redacted(mut self, redaction: AnswerRedaction) -> Self {
        self.redaction = Some(redaction);
        self
    }
}

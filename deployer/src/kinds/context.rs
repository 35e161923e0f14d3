//! What a kind's method gets: the run, the place, and a voice.

use super::id::ResourceRef;
use super::session::RunSession;
use super::step::StepSignal;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsClients, AwsError, CallPause, ErrorClass, WaitReason};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// What a kind's method gets: the run, the place, and a voice.
pub struct StepContext<'a> {
    /// The run.
    pub session: &'a RunSession,
    /// The resource.
    pub place: &'a ResourceRef,
    /// Whether the resource may be deleted with the data that it holds.
    pub may_lose_data: bool,
    /// Hears what happens.
    pub tell: &'a dyn Fn(StepSignal),
}

impl<'a> StepContext<'a> {
    /// Makes a context of a step that keeps its data and whose signals `tell` hears.
    pub fn new(session: &'a RunSession, place: &'a ResourceRef, tell: &'a dyn Fn(StepSignal)) -> Self {
        Self { session, place, may_lose_data: false, tell }
    }

    /// Makes a context whose signals nobody hears.
    pub fn silent(session: &'a RunSession, place: &'a ResourceRef) -> Self {
        Self::new(session, place, &|_| ())
    }
}

impl StepContext<'_> {
    /// Returns the clients.
    pub fn clients(&self) -> &AwsClients {
        &self.session.aws.connection.clients
    }

    /// Returns the physical name of the resource.
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Sends one call; see [`AwsCaller::call`](crate::aws::AwsCaller::call).
    ///
    /// # Errors
    /// The classified failure.
    pub async fn call<T, E, F, Fut>(&self, op: &'static AwsOperation, send: F) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let result = self.session.aws.caller.call(op, &|pause| self.paused(pause), send).await;
        result.map_err(|error| {
            if error.class == ErrorClass::Credentials {
                self.session.ledger.credentials_expired.set(true);
            }
            self.session.uploads.secrets.borrow().scrub(error)
        })
    }

    /// Sends one call like [`StepContext::call`], with `None` for a resource that does not exist.
    ///
    /// # Errors
    /// The classified failure, but never "not found".
    pub async fn find<T, E, F, Fut>(&self, op: &'static AwsOperation, send: F) -> Result<Option<T>, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        match self.call(op, send).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells that others can name the resource now.
    pub fn exists(&self) {
        (self.tell)(StepSignal::Exists(self.place.clone()));
    }

    /// Tells what is being waited for.
    pub fn waiting(&self, reason: impl Into<WaitReason>) {
        self.begin_wait(reason.into(), None);
    }

    fn begin_wait(&self, reason: WaitReason, lasts: Option<Duration>) {
        self.session.ledger.waits.borrow_mut().begin(&self.place.id, &reason, Instant::now());
        (self.tell)(StepSignal::Waiting(self.place.id.clone(), reason, lasts));
    }

    /// Tells that the step goes on.
    pub fn goes_on(&self) {
        self.session.ledger.waits.borrow_mut().end(&self.place.id, Instant::now());
    }

    fn paused(&self, pause: CallPause) {
        match pause {
            CallPause::Begins(reason, lasts) => self.begin_wait(reason, lasts),
            CallPause::Ends => self.goes_on(),
        }
    }

    /// Tells something worth knowing.
    pub fn note(&self, message: impl Into<String>) {
        (self.tell)(StepSignal::Note(message.into()));
    }

    /// Publishes an output of the resource.
    pub fn publish(&self, name: &str, value: impl Into<String>) {
        self.session.ledger.publish(&self.place.id, [(name.to_owned(), value.into())]);
    }
}

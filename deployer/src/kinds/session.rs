//! What a run shares: connection, stack, ownership, the values that resources give each other.

use super::id::{ResourceId, ResourceRef};
use super::kind::ErasedKind;
use super::secret::StackSecrets;
use super::table::restore::TableRestore;
use super::waits::{ResourceWait, RunWaits};
use crate::artifact::FunctionArtifact;
use crate::aws::arn::ArnScope;
use crate::aws::op::AwsOperation;
use crate::aws::{AwsCaller, AwsClients, AwsConnection, AwsError, CallPause, ErrorClass, tags};
use crate::error::{Error, Result};
use crate::stack::Stack;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use tokio::time::Instant;

/// Zips by id of the function. A function without one keeps the code it has.
pub type FunctionArtifacts = BTreeMap<String, FunctionArtifact>;

/// Values that resources give out, by resource: `rest_api.api` → `id` → ….
pub type ResourceOutputs = BTreeMap<ResourceId, BTreeMap<String, String>>;

/// One run against one target.
pub struct RunSession {
    /// The stack description.
    pub stack: Stack,
    /// Clients, region, endpoint.
    pub connection: AwsConnection,
    /// Account id, once STS has told it.
    pub account: RefCell<Option<String>>,
    /// Sends the calls.
    pub caller: AwsCaller,
    /// What is known of live resources. Only a REST API's id cannot be computed.
    pub outputs: RefCell<ResourceOutputs>,
    /// Resources that this run created or whose trust it changed: others may not know them yet.
    pub fresh: RefCell<BTreeSet<ResourceId>>,
    /// The zips to upload.
    pub artifacts: RefCell<FunctionArtifacts>,
    /// The secrets to send.
    pub secrets: RefCell<StackSecrets>,
    /// AWS does not take the credentials any more: nothing that is still to be done can be.
    pub locked_out: Cell<bool>,
    /// Names of the tables that may be deleted with their items.
    pub delete_data: RefCell<BTreeSet<String>>,
    /// Ids that the server made up, of resources that are meant although nothing but their name tells: those to be adopted.
    pub chosen: BTreeMap<ResourceId, String>,
    /// A table that is made from a backup instead of empty.
    pub restore: Option<TableRestore>,
    /// The tagging API's answer, asked for once a sweep.
    pub sweep: tokio::sync::OnceCell<Vec<super::sweep::TaggedResource>>,
    /// Names of the roles below the stack's path, asked for once a sweep.
    pub roles: tokio::sync::OnceCell<Vec<String>>,
    /// What was waited for.
    pub waits: RefCell<RunWaits>,
}

impl RunSession {
    /// A run of `stack` over `connection`.
    pub fn new(stack: Stack, connection: AwsConnection) -> Self {
        RunSession {
            stack,
            connection,
            account: RefCell::default(),
            caller: AwsCaller::default(),
            outputs: RefCell::default(),
            fresh: RefCell::default(),
            artifacts: RefCell::default(),
            delete_data: RefCell::default(),
            chosen: BTreeMap::new(),
            restore: None,
            secrets: RefCell::default(),
            locked_out: Cell::new(false),
            sweep: tokio::sync::OnceCell::new(),
            roles: tokio::sync::OnceCell::new(),
            waits: RefCell::default(),
        }
    }

    /// What was waited for so far, the longest first; forgets it.
    pub fn waited(&self) -> Vec<ResourceWait> {
        self.waits.take().total(Instant::now())
    }

    /// What ARNs are made of.
    ///
    /// # Errors
    /// `internal` before the account is known.
    pub fn arn(&self) -> Result<ArnScope> {
        let account = self.account.borrow().clone().ok_or_else(|| Error::internal("the account is not known yet"))?;
        Ok(ArnScope::new(account, &self.connection.region))
    }

    /// What a resource should be like, by what is known now: see [`Kind::desire`](super::Kind::desire).
    ///
    /// # Errors
    /// `internal` before the account is known; what [`Kind::desire`](super::Kind::desire) says.
    pub fn desire(&self, kind: &dyn ErasedKind, place: &ResourceRef) -> Result<Option<Value>> {
        let arn = self.arn()?;
        let (outputs, artifacts, secrets) = (self.outputs.borrow(), self.artifacts.borrow(), self.secrets.borrow());
        let scope = DesiredScope { arn: &arn, outputs: &outputs, artifacts: &artifacts, secrets: &secrets };
        kind.desire(place, &self.stack, &scope)
    }

    /// The URL under which an API's stage is called. Emulators serve it below their own address.
    pub fn invoke_url(&self, api: &str, stage: &str) -> String {
        let region = &self.connection.region;
        match &self.connection.endpoint {
            Some(endpoint) => format!("{}/_aws/execute-api/{api}/{stage}", endpoint.trim_end_matches('/')),
            None if region.starts_with("cn-") => format!("https://{api}.execute-api.{region}.amazonaws.com.cn/{stage}"),
            None => format!("https://{api}.execute-api.{region}.amazonaws.com/{stage}"),
        }
    }

    /// The path of the stack's roles.
    pub fn role_path(&self) -> String {
        role_path(&self.stack)
    }

    /// Whose a resource with these tags is.
    pub fn owner(&self, tags: &tags::ResourceTags) -> tags::ResourceOwner {
        tags::ResourceOwner::of(tags, &self.stack.name, &self.stack.stage)
    }

    /// Leaves out tags that are not managed.
    pub fn managed(&self, tags: impl IntoIterator<Item = (String, String)>) -> tags::ResourceTags {
        tags::managed(tags, &self.stack.ignore_tags)
    }
}

/// The path of a stack's roles: ListRoles finds them by it, and operators restrict `iam:PassRole` to it.
pub fn role_path(stack: &Stack) -> String {
    format!("/deployer/{}/{}/", stack.name, stack.stage)
}

/// What wanted specs are computed from, beside the stack.
pub struct DesiredScope<'a> {
    /// Account, region, partition.
    pub arn: &'a ArnScope,
    /// Outputs of live resources.
    pub outputs: &'a ResourceOutputs,
    /// The zips.
    pub artifacts: &'a FunctionArtifacts,
    /// The secrets.
    pub secrets: &'a StackSecrets,
}

impl DesiredScope<'_> {
    /// An output of a live resource.
    pub fn output(&self, id: &ResourceId, name: &str) -> Option<&str> {
        self.outputs.get(id)?.get(name).map(String::as_str)
    }
}

/// Tags that a resource of the stack should have: the stack's, its own, and the ownership tags.
pub fn wanted_tags(stack: &Stack, own: &tags::ResourceTags, id: &ResourceId) -> tags::ResourceTags {
    let mut out = stack.tags.clone();
    out.extend(own.clone());
    out.insert(tags::STACK.to_owned(), stack.name.clone());
    out.insert(tags::STAGE.to_owned(), stack.stage.clone());
    out.insert(tags::ID.to_owned(), id.to_string());
    out
}

/// What a kind's method gets: the run, the place, and a voice.
pub struct StepContext<'a> {
    /// The run.
    pub session: &'a RunSession,
    /// The resource.
    pub place: &'a ResourceRef,
    /// Hears what happens.
    pub tell: &'a dyn Fn(StepSignal),
}

/// What a step tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepSignal {
    /// The resource can be named by others now.
    Exists(ResourceRef),
    /// It waits, for this.
    Waiting(ResourceId, String),
    /// Something worth knowing.
    Note(String),
}

impl StepContext<'_> {
    /// The clients.
    pub fn clients(&self) -> &AwsClients {
        &self.session.connection.clients
    }

    /// Physical name of the resource.
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// Sends one call; see [`AwsCaller::call`].
    ///
    /// # Errors
    /// The classified failure.
    pub async fn call<T, E, F, Fut>(&self, op: &'static AwsOperation, send: F) -> Result<T, AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let result = self.session.caller.call(op, &|pause| self.paused(pause), send).await;
        result.map_err(|error| {
            if error.class == ErrorClass::Credentials {
                self.session.locked_out.set(true);
            }
            self.session.secrets.borrow().scrub(error)
        })
    }

    /// Like [`StepContext::call`], with `None` for a resource that does not exist.
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

    /// Says that the resource can be named by others now.
    pub fn exists(&self) {
        (self.tell)(StepSignal::Exists(self.place.clone()));
    }

    /// Says what is being waited for.
    pub fn waiting(&self, reason: impl Into<String>) {
        let reason = reason.into();
        self.session.waits.borrow_mut().begin(&self.place.id, &reason, Instant::now());
        (self.tell)(StepSignal::Waiting(self.place.id.clone(), reason));
    }

    /// Says that it goes on.
    pub fn goes_on(&self) {
        self.session.waits.borrow_mut().end(&self.place.id, Instant::now());
    }

    fn paused(&self, pause: CallPause) {
        match pause {
            CallPause::Begins(reason, None) => self.waiting(reason),
            CallPause::Begins(reason, Some(lasts)) => {
                self.session.waits.borrow_mut().begin(&self.place.id, &reason, Instant::now());
                // How long it takes is worth knowing beforehand, and is not what is waited for.
                let told = format!("{reason} ({:.0} s)", lasts.as_secs_f64().ceil());
                (self.tell)(StepSignal::Waiting(self.place.id.clone(), told));
            }
            CallPause::Ends => self.goes_on(),
        }
    }

    /// Says something worth knowing.
    pub fn note(&self, message: impl Into<String>) {
        (self.tell)(StepSignal::Note(message.into()));
    }

    /// Publishes an output of the resource.
    pub fn publish(&self, name: &str, value: impl Into<String>) {
        self.session
            .outputs
            .borrow_mut()
            .entry(self.place.id.clone())
            .or_default()
            .insert(name.to_owned(), value.into());
    }
}

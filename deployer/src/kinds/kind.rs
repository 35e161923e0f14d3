//! The contract every kind of cloud object fulfils, and its object-safe form.

use super::diff::SpecDiff;
use super::id::{ResourceId, ResourceRef};
use super::session::{DesiredScope, StepContext};
use crate::aws::AwsError;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::stack::{SectionDefinition, Stack};
use aws_smithy_types::error::operation::BuildError;
use futures::future::{FutureExt, LocalBoxFuture};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Why a step of a kind could not be done.
#[derive(Debug, Clone)]
pub enum StepError {
    /// AWS said no; the class decides whether to look again or to give up.
    Aws(AwsError),
    /// Ours: nothing that trying again would change.
    Final(Box<Error>),
}

impl From<AwsError> for StepError {
    fn from(error: AwsError) -> Self {
        StepError::Aws(error)
    }
}

impl From<BuildError> for StepError {
    fn from(error: BuildError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        StepError::Final(Box::new(error))
    }
}

impl From<StepError> for Error {
    fn from(failure: StepError) -> Self {
        match failure {
            StepError::Aws(error) => error.into(),
            StepError::Final(error) => *error,
        }
    }
}

/// Result of talking to AWS.
pub type StepResult<T> = Result<T, StepError>;

/// Whether a write is all there is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteProgress {
    /// AWS answered that everything asked for is in effect.
    Done,
    /// It takes time, or more writes: look again.
    Settling,
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObserveDetail {
    /// Every managed field.
    Whole,
    /// Existence, owner, readiness, and what deleting it needs to know: what it holds and what hangs on it.
    Identity,
    /// Existence, owner, readiness and what it gives out: nothing is going to be changed.
    Outputs,
    /// Existence, owner and readiness: whether it is gone.
    Presence,
}

/// A resource as it is.
#[derive(Debug, Clone)]
pub struct ObservedResource<S> {
    /// Managed fields. Partial unless looked at for [`Look::Whole`], and while settling.
    pub spec: S,
    /// Why it cannot be changed now; `None` when it can.
    pub settling: Option<PendingTransition>,
    /// Whose it is.
    pub owner: ResourceOwner,
    /// Values for other resources and for the user: `arn`, `name`, `id`.
    pub outputs: BTreeMap<String, String>,
    /// Why deleting it would lose something.
    pub hold: Option<DeletionGuard>,
}

impl<S> ObservedResource<S> {
    /// Whether it is being deleted already: what it is called is free soon, and whose it is may not be told any more.
    pub fn is_leaving(&self) -> bool {
        self.settling.as_ref().is_some_and(|settling| settling.phase == TransitionPhase::Leaving)
    }
}

/// A resource on its way from one rest to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingTransition {
    /// Where to.
    pub phase: TransitionPhase,
    /// What is waited for, in words that follow "waiting for".
    pub reason: String,
}

/// Where a resource is on its way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionPhase {
    /// It is being made, and cannot be used or deleted before that is over.
    Coming,
    /// It, or a part of it, is being changed.
    Changing,
    /// It is being deleted.
    Leaving,
}

/// Why a resource is not deleted just like that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletionGuard {
    /// It holds data: deleted only when the user names it.
    Data(String),
    /// It is protected: not deleted at all.
    Protected(String),
}

/// An edge of the resource graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceNeed {
    /// What must come first.
    pub id: ResourceId,
    /// Whether its mere existence is enough.
    pub milestone: StepMilestone,
}

/// How far a step has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepMilestone {
    /// The resource can be named by others; it may not be complete.
    Exists,
    /// The step is done.
    Done,
}

/// A resource that the stack description asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredResource {
    /// Where.
    pub place: ResourceRef,
    /// What it needs.
    pub needs: Vec<ResourceNeed>,
}

/// One kind of cloud object. The unit struct lives in `kinds/<name>.rs` or `kinds/<name>/mod.rs`.
#[expect(async_fn_in_trait, reason = "every future stays on one task")]
pub trait ResourceKind: Sync + 'static {
    /// Only the fields that are managed; wanted and live in one shape. A field that is `None` and skipped when serialised is not managed.
    type Spec: Serialize + DeserializeOwned + Clone;

    /// First half of an id: `table`.
    const NAME: &'static str;
    /// Fields that AWS cannot change in place, with what to do instead.
    const FIXED: &'static [(&'static str, &'static str)] = &[];
    /// Kinds whose resources are deleted before this one's.
    const DELETED_AFTER: &'static [&'static str] = &[];
    /// Whether it goes away with the resource that contains it, so that `down` need not delete it.
    const CONTAINED: bool = false;
    /// Longest time that one of them may take to settle.
    const PATIENCE: Duration = Duration::from_secs(300);

    /// The section of the stack description that this kind defines.
    fn section(&self) -> Option<&'static SectionDefinition> {
        None
    }
    /// Pure: which resources of this kind the stack asks for.
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource>;
    /// Pure: what the resource should be like; `None` when it should not be there although it is declared.
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Self::Spec>>;
    /// Pure: what somebody should know before the stack is where others can reach it. It is no obstacle, and of the embedded cloud it is
    /// not said.
    fn warn(&self, _stack: &Stack) -> Vec<String> {
        Vec::new()
    }
    /// Pure: whether an update throws something away that was there and has to be made anew.
    fn takes_away(&self, _diff: &SpecDiff) -> bool {
        false
    }
    /// Reads, never writes. `None` when the resource does not exist.
    async fn observe(
        &self,
        cx: &StepContext<'_>,
        look: ObserveDetail,
    ) -> StepResult<Option<ObservedResource<Self::Spec>>>;
    /// Creates it.
    async fn create(&self, cx: &StepContext<'_>, want: &Self::Spec) -> StepResult<WriteProgress>;
    /// Sends what differs, or the first part of it.
    async fn update(
        &self,
        cx: &StepContext<'_>,
        want: &Self::Spec,
        live: &ObservedResource<Self::Spec>,
        diff: &SpecDiff,
    ) -> StepResult<WriteProgress>;
    /// Deletes it. Absent is success.
    async fn delete(&self, cx: &StepContext<'_>, live: &ObservedResource<Self::Spec>) -> StepResult<WriteProgress>;
    /// Resources of this kind that carry the stack's ownership mark, declared or not. A hint: each is looked at before it is believed.
    async fn owned(&self, cx: &StepContext<'_>) -> StepResult<Vec<ResourceRef>>;
}

/// [`ResourceKind`] with its spec erased to JSON, so that the engine can hold a slice of them.
pub trait ErasedKind: Sync {
    /// See [`Kind::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Kind::FIXED`].
    fn fixed(&self) -> &'static [(&'static str, &'static str)];
    /// See [`Kind::DELETED_AFTER`].
    fn deleted_after(&self) -> &'static [&'static str];
    /// See [`Kind::CONTAINED`].
    fn contained(&self) -> bool;
    /// See [`Kind::PATIENCE`].
    fn patience(&self) -> Duration;
    /// See [`ResourceKind::section`].
    fn section(&self) -> Option<&'static SectionDefinition>;
    /// See [`ResourceKind::declare`].
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource>;
    /// See [`ResourceKind::desire`].
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Value>>;
    /// See [`ResourceKind::warn`].
    fn warn(&self, stack: &Stack) -> Vec<String>;
    /// See [`ResourceKind::takes_away`].
    fn takes_away(&self, diff: &SpecDiff) -> bool;
    /// See [`ResourceKind::observe`].
    fn observe<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        look: ObserveDetail,
    ) -> LocalBoxFuture<'a, StepResult<Option<ObservedResource<Value>>>>;
    /// See [`ResourceKind::create`].
    fn create<'a>(&'a self, cx: &'a StepContext<'a>, want: &'a Value) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::update`].
    fn update<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        want: &'a Value,
        live: &'a ObservedResource<Value>,
        diff: &'a SpecDiff,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::delete`].
    fn delete<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        live: &'a ObservedResource<Value>,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::owned`].
    fn owned<'a>(&'a self, cx: &'a StepContext<'a>) -> LocalBoxFuture<'a, StepResult<Vec<ResourceRef>>>;
}

fn erase<S: Serialize>(spec: &S) -> Result<Value> {
    serde_json::to_value(spec).map_err(|e| Error::internal(format!("a resource could not be described: {e}")))
}

fn typed<S: DeserializeOwned>(json: &Value) -> Result<S> {
    S::deserialize(json).map_err(|e| Error::internal(format!("a resource could not be read back: {e}")))
}

fn typed_live<S: DeserializeOwned>(live: &ObservedResource<Value>) -> Result<ObservedResource<S>> {
    Ok(ObservedResource {
        spec: typed(&live.spec)?,
        settling: live.settling.clone(),
        owner: live.owner.clone(),
        outputs: live.outputs.clone(),
        hold: live.hold.clone(),
    })
}

impl<K: ResourceKind> ErasedKind for K {
    fn name(&self) -> &'static str {
        K::NAME
    }
    fn fixed(&self) -> &'static [(&'static str, &'static str)] {
        K::FIXED
    }
    fn deleted_after(&self) -> &'static [&'static str] {
        K::DELETED_AFTER
    }
    fn contained(&self) -> bool {
        K::CONTAINED
    }
    fn patience(&self) -> Duration {
        K::PATIENCE
    }
    fn section(&self) -> Option<&'static SectionDefinition> {
        ResourceKind::section(self)
    }
    fn declare(&self, stack: &Stack) -> Vec<DeclaredResource> {
        ResourceKind::declare(self, stack)
    }
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Value>> {
        ResourceKind::desire(self, place, stack, scope)?.as_ref().map(erase).transpose()
    }
    fn warn(&self, stack: &Stack) -> Vec<String> {
        ResourceKind::warn(self, stack)
    }
    fn takes_away(&self, diff: &SpecDiff) -> bool {
        ResourceKind::takes_away(self, diff)
    }
    fn observe<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        look: ObserveDetail,
    ) -> LocalBoxFuture<'a, StepResult<Option<ObservedResource<Value>>>> {
        async move {
            let Some(live) = ResourceKind::observe(self, cx, look).await? else { return Ok(None) };
            Ok(Some(ObservedResource {
                spec: erase(&live.spec)?,
                settling: live.settling,
                owner: live.owner,
                outputs: live.outputs,
                hold: live.hold,
            }))
        }
        .boxed_local()
    }
    fn create<'a>(&'a self, cx: &'a StepContext<'a>, want: &'a Value) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::create(self, cx, &typed(want)?).await }.boxed_local()
    }
    fn update<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        want: &'a Value,
        live: &'a ObservedResource<Value>,
        diff: &'a SpecDiff,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::update(self, cx, &typed(want)?, &typed_live(live)?, diff).await }.boxed_local()
    }
    fn delete<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        live: &'a ObservedResource<Value>,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::delete(self, cx, &typed_live(live)?).await }.boxed_local()
    }
    fn owned<'a>(&'a self, cx: &'a StepContext<'a>) -> LocalBoxFuture<'a, StepResult<Vec<ResourceRef>>> {
        ResourceKind::owned(self, cx).boxed_local()
    }
}

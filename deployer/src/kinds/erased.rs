//! A kind with its spec erased to JSON, so that the engine can hold a slice of kinds.

use super::context::StepContext;
use super::desired::DesiredScope;
use super::diff::SpecDiff;
use super::id::ResourceRef;
use super::kind::{KindContract, ResourceKind};
use super::observed::{ErasedResource, ErasedState, ObserveDetail, ObservedResource};
use super::step::{StepResult, WriteProgress};
use super::sweep::OwnedLists;
use crate::error::{Error, Result};
use crate::stack::Stack;
use futures::future::{FutureExt, LocalBoxFuture};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The methods of [`ResourceKind`] with JSON in place of the spec.
pub trait ErasedKind: KindContract {
    /// See [`ResourceKind::desire`].
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Value>>;
    /// See [`ResourceKind::observe`].
    fn observe<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        detail: ObserveDetail,
    ) -> LocalBoxFuture<'a, StepResult<Option<ErasedResource>>>;
    /// See [`ResourceKind::create`].
    fn create<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        desired: &'a Value,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::update`].
    fn update<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        desired: &'a Value,
        observed: &'a ErasedResource,
        diff: &'a SpecDiff,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::delete`].
    fn delete<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        observed: &'a ErasedResource,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>>;
    /// See [`ResourceKind::owned`].
    fn owned<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        lists: &'a OwnedLists,
    ) -> LocalBoxFuture<'a, StepResult<Vec<ResourceRef>>>;
}

/// Kinds, in the order in which plans show them.
pub type KindList<'a> = &'a [&'a dyn ErasedKind];

fn erase<S: Serialize>(spec: &S) -> Result<Value> {
    serde_json::to_value(spec).map_err(|e| Error::internal(format!("a resource could not be described: {e}")))
}

fn typed<S: DeserializeOwned>(json: &Value) -> Result<S> {
    S::deserialize(json).map_err(|e| Error::internal(format!("a resource could not be read back: {e}")))
}

fn typed_resource<S: DeserializeOwned, P: Clone + 'static>(
    observed: &ErasedResource,
) -> Result<ObservedResource<S, P>> {
    let state =
        |state: ErasedState| state.get().cloned().ok_or_else(|| Error::internal("a resource is of another kind"));
    observed.clone().map(|spec| typed(&spec), state)
}

impl<K: ResourceKind> ErasedKind for K {
    fn desire(&self, place: &ResourceRef, stack: &Stack, scope: &DesiredScope<'_>) -> Result<Option<Value>> {
        ResourceKind::desire(self, place, stack, scope)?.as_ref().map(erase).transpose()
    }
    fn observe<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        detail: ObserveDetail,
    ) -> LocalBoxFuture<'a, StepResult<Option<ErasedResource>>> {
        async move {
            let Some(observed) = ResourceKind::observe(self, cx, detail).await? else { return Ok(None) };
            Ok(Some(observed.map(|spec| erase(&spec), |state| Ok(ErasedState::new(state)))?))
        }
        .boxed_local()
    }
    fn create<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        desired: &'a Value,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::create(self, cx, &typed(desired)?).await }.boxed_local()
    }
    fn update<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        desired: &'a Value,
        observed: &'a ErasedResource,
        diff: &'a SpecDiff,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::update(self, cx, &typed(desired)?, &typed_resource(observed)?, diff).await }
            .boxed_local()
    }
    fn delete<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        observed: &'a ErasedResource,
    ) -> LocalBoxFuture<'a, StepResult<WriteProgress>> {
        async move { ResourceKind::delete(self, cx, &typed_resource(observed)?).await }.boxed_local()
    }
    fn owned<'a>(
        &'a self,
        cx: &'a StepContext<'a>,
        lists: &'a OwnedLists,
    ) -> LocalBoxFuture<'a, StepResult<Vec<ResourceRef>>> {
        ResourceKind::owned(self, cx, lists).boxed_local()
    }
}

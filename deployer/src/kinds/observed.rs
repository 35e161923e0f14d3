//! A resource as AWS shows it.

use crate::aws::tags::ResourceOwner;
use serde_json::Value;
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use time::OffsetDateTime;

/// Says how closely a resource is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObserveDetail {
    /// Every managed field.
    Whole,
    /// Existence, owner, readiness, and what deleting the resource needs to know: what it holds and what hangs on it.
    Identity,
    /// Existence, owner, readiness and outputs: nothing is going to be changed.
    Outputs,
    /// Existence, owner and readiness: whether the resource is gone.
    Presence,
}

/// A resource as AWS shows it. `S` is the kind's spec, `P` the kind's private state: what reading finds out, writing needs, and nobody
/// compares or shows.
#[derive(Debug, Clone)]
pub struct ObservedResource<S, P = ()> {
    /// Managed fields. Partial unless looked at with [`ObserveDetail::Whole`], and while the resource is in transition.
    pub spec: S,
    /// Private state of the kind.
    pub state: P,
    /// Why the resource cannot be changed now; `None` when it can.
    pub settling: Option<PendingTransition>,
    /// Whose the resource is.
    pub owner: ResourceOwner,
    /// Values for other resources and for the user: `arn`, `name`, `id`.
    pub outputs: BTreeMap<String, String>,
    /// Why deleting the resource would lose something.
    pub hold: Option<DeletionGuard>,
    /// When what it serves was changed last, where it serves something and AWS tells.
    pub changed_at: Option<OffsetDateTime>,
}

/// An observed resource of any kind, its spec as JSON.
pub type ErasedResource = ObservedResource<Value, ErasedState>;

/// Observed resources of every kind.
pub type ObservedResources = BTreeMap<super::ResourceRef, ErasedResource>;

impl<S, P> ObservedResource<S, P> {
    /// Tells whether the resource is being deleted: its name is free soon, and AWS may not tell its owner any more.
    pub fn is_leaving(&self) -> bool {
        self.settling.as_ref().is_some_and(|settling| settling.phase == TransitionPhase::Leaving)
    }

    /// Turns spec and state into others.
    ///
    /// # Errors
    /// What `spec` and `state` say.
    pub fn map<T, Q, E>(
        self,
        spec: impl FnOnce(S) -> Result<T, E>,
        state: impl FnOnce(P) -> Result<Q, E>,
    ) -> Result<ObservedResource<T, Q>, E> {
        let Self { settling, owner, outputs, hold, changed_at, .. } = self;
        Ok(ObservedResource {
            spec: spec(self.spec)?,
            state: state(self.state)?,
            settling,
            owner,
            outputs,
            hold,
            changed_at,
        })
    }
}

/// The private state of a kind where nobody knows its type.
#[derive(Debug, Clone)]
pub struct ErasedState(Rc<dyn Any>);

impl ErasedState {
    /// Hides the type of `state`.
    pub fn new<P: 'static>(state: P) -> Self {
        Self(Rc::new(state))
    }

    /// Returns the state when it is a `P`.
    pub fn get<P: 'static>(&self) -> Option<&P> {
        self.0.downcast_ref()
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
    /// The resource is being made, and cannot be used or deleted before that is over.
    Coming,
    /// The resource, or a part of it, is being changed.
    Changing,
    /// The resource is being deleted.
    Leaving,
}

/// Why a resource is not deleted just like that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletionGuard {
    /// The resource holds data, which [`HeldData`](super::HeldData) names: it is deleted only when the user names it.
    Data,
    /// The resource is protected, for this reason: it is not deleted at all.
    Protected(String),
}

//! The steps of a run as the kinds see them: what comes first, how far a step has got, why it failed.

use super::id::{ResourceId, ResourceRef};
use crate::aws::{AwsError, WaitReason};
use crate::error::{Error, Result};
use aws_smithy_types::error::operation::BuildError;
use std::time::Duration;

/// Why a step of a kind could not be done.
#[derive(Debug, Clone)]
pub enum StepError {
    /// AWS refused; the class of the error decides whether the engine looks again or gives up.
    Aws(AwsError),
    /// The deployer refused: trying again would change nothing.
    Final(Box<Error>),
}

impl From<AwsError> for StepError {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

impl From<BuildError> for StepError {
    fn from(error: BuildError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        Self::Final(Box::new(error))
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

/// Whether a write is all there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteProgress {
    /// AWS answered that everything asked for is in effect.
    Done,
    /// The change takes time, or more writes: the engine looks again.
    Settling,
}

/// An edge of the resource graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceNeed {
    /// What must come first.
    pub id: ResourceId,
    /// How far it must have got.
    pub milestone: StepMilestone,
}

/// How far a step has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepMilestone {
    /// Others can name the resource; it may not be complete.
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

impl From<ResourceRef> for DeclaredResource {
    /// Declares a resource that needs nothing before it.
    fn from(place: ResourceRef) -> Self {
        Self { place, needs: Vec::new() }
    }
}

/// What a step tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepSignal {
    /// Others can name the resource now.
    Exists(ResourceRef),
    /// The resource waits for this, and for so long where that is known beforehand.
    Waiting(ResourceId, WaitReason, Option<Duration>),
    /// Something worth knowing.
    Note(String),
}

/// How a kind has the engine repeat a write that AWS refused, where the class of the error does not say it all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryRule {
    /// Longest time that the write is repeated, from the beginning of the step; zero gives up at once.
    pub patience: Duration,
    /// Pauses of the first attempts: how many, and how long each.
    pub dense: (u32, Duration),
    /// Pause of every later attempt.
    pub sparse: Duration,
    /// What is waited for.
    pub reason: WaitReason,
    /// What to do when the patience is over.
    pub hint: &'static str,
}

impl RetryRule {
    /// Gives up at once: sending it again would change nothing.
    pub fn give_up(hint: &'static str) -> Self {
        let reason = WaitReason::from("nothing");
        Self { patience: Duration::ZERO, dense: (0, Duration::ZERO), sparse: Duration::ZERO, reason, hint }
    }
}

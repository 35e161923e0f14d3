//! What the engine tells: the only way it speaks. `ui` renders, the engine never prints.

use super::plan::Plan;
use crate::error::Error;
use crate::kinds::ResourceId;
use serde::Serialize;
use std::time::Duration;

/// Where a command acts. Shown before the first change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunTarget {
    /// Name of the stack.
    pub stack: String,
    /// Deployment stage.
    pub stage: String,
    /// AWS account id.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// Endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// Whether it is the embedded cloud.
    pub local: bool,
    /// ARN of the caller.
    pub caller: String,
}

/// What a step does, for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepVerb {
    /// Creating.
    Create,
    /// Updating.
    Update,
    /// Deleting.
    Delete,
}

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The account is known.
    Target(RunTarget),
    /// A build of functions goes on.
    Building {
        /// In words: `compiling aws-sdk-dynamodb (41 of 207)`.
        message: String,
    },
    /// The artifacts are ready.
    Built {
        /// Id of the function.
        function: String,
        /// Size of the zip in bytes.
        zip_bytes: u64,
        /// CodeSha256, as Lambda reports it.
        code_sha256: String,
    },
    /// The comparison is done.
    Planned(Plan),
    /// A step began.
    Started {
        /// The resource.
        id: ResourceId,
        /// What is done with it.
        verb: StepVerb,
    },
    /// A step waits for something outside.
    Waiting {
        /// The resource.
        id: ResourceId,
        /// For what: `the role to become assumable`.
        reason: String,
    },
    /// A step is done.
    Done {
        /// The resource.
        id: ResourceId,
        /// What was done.
        verb: StepVerb,
        /// How long it took.
        #[serde(rename = "took_ms", serialize_with = "crate::millis::serialize")]
        took: Duration,
    },
    /// A step failed.
    Failed {
        /// The resource.
        id: ResourceId,
        /// What was tried.
        verb: StepVerb,
        /// Why it failed.
        error: Error,
    },
    /// A step was not started because what it needs failed, or because of an interrupt.
    Skipped {
        /// The resource.
        id: ResourceId,
        /// What was to be done.
        verb: StepVerb,
        /// In words.
        because: String,
    },
    /// Something worth knowing that is no failure.
    Note {
        /// In words.
        message: String,
    },
    /// A signal came: nothing new starts.
    Interrupted {
        /// How many steps are in flight.
        in_flight: usize,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Resources created.
    pub created: usize,
    /// Resources updated.
    pub updated: usize,
    /// Resources deleted.
    pub deleted: usize,
    /// Resources as wanted from the start.
    pub unchanged: usize,
    /// Resources kept because of their data.
    pub retained: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not started.
    pub skipped: usize,
    /// A signal ended the run.
    pub interrupted: bool,
    /// Steps whose end was not waited for after a second signal: AWS may carry them out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_flight: Vec<ResourceId>,
}

impl RunSummary {
    /// Tells whether everything that was planned was done.
    pub fn succeeded(&self) -> bool {
        self.failed == 0 && self.skipped == 0 && self.in_flight.is_empty() && !self.interrupted
    }
}

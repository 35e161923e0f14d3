//! A source while it is polled: what its poller needs of the cloud.

use super::access;
use crate::context::Context;
use crate::runtime::{InvocationOrigin, InvocationOutcome, InvocationRefused, InvokeOptions};
use crate::service::lambda::view;
use crate::store::function::FunctionRecord;
use crate::store::source_mapping::SourceMapping;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a poller waits that cannot work: until a function is there, or its role may do what it must.
const PAUSE: Duration = Duration::from_secs(1);

/// A mapping that is polled.
#[derive(Clone)]
pub(super) struct PolledSource {
    pub cx: Arc<Context>,
    pub region: String,
    pub uuid: String,
    pub mapping: SourceMapping,
    pub stopped: watch::Receiver<bool>,
}

/// What came of an invocation.
pub(super) enum BatchOutcome {
    /// The function answered, and did not fail.
    Answered(Bytes),
    /// The function failed, or cannot be run.
    Failed(FailedInvocation),
    /// The function runs too often already.
    Throttled,
    /// The cloud ends.
    Interrupted,
}

/// A failure of a function.
pub(super) struct FailedInvocation {
    /// The id of the invocation.
    pub request_id: String,
    /// The ARN of the function.
    pub function_arn: String,
}

impl PolledSource {
    pub fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Waits until the poller is to end.
    pub async fn stop_asked(&self) {
        // Whoever let go of the other side does not want it any more, either.
        let _ = self.stopped.clone().wait_for(|stop| *stop).await;
    }

    /// Waits for a time of this machine, or until the poller is to end.
    pub async fn pause(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stop_asked() => {}
        }
    }

    /// Remembers what came of the last work.
    pub fn say(&self, result: impl Into<String>) {
        self.cx.sources.say(&self.uuid, result);
    }

    /// Returns the function as soon as it can be invoked and its role may poll the source; `None` when the poller is to end.
    pub async fn function(&self) -> Option<FunctionRecord> {
        while !self.is_stopped() {
            match self.ready_function() {
                Ok(function) => return Some(function),
                Err(problem) => {
                    self.say(format!("PROBLEM: {problem}"));
                    self.pause(PAUSE).await;
                }
            }
        }
        None
    }

    fn ready_function(&self) -> Result<FunctionRecord, String> {
        let document = self.cx.store.snapshot();
        let function = document.region(&self.region).functions.get(&self.mapping.function);
        let function = function.ok_or("The function does not exist.")?;
        if view::pending(function, self.cx.clock.now()) {
            return Err("The function is not active yet.".to_owned());
        }
        access::check_source(&document, function, &self.mapping.source_arn)?;
        Ok(function.clone())
    }

    /// Invokes the function with an event; how often it was tried before is in the trace.
    pub async fn invoke(&self, function: &FunctionRecord, event: String, tried: u32) -> BatchOutcome {
        let request_id = uuid::Uuid::new_v4().to_string();
        let options = InvokeOptions {
            request_id: Some(request_id.clone()),
            origin: InvocationOrigin::Queue(tried),
            ..InvokeOptions::default()
        };
        let failed = || BatchOutcome::Failed(FailedInvocation { request_id, function_arn: function.arn.clone() });
        let outcome = match self.cx.runtime.invoke(function, Bytes::from(event), options).await {
            Ok(invocation) => match invocation.outcome {
                InvocationOutcome::Answered(_)
                    if self.cx.faults.strikes("poller-death", |faults| faults.poller_death_chance) =>
                {
                    BatchOutcome::Interrupted
                }
                InvocationOutcome::Answered(answer) => BatchOutcome::Answered(answer),
                InvocationOutcome::Failed(_) => failed(),
            },
            Err(InvocationRefused::Throttled) => BatchOutcome::Throttled,
            Err(InvocationRefused::ShuttingDown) => BatchOutcome::Interrupted,
            Err(InvocationRefused::TooLarge | InvocationRefused::CodeMissing { .. }) => failed(),
        };
        self.say(match &outcome {
            BatchOutcome::Answered(_) => "OK",
            BatchOutcome::Failed(_) => "PROBLEM: Function call failed",
            BatchOutcome::Throttled => "PROBLEM: Function call throttled",
            BatchOutcome::Interrupted => "No records processed",
        });
        outcome
    }
}

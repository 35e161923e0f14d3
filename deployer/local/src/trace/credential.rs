//! The credentials of a sandbox, by which its calls find their request.

use super::active::ActiveTrace;
use super::log::TraceLog;
use std::sync::Arc;

/// The session token of one sandbox. Calls that are signed with it belong to the request that the sandbox works on.
#[derive(Debug)]
pub(crate) struct SandboxCredential {
    token: String,
    traces: Arc<TraceLog>,
}

impl SandboxCredential {
    /// Makes a token that nobody can guess.
    pub fn new(traces: Arc<TraceLog>) -> Self {
        Self { token: format!("sandbox/{}", uuid::Uuid::new_v4()), traces }
    }

    /// Returns the value of `AWS_SESSION_TOKEN`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Says which request the sandbox works on from now on.
    pub fn attach(&self, trace: &ActiveTrace) {
        self.traces.attach(&self.token, trace.clone());
    }

    /// Says that it works on none.
    pub fn detach(&self) {
        self.traces.detach(&self.token);
    }
}

impl Drop for SandboxCredential {
    fn drop(&mut self) {
        self.detach();
    }
}

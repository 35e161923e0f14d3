//! What the outbox asks of a queue, and how that fails.

use super::message::{StatusMessage, UnreadableRecord};
use crate::config::ConfigError;

/// Says why changes were not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// The function, its role or the stream is not set up as the function needs it.
    #[error("{0}")]
    Misconfigured(String),
    /// SQS failed or did not take a message.
    #[error("{0}")]
    NotSent(String),
}

impl From<ConfigError> for OutboxError {
    fn from(error: ConfigError) -> Self {
        Self::Misconfigured(error.to_string())
    }
}

impl From<UnreadableRecord> for OutboxError {
    fn from(error: UnreadableRecord) -> Self {
        Self::Misconfigured(error.to_string())
    }
}

/// A queue that can be told of changes.
#[expect(async_fn_in_trait, reason = "the runtime has one thread: nobody needs the futures to be Send")]
pub trait ChangeQueue {
    /// Sends messages, at most ten and each of another order. Returns for each of them whether the queue took it.
    ///
    /// # Errors
    /// When no message was taken, or when it is not known whether one was.
    async fn send(&self, messages: &[StatusMessage]) -> Result<Vec<Result<(), OutboxError>>, OutboxError>;
}

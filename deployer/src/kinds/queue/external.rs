//! Queues of others: `[external.queue.X]`.

use super::block::NAME as NAME_RULE;
use super::named::NAME;
use super::read;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{ResourceRef, RunSession, StepContext, external};
use crate::stack::{KeyDefinition, ValueShape, toml_block};
use serde::Deserialize;
use serde_json::Value;

/// Queues of others by id, as a key of `[external]`.
pub const QUEUES: KeyDefinition = external::sort(NAME, ExternalQueue::ABOUT, &ValueShape::Table(ExternalQueue::KEYS));

/// First half of the ids of queues of others.
pub const PLACE: &str = "external.queue";

toml_block! {
    /// A queue that others manage: for `queues` and sources of functions, dead letters, and references.
    #[derive(Debug, Clone, Deserialize)]
    pub struct ExternalQueue {
        /// Name of the queue, in the account and region of the stack.
        pub name: String = ValueShape::Text(NAME_RULE).required().aws("GetQueueAttributes QueueUrl"),
    }
}

/// Tells whether a complete block fits the typed form.
///
/// # Errors
/// What does not fit.
pub fn fits(value: &Value) -> Result<(), serde_json::Error> {
    ExternalQueue::deserialize(value).map(drop)
}

/// Looks at all of them, concurrently. A stack without any costs no call.
///
/// # Errors
/// One for each that is missing or the stack's own.
pub async fn look(session: &RunSession) -> Result<(), Vec<Error>> {
    let errors = external::faults(
        &session.stack,
        NAME,
        PLACE,
        |queue: &ExternalQueue| &queue.name,
        async |_, place| look_at(session, &place).await,
    )
    .await;
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

async fn look_at(session: &RunSession, place: &ResourceRef) -> Result<()> {
    let cx = StepContext::silent(session, place);
    let url = session.arn_when_known().await.queue_url(&place.name);
    let tags = read::tags(&cx, &url).await;
    let tags = tags.map_err(|error| Error::from(error).fact("resource", place.id.to_string()))?;
    let Some(tags) = tags else { return Err(external::missing(session, NAME, place)) };
    if session.owner(&tags) == ResourceOwner::Ours {
        return Err(external::is_ours(session, NAME, place));
    }
    Ok(())
}

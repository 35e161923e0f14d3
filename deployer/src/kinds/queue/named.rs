//! What a queue is called, in the description and by AWS.

use super::block::QueueBlock;
use crate::error::{Error, Result};
use crate::kinds::{ResourceId, ResourceNeed, StepMilestone, external};
use crate::stack::Stack;

/// First half of a queue's id.
pub const NAME: &str = "queue";

/// Tag of a queue that is not deleted.
pub const PROTECTED: &str = "deployer:protected";

/// Returns the name of a queue of the description, this stack's own or others'.
///
/// # Errors
/// `internal` where there is none with this id.
pub fn name_of(stack: &Stack, id: &str) -> Result<String> {
    let own = stack.block(NAME, id).map(|_| stack.name_of::<QueueBlock>(id));
    own.or_else(|| external::name_of(stack, NAME, id))
        .ok_or_else(|| Error::internal(format!("queue {id} is not declared")))
}

/// Returns the need of a queue that others can name, where it is the stack's own.
pub fn need(stack: &Stack, id: &str) -> Option<ResourceNeed> {
    stack.block(NAME, id)?;
    Some(ResourceNeed { id: ResourceId::new(NAME, id), milestone: StepMilestone::Exists })
}

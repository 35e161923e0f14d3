//! The table that somebody names: by its id in the stack description, or by its name.

use super::block::TableBlock;
use super::read;
use super::restore::TableState;
use super::spec::TableSpec;
use crate::aws::tags::ResourceOwner;
use crate::error::{Error, Result};
use crate::kinds::{ObserveDetail, ObservedResource, ResourceId, ResourceRef, StepContext, TransitionPhase};
use crate::stack::Stack;

/// First half of a table's id.
pub const NAME: &str = "table";

/// Output with the ARN of a table's stream, where it is on.
pub const STREAM: &str = "stream";

/// Output with what the records of that stream carry.
pub const STREAM_VIEW: &str = "stream_view";

/// Returns the tables of the stack description.
pub fn described(stack: &Stack) -> Vec<ResourceRef> {
    ResourceRef::of_blocks::<TableBlock>(NAME, stack).collect()
}

/// Returns the table of the stack description with this id, or else this name.
///
/// # Errors
/// `usage`, with those that there are.
pub fn table(stack: &Stack, text: &str) -> Result<ResourceRef> {
    stack.pick::<TableBlock>(text).map(|table| ResourceRef { id: ResourceId::new(NAME, table.id), name: table.name })
}

/// Returns the same, or else any table by its name, such as one that is not described any more.
pub fn any_table(stack: &Stack, text: &str) -> ResourceRef {
    table(stack, text).unwrap_or_else(|_| ResourceRef { id: ResourceId::new(NAME, text), name: text.to_owned() })
}

/// Returns the table as it is, when it is the stack's and can be used.
///
/// # Errors
/// `usage` when it is not there, `ownership` when it is not the stack's, `refused` while it cannot be used.
pub async fn observed(cx: &StepContext<'_>) -> Result<ObservedResource<TableSpec, TableState>> {
    let stack = &cx.session.stack;
    let Some(observed) = read::observe(cx, ObserveDetail::Presence, None).await? else {
        table(stack, cx.name())?;
        return Err(Error::usage(format!("table {} does not exist", cx.name()))
            .hint("`deployer up` makes it; `deployer restore` makes it from a backup."));
    };
    if observed.owner != ResourceOwner::Ours {
        return Err(Error::ownership(format!(
            "table {} is not of stack {}, stage {}",
            cx.name(),
            stack.name,
            stack.stage
        ))
        .hint("It is left alone. If it should be: `deployer up --adopt`."));
    }
    match &observed.settling {
        // Items can be read and written while a table or an index of it changes.
        Some(settling) if settling.phase != TransitionPhase::Changing => {
            Err(Error::refused(format!("table {} cannot be used: it waits for {}", cx.name(), settling.reason))
                .hint("Run the same command again later."))
        }
        _ => Ok(observed),
    }
}

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

/// The tables of the stack description.
pub fn described(stack: &Stack) -> Vec<ResourceRef> {
    let place = |(id, block): (String, TableBlock)| ResourceRef {
        name: stack.physical_name(&id, block.name.as_deref()),
        id: ResourceId::new(NAME, id),
    };
    stack.all::<TableBlock>().into_iter().map(place).collect()
}

/// The table of the stack description with this id, or else this name.
///
/// # Errors
/// `usage`, with those that there are.
pub fn table(stack: &Stack, text: &str) -> Result<ResourceRef> {
    let tables = described(stack);
    let found = tables.iter().find(|place| place.id.name == text).or(tables.iter().find(|place| place.name == text));
    found.cloned().ok_or_else(|| missing(&tables, text))
}

/// The same, or else any table by its name, such as one that is not described any more.
pub fn any_table(stack: &Stack, text: &str) -> ResourceRef {
    table(stack, text).unwrap_or_else(|_| ResourceRef { id: ResourceId::new(NAME, text), name: text.to_owned() })
}

fn missing(tables: &[ResourceRef], text: &str) -> Error {
    let error = Error::usage(format!("the stack has no table `{text}`"));
    if tables.is_empty() {
        return error.hint("It has none at all; describe one: `[table.ID]`.");
    }
    let known: Vec<_> = tables.iter().map(|place| format!("{} ({})", place.id.name, place.name)).collect();
    error.hint(format!("It has: {}.", known.join(", ")))
}

/// The table as it is, when it is the stack's and can be used.
///
/// # Errors
/// `usage` when it is not there, `ownership` when it is not the stack's, `refused` while it cannot be used.
pub async fn live(cx: &StepContext<'_>) -> Result<ObservedResource<TableSpec, TableState>> {
    let stack = &cx.session.stack;
    let Some(live) = read::observe(cx, ObserveDetail::Presence, None).await? else {
        let described = described(stack);
        if !described.contains(cx.place) {
            return Err(missing(&described, cx.name()));
        }
        return Err(Error::usage(format!("table {} does not exist", cx.name()))
            .hint("`deployer up` makes it; `deployer restore` makes it from a backup."));
    };
    if live.owner != ResourceOwner::Ours {
        return Err(Error::ownership(format!(
            "table {} is not of stack {}, stage {}",
            cx.name(),
            stack.name,
            stack.stage
        ))
        .hint("It is left alone. If it should be: `deployer up --adopt`."));
    }
    match &live.settling {
        // Items can be read and written while a table or an index of it changes.
        Some(settling) if settling.phase != TransitionPhase::Changing => {
            Err(Error::refused(format!("table {} cannot be used: it waits for {}", cx.name(), settling.reason))
                .hint("Run the same command again later."))
        }
        _ => Ok(live),
    }
}

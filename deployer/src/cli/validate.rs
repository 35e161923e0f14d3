//! `deployer validate`: the stack description, and what the programs that were built last need of it.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::{code, target};
use crate::kinds::{KINDS, named, seed};
use crate::stack::DocumentDrift;
use crate::ui::{Screen, measure};
use serde_json::json;

/// Runs the command.
pub async fn run(global: &GlobalArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load_with(global, screen, DocumentDrift::Refused)?;
    seed::check(&stack, &named::described(&stack)).await?;
    let of_code = code::warnings_of_built(&stack, global.local).await?;
    for warning in KINDS.iter().flat_map(|kind| kind.warn(&stack)).chain(of_code) {
        screen.warn(&warning);
    }
    let resources: Vec<_> = KINDS.iter().flat_map(|kind| kind.declare(&stack)).map(|d| d.place).collect();
    let count = measure::count(resources.len(), "resource");
    screen.answer(
        |_| format!("{} is valid: stack {}, stage {}, {count}\n", stack.path.display(), stack.name, stack.stage),
        || json!({"valid": true, "path": stack.path.display().to_string(), "stack": stack.name, "stage": stack.stage, "region": stack.region, "resources": resources}),
    )?;
    Ok(exit_code::DONE)
}

//! `deployer validate`: the stack description, and nothing else.

use super::args::{Global, code};
use super::failure::Failure;
use super::target;
use crate::kinds::KINDS;
use crate::stack::Drift;
use crate::ui::Screen;
use serde_json::json;

/// Runs the command.
pub fn run(global: &Global, screen: &Screen) -> Result<u8, Failure> {
    let stack = target::load_with(global, screen, Drift::Refused)?;
    let resources: Vec<_> = KINDS.iter().flat_map(|kind| kind.declare(&stack)).map(|d| d.place).collect();
    screen.answer(
        |_| format!("{} is valid: stack {}, stage {}, {} resources\n", stack.path.display(), stack.name, stack.stage, resources.len()),
        || json!({"valid": true, "path": stack.path.display().to_string(), "stack": stack.name, "stage": stack.stage, "region": stack.region, "resources": resources}),
    )?;
    Ok(code::DONE)
}

//! `deployer schema`: the JSON Schema of the stack description.

use super::exit::exit_code;
use super::failure::CommandFailure;
use crate::kinds::sections;
use crate::stack;
use crate::ui::Screen;

/// Runs the command. The schema is JSON in every form of output.
pub fn run(screen: &Screen) -> Result<u8, CommandFailure> {
    screen.data(&text())?;
    Ok(exit_code::DONE)
}

/// Returns the schema as it is printed.
pub fn text() -> String {
    format!("{:#}\n", stack::json_schema(&sections()))
}

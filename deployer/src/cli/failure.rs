//! Why a command did not do what was asked.

use super::exit::exit_code;
use crate::artifact::ArtifactError;
use crate::error::Error;
use crate::kinds;
use crate::stack::InvalidStack;
use crate::ui::{OutputFormat, Screen, TerminalLook, error};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum CommandFailure {
    /// The stack description is wrong.
    Description(Box<InvalidStack>),
    /// A question was answered with no: what that means, in a sentence.
    Declined(&'static str),
    /// Anything else.
    Errors(Vec<Error>),
}

impl CommandFailure {
    /// Returns what it says to people, without colours.
    pub fn text(&self, screen: &Screen) -> String {
        match self {
            CommandFailure::Description(invalid) => invalid.render(false, 100),
            CommandFailure::Declined(meaning) => format!("{meaning}\n"),
            CommandFailure::Errors(errors) => {
                let errors: Vec<_> = errors.iter().map(|error| screen.repeated.add_to_error(error)).collect();
                error::render_all(&errors, &TerminalLook::PLAIN)
            }
        }
    }

    /// Shows it and gives the exit code.
    pub fn show(&self, screen: &Screen) -> u8 {
        match self {
            CommandFailure::Description(invalid) if screen.format == OutputFormat::Json => {
                // When stdout does not take it there is nowhere left to tell it.
                drop(
                    screen.document(&serde_json::json!({"errors": invalid.to_json(), "exit_code": exit_code::FAILED})),
                );
            }
            CommandFailure::Description(invalid) => {
                screen.say(&invalid.render(screen.err.color, screen.err.width.unwrap_or(100)))
            }
            CommandFailure::Declined(meaning) => screen.say(&format!("{meaning}\n")),
            CommandFailure::Errors(errors) => screen.errors(errors, exit_code::FAILED),
        }
        exit_code::FAILED
    }
}

impl From<Error> for CommandFailure {
    fn from(error: Error) -> Self {
        CommandFailure::Errors(vec![error])
    }
}

impl From<Vec<Error>> for CommandFailure {
    fn from(errors: Vec<Error>) -> Self {
        CommandFailure::Errors(errors)
    }
}

impl From<InvalidStack> for CommandFailure {
    fn from(invalid: InvalidStack) -> Self {
        CommandFailure::Description(Box::new(invalid))
    }
}

impl From<ArtifactError> for CommandFailure {
    fn from(error: ArtifactError) -> Self {
        CommandFailure::Errors(vec![artifact_error(&error)])
    }
}

impl From<kinds::StepError> for CommandFailure {
    fn from(failure: kinds::StepError) -> Self {
        CommandFailure::Errors(vec![failure.into()])
    }
}

/// Converts an error of a function's code into one with facts and hints.
pub fn artifact_error(error: &ArtifactError) -> Error {
    let out = Error::artifact(error.to_string());
    match error.hint() {
        Some(hint) => out.hint(hint),
        None => out,
    }
}

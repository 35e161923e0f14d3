//! Why a command did not do what was asked.

use super::args::code;
use crate::artifact::ArtifactError;
use crate::error::Error;
use crate::kinds;
use crate::stack::Invalid;
use crate::ui::{Format, Screen};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The stack description is wrong.
    Description(Box<Invalid>),
    /// Anything else.
    Errors(Vec<Error>),
}

impl Failure {
    /// Shows it and gives the exit code.
    pub fn show(&self, screen: &Screen) -> u8 {
        match self {
            Failure::Description(invalid) if screen.format == Format::Json => {
                // When stdout does not take it there is nowhere left to tell it.
                drop(screen.document(&serde_json::json!({"errors": invalid.to_json(), "exit_code": code::FAILED})));
            }
            Failure::Description(invalid) => {
                screen.say(&invalid.render(screen.err.color, screen.err.width.unwrap_or(100)))
            }
            Failure::Errors(errors) => screen.errors(errors, code::FAILED),
        }
        code::FAILED
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Errors(vec![error])
    }
}

impl From<Vec<Error>> for Failure {
    fn from(errors: Vec<Error>) -> Self {
        Failure::Errors(errors)
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Failure::Description(Box::new(invalid))
    }
}

impl From<ArtifactError> for Failure {
    fn from(error: ArtifactError) -> Self {
        Failure::Errors(vec![artifact_error(&error)])
    }
}

impl From<kinds::Failure> for Failure {
    fn from(failure: kinds::Failure) -> Self {
        Failure::Errors(vec![failure.into()])
    }
}

/// An error of the artifact as an error for people.
pub fn artifact_error(error: &ArtifactError) -> Error {
    let out = Error::new("artifact", error.to_string());
    match error.hint() {
        Some(hint) => out.hint(hint),
        None => out,
    }
}

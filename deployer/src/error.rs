//! The one error that reaches a user: what went wrong, the facts, and what to do about it.

use serde::{Serialize, Serializer};
use std::fmt;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names what sort of thing went wrong. The words of [`ErrorKind::as_str`] are part of the JSON output and stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A function's code cannot be built, read or used.
    Artifact,
    /// AWS refused or did not answer a call.
    Aws,
    /// The deployer contradicts itself: a fault of the program.
    Internal,
    /// A signal ended the work.
    Interrupted,
    /// A file or a stream of this machine cannot be read or written.
    Io,
    /// A resource belongs to somebody else.
    Ownership,
    /// What was asked for is not done, to protect something.
    Refused,
    /// Something took longer than it may.
    Timeout,
    /// The command line, the description or the environment is wrong.
    Usage,
}

impl ErrorKind {
    /// Returns the stable word for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Aws => "aws",
            Self::Internal => "internal",
            Self::Interrupted => "interrupted",
            Self::Io => "io",
            Self::Ownership => "ownership",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Usage => "usage",
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something went wrong, told so that a person can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Error {
    /// What sort of thing went wrong.
    pub kind: ErrorKind,
    /// One sentence, lowercase, without a full stop.
    pub message: String,
    /// Further facts in the order shown: `("operation", "CreateTable")`.
    pub facts: Vec<(String, String)>,
    /// What to do. Whole sentences.
    pub hints: Vec<String>,
}

impl Error {
    /// Makes an error of `kind` without facts and hints.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), facts: Vec::new(), hints: Vec::new() }
    }

    /// Makes an error of [`ErrorKind::Artifact`].
    pub fn artifact(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Artifact, message)
    }

    /// Makes an error of [`ErrorKind::Aws`].
    pub fn aws(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Aws, message)
    }

    /// Makes an error of [`ErrorKind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Makes an error of [`ErrorKind::Interrupted`].
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted, message)
    }

    /// Makes an error of [`ErrorKind::Io`].
    pub fn io(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Io, message)
    }

    /// Makes an error of [`ErrorKind::Ownership`].
    pub fn ownership(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Ownership, message)
    }

    /// Makes an error of [`ErrorKind::Refused`].
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// Makes an error of [`ErrorKind::Timeout`].
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// Makes an error of [`ErrorKind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((name.into(), value.into()));
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the value of a fact.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

/// The message alone; `ui` renders facts and hints.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

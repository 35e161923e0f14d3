//! The one error that reaches a user: what went wrong, the facts, and what to do about it.

use serde::Serialize;
use std::fmt;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something went wrong, told so that a person can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Error {
    /// Stable word for machines: `aws`, `config`, `artifact`, `ownership`, `refused`, `usage`, `timeout`, `interrupted`, `io`.
    pub kind: &'static str,
    /// One sentence, lowercase, without a full stop.
    pub message: String,
    /// Further facts in the order shown: `("operation", "CreateTable")`.
    pub facts: Vec<(String, String)>,
    /// What to do. Whole sentences.
    pub hints: Vec<String>,
}

impl Error {
    /// A new error of `kind`.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), facts: Vec::new(), hints: Vec::new() }
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

    /// The value of a fact.
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

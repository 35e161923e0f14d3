//! Values of `[function.X.environment]`.

use super::FunctionBlock;
use crate::kinds::secret::Source;
use crate::stack::Stack;
use serde::Deserialize;

/// The value of an environment variable, as described.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// `"text"`, which may refer to other blocks.
    Text(String),
    /// `{ secret = true, from = "…" }`: not in the description, and shown nowhere.
    Secret {
        /// Always true: what comes from elsewhere is a secret.
        secret: bool,
        /// Where it comes from; see [`Source`].
        from: String,
    },
}

impl Setting {
    /// Where the secret comes from, when it is one. Loading made sure that it says so.
    pub fn source(&self, stack: &Stack) -> Option<Source> {
        match self {
            Setting::Text(_) => None,
            Setting::Secret { from, .. } => Source::parse(&stack.resolve(from, &|_| None)).ok(),
        }
    }
}

impl FunctionBlock {
    /// The variables that are secrets, with where their values come from.
    pub fn secrets(&self, stack: &Stack) -> Vec<(String, Source)> {
        let source = |(name, setting): (&String, &Setting)| Some((name.clone(), setting.source(stack)?));
        self.environment.iter().filter_map(source).collect()
    }
}

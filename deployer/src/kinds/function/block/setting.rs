//! Values of `[function.X.environment]`.

use super::FunctionBlock;
use crate::kinds::secret::SecretSource;
use crate::stack::Stack;
use serde::Deserialize;

/// The value of an environment variable, as described.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EnvironmentSetting {
    /// `"text"`, which may refer to other blocks.
    Text(String),
    /// `{ secret = true, from = "…" }`: not in the description, and shown nowhere.
    Secret {
        /// Always true: what comes from elsewhere is a secret.
        secret: bool,
        /// Where it comes from; see [`SecretSource`].
        from: String,
    },
}

impl EnvironmentSetting {
    /// Where the secret comes from, when it is one. Loading made sure that it says so.
    pub fn source(&self, stack: &Stack) -> Option<SecretSource> {
        match self {
            EnvironmentSetting::Text(_) => None,
            EnvironmentSetting::Secret { from, .. } => SecretSource::parse(&stack.resolve(from, &|_| None)).ok(),
        }
    }
}

impl FunctionBlock {
    /// The variables that are secrets, with where their values come from.
    pub fn secrets(&self, stack: &Stack) -> Vec<(String, SecretSource)> {
        let source = |(name, setting): (&String, &EnvironmentSetting)| Some((name.clone(), setting.source(stack)?));
        self.environment.iter().filter_map(source).collect()
    }
}

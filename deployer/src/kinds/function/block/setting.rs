//! Values of `[function.X.environment]`.

use super::rules::VALUE;
use crate::kinds::secret::{FORMS, SecretSource};
use crate::stack::{Stack, TextRule, ValueShape, toml_block};
use serde::Deserialize;

/// The value of an environment variable, as described.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EnvironmentSetting {
    /// `"text"`, which may refer to other blocks.
    Text(String),
    /// `{ secret = true, from = "…" }`: not in the description, and shown nowhere.
    Secret(SecretSetting),
}

/// Where a secret comes from. A check of its own judges the text, so that no message quotes it: it may be the secret itself.
const FROM: TextRule =
    TextRule { what: "where a secret comes from", words: FORMS, length: (0, usize::MAX), steps: &[], references: true };

toml_block! {
    /// A variable whose value comes from elsewhere.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    pub struct SecretSetting {
        /// `true`: the value comes from elsewhere and is shown nowhere.
        pub secret: bool = ValueShape::Boolean.required(),
        /// Where the secret comes from; it does not belong in this file.
        pub from: String = ValueShape::Text(FROM).required(),
    }
}

/// The forms of [`EnvironmentSetting`].
pub const SETTING: ValueShape = ValueShape::Either(&[ValueShape::Text(VALUE), ValueShape::Table(SecretSetting::KEYS)]);

impl EnvironmentSetting {
    /// Returns where the secret comes from, when it is one. Loading made sure that it says so.
    pub fn source(&self, stack: &Stack) -> Option<SecretSource> {
        match self {
            Self::Text(_) => None,
            Self::Secret(SecretSetting { from, .. }) => SecretSource::parse(&stack.resolve(from, None)).ok(),
        }
    }
}

//! A setting that can be switched off in words: `ttl_attribute = false`.

use serde::Deserialize;

/// What is written: the setting, or `false`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OffOr<T> {
    /// `false`. Loading made sure that it is not `true`.
    Off(bool),
    /// The setting.
    On(T),
}

impl<T> OffOr<T> {
    /// Returns the setting, unless it is off.
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::Off(_) => None,
            Self::On(setting) => Some(setting),
        }
    }
}

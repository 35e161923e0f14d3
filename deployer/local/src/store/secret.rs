//! Parameters of Systems Manager and secrets of Secrets Manager.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A parameter of Systems Manager.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredParameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// The value; the file that keeps it is its owner's alone.
    pub value: String,
    /// From 1, one more with every change.
    pub version: u64,
    /// Milliseconds since the epoch.
    pub modified_ms: i64,
}

/// A secret of Secrets Manager, in its current version.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    /// Ends with six characters that are made up.
    pub arn: String,
    /// Text or, in Base64, bytes; none when it was made without one.
    pub value: Option<SecretValue>,
    /// Id of the version: the caller's token.
    pub version: String,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// When the value was changed since, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_ms: Option<i64>,
    /// It cannot be read from then on, in milliseconds since the epoch.
    pub deleted_ms: Option<i64>,
}

/// What a secret is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretValue {
    /// Text.
    Text(String),
    /// Bytes in Base64, as they travel.
    Binary(String),
}

/// Without the value.
impl fmt::Debug for StoredParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredParameter")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Without the value.
impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSecret").field("arn", &self.arn).field("version", &self.version).finish_non_exhaustive()
    }
}

//! A secret, what stands for it in a spec, and all secrets of a stack.

use super::source::SecretSource;
use crate::aws::AwsError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What is shown for a secret.
pub const SHOWN: &str = "(secret)";

/// A secret value. It cannot be shown or serialised by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Makes the secret `value`.
    pub fn new(value: impl Into<String>) -> Self {
        SecretValue(value.into())
    }

    /// Returns the value, for the one call that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns what stands for it in a spec.
    pub fn seal(&self) -> SecretSeal {
        SecretSeal::of(&self.0)
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

/// Stands for a secret in a spec: a hash that is keyed anew in every process, so that guessing secrets against it is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSeal {
    /// No tag and no variable may be called so: a seal is told from everything else in a spec by it.
    #[serde(rename = "(secret)")]
    digest: String,
}

impl SecretSeal {
    /// Returns the seal of a value that may be live or wanted.
    pub fn of(value: &str) -> SecretSeal {
        static KEY: LazyLock<[u8; 16]> = LazyLock::new(|| *uuid::Uuid::new_v4().as_bytes());
        let digest = Sha256::new().chain_update(*KEY).chain_update(value).finalize();
        SecretSeal { digest: format!("{digest:x}") }
    }

    /// Tells whether a part of a spec is a seal.
    pub fn is(value: &Value) -> bool {
        value.as_object().is_some_and(|members| members.len() == 1 && members.contains_key(SHOWN))
    }
}

/// The secrets of a stack by where they come from.
#[derive(Debug, Clone, Default)]
pub struct StackSecrets(BTreeMap<SecretSource, SecretValue>);

impl StackSecrets {
    /// Returns the secret from there, once it was resolved.
    pub fn get(&self, source: &SecretSource) -> Option<&SecretValue> {
        self.0.get(source)
    }

    /// Returns the failure without secrets in its message: AWS quotes what it refuses.
    pub fn scrub(&self, mut error: AwsError) -> AwsError {
        for secret in self.0.values() {
            // One that is a piece of everyday words would garble the message, and is no secret.
            if secret.0.len() >= SHORTEST_SCRUBBED && error.message.contains(&secret.0) {
                error.message = error.message.replace(&secret.0, SHOWN);
            }
        }
        error
    }
}

/// Bytes of the shortest secret that is looked for in messages.
const SHORTEST_SCRUBBED: usize = 4;

impl FromIterator<(SecretSource, SecretValue)> for StackSecrets {
    fn from_iter<I: IntoIterator<Item = (SecretSource, SecretValue)>>(secrets: I) -> Self {
        StackSecrets(secrets.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{ErrorClass, op};
    use serde_json::json;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let source = SecretSource::Variable("API_KEY".to_owned());
        let secrets: StackSecrets = [(source.clone(), SecretValue::new("hunter2"))].into_iter().collect();
        let seal = serde_json::to_value(SecretValue::new("hunter2").seal()).unwrap();
        for shown in [format!("{secrets:?}"), format!("{:?}", secrets.get(&source)), seal.to_string()] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert!(SecretSeal::is(&seal));
        assert!(!SecretSeal::is(&json!({"(secret)": "x", "more": 1})) && !SecretSeal::is(&json!("(secret)")));
        assert_eq!(SecretSeal::of("hunter2"), SecretValue::new("hunter2").seal());
        assert_ne!(SecretSeal::of("hunter2"), SecretSeal::of("hunter3"));
    }

    #[test]
    fn what_aws_quotes_is_taken_out_of_its_message() {
        let secrets: StackSecrets = [("A", "hunter2"), ("B", "e")]
            .map(|(name, value)| (SecretSource::Variable(name.to_owned()), SecretValue::new(value)))
            .into_iter()
            .collect();
        let error = AwsError {
            op: &op::CREATE_FUNCTION,
            code: "ValidationException".to_owned(),
            message: "Value '{API_KEY=hunter2}' at 'environment' is refused".to_owned(),
            request_id: None,
            status: Some(400),
            class: ErrorClass::Fatal,
            advice: Vec::new(),
        };
        assert_eq!(secrets.scrub(error).message, "Value '{API_KEY=(secret)}' at 'environment' is refused");
    }
}

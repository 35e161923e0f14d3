//! Patch operations: JSON pointers into a resource, one change each.

use super::bad;
use crate::front::json::Fault;
use serde::Deserialize;
use std::str::FromStr;

/// One change.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Patch {
    op: String,
    path: String,
    value: Option<String>,
}

impl Patch {
    /// `add`, `replace` or `remove`.
    pub fn op(&self) -> &str {
        &self.op
    }

    /// The segments of the path, unescaped.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect()
    }

    /// The value; operations that need one fail without.
    pub fn value(&self) -> Result<&str, Fault> {
        self.value.as_deref().ok_or_else(|| bad(format!("Invalid patch: {} {} needs a value", self.op, self.path)))
    }

    /// The value when there is one that is not empty.
    pub fn optional(&self) -> Option<String> {
        self.value.clone().filter(|value| !value.is_empty())
    }

    /// The value as a number or a flag.
    pub fn parsed<T: FromStr>(&self, kind: &str) -> Result<T, Fault> {
        let value = self.value()?;
        value.parse().map_err(|_| bad(format!("Invalid patch value \"{value}\" for {}: must be {kind}", self.path)))
    }

    /// Fails unless the operation is `replace`.
    pub fn replace_only(&self) -> Result<(), Fault> {
        match self.op.as_str() {
            "replace" => Ok(()),
            _ => Err(self.wrong_op()),
        }
    }

    /// The operation does not fit the path.
    pub fn wrong_op(&self) -> Fault {
        bad(format!("Invalid patch path '{}' specified for op '{}'.", self.path, self.op))
    }

    /// The path is none that is modelled.
    pub fn unknown(&self, operation: &str) -> Fault {
        Fault::not_implemented(format!(
            "the embedded cloud does not model patch {} {} of {operation}",
            self.op, self.path
        ))
    }
}

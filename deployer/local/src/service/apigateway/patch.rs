//! Patch operations: JSON pointers into a resource, one change each.

use super::lookup::bad;
use crate::wire::validation::ConstraintViolations;
use crate::wire::{Call, ServiceError, ServiceResult};
use serde::Deserialize;
use std::str::FromStr;

/// One change.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PatchOperation {
    op: String,
    path: String,
    value: Option<String>,
}

/// Checks that every operation of a call is one of JSON Patch, before anything is changed.
///
/// # Errors
/// `ValidationException` with all that are not.
pub(super) fn check(call: &Call, patches: &[PatchOperation]) -> ServiceResult<()> {
    const OPS: [&str; 6] = ["add", "remove", "move", "test", "replace", "copy"];
    let input = format!("{}Input", call.operation);
    let input = input[..1].to_ascii_lowercase() + &input[1..];
    let mut broken = ConstraintViolations::default();
    for (patch, at) in patches.iter().zip(1..).filter(|(patch, _)| !OPS.contains(&patch.op.as_str())) {
        let member = format!("{input}.patchOperations.{at}.member.op");
        broken.add(&patch.op, &member, format_args!("satisfy enum value set: [{}]", OPS.join(", ")));
    }
    broken.check("ValidationException")
}

impl PatchOperation {
    /// Returns `add`, `replace` or `remove`.
    pub fn op(&self) -> &str {
        &self.op
    }

    /// Returns the segments of the path, unescaped.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect()
    }

    /// Returns the value; operations that need one fail without.
    pub fn value(&self) -> ServiceResult<&str> {
        self.value.as_deref().ok_or_else(|| bad(format!("Invalid patch: {} {} needs a value", self.op, self.path)))
    }

    /// Returns the value when there is one that is not empty.
    pub fn optional(&self) -> Option<String> {
        self.value.clone().filter(|value| !value.is_empty())
    }

    /// Reads the value as a flag: what is not `true` is false.
    pub fn flag(&self) -> ServiceResult<bool> {
        Ok(self.value()?.eq_ignore_ascii_case("true"))
    }

    /// Reads the value as a number or a flag.
    pub fn parsed<T: FromStr>(&self, kind: &str) -> ServiceResult<T> {
        let value = self.value()?;
        value.parse().map_err(|_| bad(format!("Invalid patch value \"{value}\" for {}: must be {kind}", self.path)))
    }

    /// Fails unless the operation is `replace`.
    pub fn replace_only(&self) -> ServiceResult<()> {
        self.replaces_or(|| self.wrong_op())
    }

    /// Fails unless the operation is `replace`, with the words that AWS has for a value that stands alone.
    pub fn replace_value(&self) -> ServiceResult<()> {
        self.replaces_or(|| bad("Invalid patch operation specified. Must be one of: [replace]"))
    }

    fn replaces_or(&self, refusal: impl FnOnce() -> ServiceError) -> ServiceResult<()> {
        if self.op == "replace" { Ok(()) } else { Err(refusal()) }
    }

    /// Makes the error for an operation that does not fit the path.
    pub fn wrong_op(&self) -> ServiceError {
        bad(format!("Invalid patch path '{}' specified for op '{}'.", self.path, self.op))
    }

    /// Makes the error for a path that is not modelled.
    pub fn unknown(&self, operation: &str) -> ServiceError {
        ServiceError::not_modelled(format_args!("patch {} {} of {operation}", self.op, self.path))
    }
}

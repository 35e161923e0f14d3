//! The message of AWS's services for a member that breaks a constraint of its shape.

use super::error::{ServiceError, ServiceResult};
use std::fmt::Display;

/// What such messages begin with.
pub(crate) const ONE_ERROR: &str = "1 validation error detected: ";

/// Collects what breaks the constraints of an input's shape: AWS tells all of it in one error.
#[derive(Debug, Default)]
pub(crate) struct ConstraintViolations(Vec<String>);

impl ConstraintViolations {
    /// Adds a value that breaks a rule ("have length less than or equal to 64").
    pub(crate) fn add(&mut self, value: impl Display, member: &str, rule: impl Display) {
        self.0.push(violation(format_args!("Value '{value}'"), member, rule));
    }

    /// Returns the error for what was added, if anything was; `code` is the service's own.
    pub(crate) fn check(self, code: &str) -> ServiceResult<()> {
        let detected = match self.0.len() {
            0 => return Ok(()),
            1 => ONE_ERROR.to_owned(),
            many => format!("{many} validation errors detected: "),
        };
        Err(ServiceError::new(400, code, detected + &self.0.join("; ")))
    }
}

/// Makes the error for a value that breaks a rule ("have length less than or equal to 64"); `code` is the service's own.
pub(crate) fn constraint(code: &str, value: impl Display, member: &str, rule: impl Display) -> ServiceError {
    failed(code, format_args!("Value '{value}'"), member, rule)
}

/// Makes the error for a value that is not shown, because it is long, or because there is none (`Value null`).
pub(crate) fn constraint_of(code: &str, shown: &str, member: &str, rule: impl Display) -> ServiceError {
    failed(code, shown, member, rule)
}

fn failed(code: &str, shown: impl Display, member: &str, rule: impl Display) -> ServiceError {
    ServiceError::new(400, code, format!("{ONE_ERROR}{}", violation(shown, member, rule)))
}

fn violation(shown: impl Display, member: &str, rule: impl Display) -> String {
    format!("{shown} at '{member}' failed to satisfy constraint: Member must {rule}")
}

/// Checks a number against its range, and tells which end it passes.
pub(crate) fn in_range(code: &str, value: i64, member: &str, min: i64, max: i64) -> ServiceResult<()> {
    if value < min {
        return Err(constraint(code, value, member, format_args!("have value greater than or equal to {min}")));
    }
    if value > max {
        return Err(constraint(code, value, member, format_args!("have value less than or equal to {max}")));
    }
    Ok(())
}

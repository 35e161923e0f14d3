//! A fault of the embedded cloud.

use crate::aws::op;
use crate::local;
use crate::stack::nearest;

/// Checks a fault of the embedded cloud. Its calls must be some that are sent: a misspelt one would never meet its fault.
pub fn fault(text: &str) -> Result<String, String> {
    let known: Vec<_> = op::ALL.iter().map(|op| op.name).chain(local::data_plane()).collect();
    match local::fault_operations(text)?.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(text.to_owned()),
        Some(name) => {
            let nearest = nearest(name, known.iter().copied());
            let hint = nearest.map(|nearest| format!(": did you mean `{nearest}`?")).unwrap_or_default();
            Err(format!("neither deployer nor the order function calls `{name}`{hint}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_of_a_call_that_is_sent() {
        for text in [
            "realistic",
            "role-delay=8s",
            "cut-before:CreateTable#1",
            "only=dynamodb:PutItem",
            "throttle:lambda:Invoke",
        ] {
            assert_eq!(fault(text).as_deref(), Ok(text));
        }
        insta::assert_snapshot!(fault("cut-before:CreateTabel").unwrap_err(), @"neither deployer nor the order function calls `CreateTabel`: did you mean `CreateTable`?");
        insta::assert_snapshot!(fault("role-delay=8").unwrap_err(), @"`8` is no value for role-delay: write a number and a unit (ms, s, m, h or d), such as 300ms or 8s, 365d at most");
    }
}

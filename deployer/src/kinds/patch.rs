//! Patch operations of API Gateway ("Patch operations" in its API reference).

use aws_sdk_apigateway::types::{Op, PatchOperation};

/// Sets the value at `path`.
pub fn replace(path: &str, value: impl ToString) -> PatchOperation {
    patch(Op::Replace, path, Some(value.to_string()))
}

/// Empties the value at `path`.
pub fn clear(path: &str) -> PatchOperation {
    patch(Op::Replace, path, None)
}

/// Adds the member that `path` names.
pub fn add(path: &str) -> PatchOperation {
    patch(Op::Add, path, None)
}

/// Removes what `path` names.
pub fn remove(path: &str) -> PatchOperation {
    patch(Op::Remove, path, None)
}

/// Adds `value` to the collection at `path`, or sets it there for the first time.
pub fn add_value(path: &str, value: impl ToString) -> PatchOperation {
    patch(Op::Add, path, Some(value.to_string()))
}

/// Removes `value` from the collection at `path`.
pub fn remove_value(path: &str, value: impl ToString) -> PatchOperation {
    patch(Op::Remove, path, Some(value.to_string()))
}

fn patch(kind: Op, path: &str, value: Option<String>) -> PatchOperation {
    PatchOperation::builder().op(kind).path(path).set_value(value).build()
}

//! How calls are named: `CreateTable`, `dynamodb:CreateTable`, `iam:*`, `*`, and `writes` for those that change something.

use crate::injection::CallPattern;
use crate::service::{find_service, service_names};

/// In place of an operation: the calls that change something.
pub(super) const WRITES: &str = "writes";

/// Reads a pattern of calls, and whether only those that change something are meant.
pub(super) fn parse(text: &str) -> Result<(CallPattern, bool), String> {
    let (service, operation) = match text.split_once(':') {
        Some((service, operation)) => (Some(service), operation),
        None => (None, text),
    };
    if let Some(service) = service.filter(|service| find_service(service).is_none()) {
        return Err(format!("there is no service `{service}`: there are {}", service_names().join(", ")));
    }
    let named =
        operation.starts_with(|c: char| c.is_ascii_uppercase()) && operation.bytes().all(|b| b.is_ascii_alphanumeric());
    if !named && operation != "*" && operation != WRITES {
        return Err(format!("`{operation}` is no call: write CreateTable, dynamodb:CreateTable, iam:*, * or {WRITES}"));
    }
    let writes = operation == WRITES;
    let operation = if writes { "*" } else { operation };
    Ok((CallPattern(service.map_or(operation.to_owned(), |service| format!("{service}:{operation}"))), writes))
}

//! What the SDK's errors mean to the rest of the crate.

use crate::store::StoreError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Error codes that say "later": DynamoDB's own, and those of the AWS front ends.
const BUSY: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Error codes that say that somebody has to set something right.
const MISCONFIGURED: &[&str] = &[
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
];

/// Translates an error of `operation`.
///
/// The text has code and message of the service, never the raw response: that may hold an order.
pub fn translate<E, R>(operation: &str, error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error {
        SdkError::ServiceError(service) => of_service(operation, service.err()),
        SdkError::ConstructionFailure(_) => StoreError::Misconfigured(format!("{operation}: {}", chain(error))),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            StoreError::Misconfigured(format!("{operation}: {}", chain(error)))
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
            StoreError::Unavailable(format!("{operation}: {}", chain(error)))
        }
        _ => StoreError::Failed(format!("{operation}: {}", chain(error))),
    }
}

/// Translates what the service said.
pub fn of_service(operation: &str, error: &impl ProvideErrorMetadata) -> StoreError {
    let code = error.code().unwrap_or("an unknown error");
    let message = error.message().unwrap_or("no message");
    of_code(code, format!("{operation}: {code}: {message}"))
}

/// The kind of error that a code stands for.
pub fn of_code(code: &str, text: String) -> StoreError {
    if BUSY.contains(&code) {
        StoreError::Unavailable(text)
    } else if MISCONFIGURED.contains(&code) {
        StoreError::Misconfigured(text)
    } else {
        StoreError::Failed(text)
    }
}

/// An error with its causes, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

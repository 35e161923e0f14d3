//! Translates errors of the SDK to [`StoreError`].

use crate::store::StoreError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// Error codes after which a later attempt may succeed: those of DynamoDB, and those that all AWS services share.
const RETRYABLE_CODES: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Error codes that mean that the configuration or the permissions are wrong.
const MISCONFIGURATION_CODES: &[&str] = &[
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
/// The text has the code and the message of the service, and not the raw response, which may hold an order.
pub fn from_sdk_error<E, R>(operation: &str, error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error {
        SdkError::ServiceError(service) => from_service_error(operation, service.err()),
        SdkError::ConstructionFailure(_) => StoreError::Misconfigured(format!("{operation}: {}", error_chain(error))),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            StoreError::Misconfigured(format!("{operation}: {}", error_chain(error)))
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
            StoreError::Unavailable(format!("{operation}: {}", error_chain(error)))
        }
        _ => StoreError::Failed(format!("{operation}: {}", error_chain(error))),
    }
}

/// Translates an error that the service returned.
pub fn from_service_error(operation: &str, error: &impl ProvideErrorMetadata) -> StoreError {
    let code = error.code().unwrap_or("an unknown error");
    let message = error.message().unwrap_or("no message");
    from_error_code(code, format!("{operation}: {code}: {message}"))
}

/// Makes the kind of error that an error code stands for.
pub fn from_error_code(code: &str, text: String) -> StoreError {
    if RETRYABLE_CODES.contains(&code) {
        StoreError::Unavailable(text)
    } else if MISCONFIGURATION_CODES.contains(&code) {
        StoreError::Misconfigured(text)
    } else {
        StoreError::Failed(text)
    }
}

/// Returns the messages of an error and of its causes, in one line.
fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

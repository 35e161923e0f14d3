//! The entry points of the Lambda functions. Their programs only call these.

use crate::config::environment;
use crate::expiry::ExpiryError;
use crate::http::OrdersApi;
use crate::http::cors::CorsPolicy;
use crate::outbox::{OutboxError, SqsQueue};
use crate::store::StoreError;
use crate::store::dynamodb::DynamoDb;
use crate::{expiry, outbox};
use lambda_http::lambda_runtime::{Diagnostic, Runtime};
use lambda_http::{Error, service_fn};
use std::process::ExitCode;

/// The variables that Lambda sets and without which `lambda_runtime` cannot start.
const RUNTIME_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Answers the events of the API and of direct invocations, until Lambda ends the process.
pub async fn serve_api() -> ExitCode {
    if !is_lambda() {
        return ExitCode::FAILURE;
    }
    let api = OrdersApi::new(DynamoDb::from_environment()).with_cors(CorsPolicy::read(&environment));
    exit_code(Runtime::new(service_fn(|event| api.invoke(event))).run().await)
}

/// Expires old orders at each invocation by the schedule, until Lambda ends the process.
pub async fn serve_expiry() -> ExitCode {
    if !is_lambda() {
        return ExitCode::FAILURE;
    }
    let store = DynamoDb::from_environment();
    exit_code(Runtime::new(service_fn(|event| expiry::invoke(&store, event))).run().await)
}

/// Tells the queue of each change of an order's status, batch after batch of the table's stream, until Lambda ends the process.
pub async fn serve_outbox() -> ExitCode {
    if !is_lambda() {
        return ExitCode::FAILURE;
    }
    let queue = SqsQueue::from_environment();
    exit_code(Runtime::new(service_fn(|event| outbox::invoke(&queue, event))).run().await)
}

/// Tells whether Lambda, or an emulation of it, started this process. If not, prints what is missing.
fn is_lambda() -> bool {
    let missing: Vec<_> = RUNTIME_VARIABLES.into_iter().filter(|name| environment(name).is_none()).collect();
    let memory = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    if !missing.is_empty() {
        eprintln!("this program runs in AWS Lambda; not set: {}", missing.join(", "));
    } else if memory.is_some_and(|size| size.parse::<i32>().is_err()) {
        eprintln!("AWS_LAMBDA_FUNCTION_MEMORY_SIZE must be a number of MB");
    } else {
        return true;
    }
    false
}

/// Returns the exit code for the result of the runtime, and prints its error.
fn exit_code(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the Lambda runtime stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes the error that Lambda reports for a failed invocation: the kind of error as its type, and the error as message.
impl From<ExpiryError> for Diagnostic {
    fn from(error: ExpiryError) -> Self {
        let error_type = match error {
            ExpiryError::Store(StoreError::Misconfigured(_)) => "Misconfigured",
            ExpiryError::Store(StoreError::Unavailable(_)) => "Unavailable",
            ExpiryError::Store(StoreError::Failed(_)) => "Failed",
            ExpiryError::FutureEvent { .. } => "FutureEvent",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

impl From<OutboxError> for Diagnostic {
    fn from(error: OutboxError) -> Self {
        let error_type = match error {
            OutboxError::Misconfigured(_) => "Misconfigured",
            OutboxError::NotSent(_) => "NotSent",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

//! Both functions as Lambda runs them: their programs call nothing else.

use crate::config::environment;
use crate::expiry;
use crate::http::OrdersApi;
use crate::http::cors::CorsPolicy;
use crate::store::StoreError;
use crate::store::dynamodb::DynamoDb;
use lambda_http::lambda_runtime::{Diagnostic, Runtime};
use lambda_http::{Error, service_fn};
use std::process::ExitCode;

/// The variables that Lambda sets and `lambda_runtime` cannot start without.
const REQUIRED: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Answers what the API and direct invocations send, until Lambda ends the process.
pub async fn serve_api() -> ExitCode {
    if !is_lambda() {
        return ExitCode::FAILURE;
    }
    let api = OrdersApi::new(DynamoDb::from_environment()).open_to(CorsPolicy::read(&environment));
    exit(Runtime::new(service_fn(|event| api.invoke(event))).run().await)
}

/// Gives up old orders whenever the schedule asks for it, until Lambda ends the process.
pub async fn serve_expiry() -> ExitCode {
    if !is_lambda() {
        return ExitCode::FAILURE;
    }
    let store = DynamoDb::from_environment();
    exit(Runtime::new(service_fn(|event| expiry::invoke(&store, event))).run().await)
}

/// Whether this process was started by Lambda, or what does as if. If not, says so.
fn is_lambda() -> bool {
    let missing: Vec<_> = REQUIRED.into_iter().filter(|name| environment(name).is_none()).collect();
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

/// The exit code for how the runtime ended.
fn exit(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the Lambda runtime stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How Lambda shows a failed run: a name of the kind of error, and the error in words.
impl From<StoreError> for Diagnostic {
    fn from(error: StoreError) -> Self {
        let error_type = match error {
            StoreError::Misconfigured(_) => "Misconfigured",
            StoreError::Unavailable(_) => "Unavailable",
            StoreError::Failed(_) => "Failed",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

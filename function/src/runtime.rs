//! What both functions share of being a Lambda function.

use std::process::ExitCode;

use lambda_http::{Error, lambda_runtime::Diagnostic};

use crate::{config::environment, store::StoreError};

/// The variables that Lambda sets and `lambda_runtime` cannot start without.
const REQUIRED: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Whether this process was started by Lambda, or what does as if. If not, says so.
pub fn is_lambda() -> bool {
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
pub fn exit(result: Result<(), Error>) -> ExitCode {
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

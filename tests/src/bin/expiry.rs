//! The function that gives up old orders, built beside the tests.
use function::{expiry, runtime, store::dynamodb::DynamoDb};
use lambda_http::{lambda_runtime::Runtime, service_fn};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if !runtime::is_lambda() {
        return ExitCode::FAILURE;
    }
    let store = DynamoDb::from_environment();
    runtime::exit(Runtime::new(service_fn(|event| expiry::invoke(&store, event))).run().await)
}

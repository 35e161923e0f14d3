//! The function that the schedule calls to give up old orders.

use std::process::ExitCode;

use function::{expiry, runtime, store::dynamodb::DynamoDb};
use lambda_http::{lambda_runtime::Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if !runtime::is_lambda() {
        return ExitCode::FAILURE;
    }
    let store = DynamoDb::from_environment();
    runtime::exit(Runtime::new(service_fn(|event| expiry::invoke(&store, event))).run().await)
}

//! The function behind the API, and for direct invocations.

use std::process::ExitCode;

use function::{
    config,
    http::{Api, cors::Cors},
    runtime,
    store::dynamodb::DynamoDb,
};
use lambda_http::{lambda_runtime::Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if !runtime::is_lambda() {
        return ExitCode::FAILURE;
    }
    let api = Api::new(DynamoDb::from_environment()).open_to(Cors::read(&config::environment));
    runtime::exit(Runtime::new(service_fn(|event| api.invoke(event))).run().await)
}

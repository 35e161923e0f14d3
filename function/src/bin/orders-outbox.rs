//! The Lambda function that tells a queue of each change of an order's status.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_outbox().await
}

//! The function that tells a queue of changes, built beside the tests.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_outbox().await
}

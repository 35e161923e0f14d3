//! The order function, built beside the tests.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    function::runtime::serve_api().await
}
